-- one row per order before $before: who ordered, on which day (counted from 1970), for how much
SELECT customer_key, CAST(day - DATE '1970-01-01' AS INTEGER) AS day, coalesce(amount, 0) AS amount
FROM events
WHERE kind = 'track' AND name = 'Order Completed' AND ts < CAST($before AS TIMESTAMP)
