-- one row per stage: what its customers of $day spent in the days after $start, up to and including $day, and their orders
SELECT h.stage, CAST(coalesce(sum(e.amount), 0) AS BIGINT) AS amount,
  count(DISTINCT e.order_id) FILTER (WHERE e.name = 'Order Completed') AS orders, count(DISTINCT h.customer_key) AS customers
FROM stage_history AS h
LEFT JOIN events AS e
  ON e.customer_key = h.customer_key AND e.kind = 'track' AND e.name IN ('Order Completed', 'Order Refunded', 'Order Cancelled')
  AND e.day > CAST($start AS DATE) AND e.day <= CAST($day AS DATE) AND (e.currency IS NULL OR e.currency = $currency)
WHERE h.lifecycle = $lifecycle AND h.entered <= CAST($day AS DATE) AND (h."left" IS NULL OR h."left" > CAST($day AS DATE))
GROUP BY h.stage
