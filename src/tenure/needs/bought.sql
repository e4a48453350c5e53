-- one row per line of an order or of a refund before $before; what came back counts below zero
SELECT customer_key, day, name = 'Order Completed' AS sold, line.product AS product, line.name AS title, line.category AS category,
  line.price AS price, coalesce(line.quantity, 1) * CASE WHEN name = 'Order Completed' THEN 1 ELSE -1 END AS quantity
FROM (
  SELECT customer_key, day, name, unnest(products) AS line FROM events
  WHERE kind = 'track' AND name IN ('Order Completed', 'Order Refunded', 'Order Cancelled') AND ts < CAST($before AS TIMESTAMP)
)
WHERE line.product IS NOT NULL
