-- one row per customer who ordered from $cut on: its net spend from then until $end against that from $start until then
SELECT customer_key, sum(amount) FILTER (ts >= $cut) / nullif(CAST(sum(amount) FILTER (ts < $cut) AS DOUBLE), 0) AS change
FROM events
WHERE kind = 'track' AND name IN ('Order Completed', 'Order Refunded') AND ts >= $start AND ts < $end
GROUP BY customer_key
HAVING bool_or(ts >= $cut AND name = 'Order Completed')
