-- one row per order, refund or cancellation before $before: whose, when, for how much (as said, in its own currency)
SELECT customer_key, CAST(day - DATE '1970-01-01' AS INTEGER) AS day, ts, coalesce(original_amount, 0) AS amount,
  amount IS NOT NULL OR original_amount IS NULL AS own,
  CASE name WHEN 'Order Completed' THEN 0 WHEN 'Order Refunded' THEN 1 ELSE 2 END AS sort,
  CASE WHEN order_id IS NULL THEN CAST(0 AS UBIGINT) ELSE hash(customer_key, order_id) END AS number
FROM events
-- The two ends are searched in the dictionaries of names, IN by itself is not: half the time.
WHERE kind = 'track' AND name >= 'Order C' AND name <= 'Order Refunded'
  AND name IN ('Order Completed', 'Order Refunded', 'Order Cancelled') AND ts < CAST($before AS TIMESTAMP)
