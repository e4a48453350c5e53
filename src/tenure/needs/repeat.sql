-- one row per (customer, product bought before $before): how strongly it is expected again, the strongest first
WITH lines AS (
  SELECT DISTINCT customer_key, day, line.product AS product
  FROM (
    SELECT customer_key, day, unnest(products) AS line FROM events
    WHERE kind = 'track' AND name = 'Order Completed' AND ts < CAST($before AS TIMESTAMP)
  )
  WHERE line.product IS NOT NULL
),
baskets AS (
  SELECT customer_key, day, row_number() OVER (PARTITION BY customer_key ORDER BY day DESC) - 1 AS ago
  FROM (SELECT DISTINCT customer_key, day FROM lines)
),
lately AS (
  SELECT product, count(*) AS n FROM lines
  WHERE day >= CAST($today AS DATE) - CAST($trend_days AS INTEGER) GROUP BY product
),
trend AS (SELECT product, n / CAST(max(n) OVER () AS DOUBLE) AS share FROM lately),
weights AS (
  SELECT l.customer_key, l.product, sum(CAST($fading AS DOUBLE) ** b.ago) AS weight, count(*) AS times, max(l.day) AS last_day
  FROM lines AS l JOIN baskets AS b ON b.customer_key = l.customer_key AND b.day = l.day
  GROUP BY l.customer_key, l.product
)
SELECT w.customer_key, w.product, w.times, w.last_day, w.weight,
  w.weight * (1 + CAST($pull AS DOUBLE) * coalesce(t.share, 0)) AS score
FROM weights AS w LEFT JOIN trend AS t ON t.product = w.product
