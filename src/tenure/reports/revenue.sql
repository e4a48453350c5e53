-- one row: money taken from $start up to but not including $end (refunds taken off), orders, and customers who ordered
SELECT
  coalesce(sum(amount), 0) AS amount,
  count(DISTINCT order_id) FILTER (WHERE name = 'Order Completed') AS orders,
  count(DISTINCT customer_key) FILTER (WHERE name = 'Order Completed') AS customers
FROM events
WHERE kind = 'track' AND name IN ('Order Completed', 'Order Refunded', 'Order Cancelled') AND day >= $start AND day < $end
  AND (currency IS NULL OR currency = $currency)
