-- one row per (customer who ordered before $before, day from then on and before $end on which it bought): money of that day
SELECT e.customer_key, CAST(e.day - CAST($until AS DATE) AS INTEGER) AS day, CAST(sum(coalesce(e.amount, 0)) AS DOUBLE) AS amount
FROM events AS e
JOIN (
  SELECT DISTINCT customer_key FROM events WHERE kind = 'track' AND name = 'Order Completed' AND ts < CAST($before AS TIMESTAMP)
) AS known ON known.customer_key = e.customer_key
WHERE e.kind = 'track' AND e.name = 'Order Completed' AND e.ts >= CAST($before AS TIMESTAMP) AND e.ts < CAST($end AS TIMESTAMP)
GROUP BY e.customer_key, e.day
ORDER BY e.customer_key, day
