-- one row per customer who ordered before $before: orders less refunds and cancellations, minor units
SELECT customer_key, CAST(coalesce(sum(amount), 0) AS BIGINT) AS spent
FROM events
WHERE kind = 'track' AND name IN ('Order Completed', 'Order Refunded', 'Order Cancelled') AND ts < CAST($before AS TIMESTAMP)
GROUP BY customer_key
HAVING count(*) FILTER (WHERE name = 'Order Completed') > 0
ORDER BY customer_key
