-- one row per (customer, category bought from): its share of the customer's lines drawn to the shop's, against the shop's
WITH counted AS (
  SELECT l.customer_key, g.category, count(*) AS n
  FROM lines AS l JOIN goods AS g ON g.good = l.good WHERE g.category IS NOT NULL
  GROUP BY l.customer_key, g.category
),
shop AS (SELECT category, sum(n) / sum(sum(n)) OVER () AS share FROM counted GROUP BY category),
totalled AS (SELECT *, sum(n) OVER (PARTITION BY customer_key) AS total FROM counted)
SELECT t.customer_key, t.category, t.n, t.total,
  (t.n + CAST($weight AS DOUBLE) * s.share) / (t.total + CAST($weight AS DOUBLE)) AS share,
  (t.n + CAST($weight AS DOUBLE) * s.share) / (t.total + CAST($weight AS DOUBLE)) / s.share AS lift
FROM totalled AS t JOIN shop AS s ON s.category = t.category
