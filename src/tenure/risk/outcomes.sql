-- one row per customer who ordered before $before: whether it ordered again from then on and before $end
SELECT k.customer_key, coalesce(bool_or(e.customer_key IS NOT NULL), false) AS bought
FROM (
  SELECT DISTINCT customer_key FROM events WHERE kind = 'track' AND name = 'Order Completed' AND ts < CAST($before AS TIMESTAMP)
) AS k
LEFT JOIN (
  SELECT DISTINCT customer_key FROM events
  WHERE kind = 'track' AND name = 'Order Completed' AND ts >= CAST($before AS TIMESTAMP) AND ts < CAST($end AS TIMESTAMP)
) AS e ON e.customer_key = k.customer_key
GROUP BY k.customer_key
ORDER BY k.customer_key
