-- one row: what the customers of `stayed` spent from $cut until $end, less refunds, minor units
SELECT CAST(coalesce(sum(e.amount), 0) AS BIGINT) AS spend
FROM events AS e
JOIN stayed AS s ON s.customer_key = e.customer_key
WHERE e.kind = 'track' AND e.name IN ('Order Completed', 'Order Refunded', 'Subscription Started', 'Subscription Renewed')
  AND e.ts >= CAST($cut AS TIMESTAMP) AND e.ts < CAST($end AS TIMESTAMP)
