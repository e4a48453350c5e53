-- one row: the first and the last buying day before $before, buying days, customers, and orders whose amount is missing or in another currency
SELECT min(day) AS first, max(day) AS last, count(*) AS orders, count(DISTINCT customer_key) AS customers,
  count(*) FILTER (WHERE amount IS NULL AND original_amount IS NULL) AS unpriced,
  count(*) FILTER (WHERE amount IS NULL AND original_amount IS NOT NULL) AS foreign_orders,
  count(*) FILTER (WHERE amount <= 0) AS unpaid
FROM events
WHERE kind = 'track' AND name = 'Order Completed' AND ts < CAST($before AS TIMESTAMP)
