-- one row: customers, orders and money of the last 365 days; customers of the 365 days before, and how many of those did not come back
WITH orders AS (
  SELECT customer_key, amount, day >= CAST($day AS DATE) - 365 AS recent
  FROM net_orders
  WHERE day >= CAST($day AS DATE) - 730
),
customers AS (
  SELECT customer_key, count(*) FILTER (WHERE recent) AS now, count(*) FILTER (WHERE NOT recent) AS before, sum(amount) FILTER (WHERE recent) AS amount
  FROM orders
  GROUP BY customer_key
)
SELECT count(*) FILTER (WHERE now > 0), CAST(coalesce(sum(now), 0) AS BIGINT), CAST(sum(amount) AS BIGINT),
  count(*) FILTER (WHERE before > 0), count(*) FILTER (WHERE before > 0 AND now = 0)
FROM customers
