-- one row per (customer, product number bought): how often, when, how strongly it is expected again
WITH baskets AS (
  SELECT customer_key, day, row_number() OVER (PARTITION BY customer_key ORDER BY day DESC) - 1 AS ago
  FROM (SELECT DISTINCT customer_key, day FROM lines)
),
lately AS (
  SELECT good, count(*) AS n FROM lines
  WHERE day >= CAST($today AS DATE) - CAST($trend_days AS INTEGER) GROUP BY good
),
trend AS (SELECT good, n / CAST(max(n) OVER () AS DOUBLE) AS share FROM lately),
weights AS (
  SELECT l.customer_key, l.good, sum(CAST($fading AS DOUBLE) ** b.ago) AS weight, count(*) AS times,
    min(l.day) AS first_day, max(l.day) AS last_day
  FROM lines AS l JOIN baskets AS b ON b.customer_key = l.customer_key AND b.day = l.day
  GROUP BY l.customer_key, l.good
),
scored AS (
  -- rounded, so that equal scores stay equal in whatever order they were summed
  SELECT w.*, round(w.weight * (1 + CAST($pull AS DOUBLE) * coalesce(t.share, 0)), 9) AS score
  FROM weights AS w LEFT JOIN trend AS t ON t.good = w.good
)
SELECT s.*, g.product, g.category, g.price, g.state,
  row_number() OVER (PARTITION BY s.customer_key ORDER BY g.state = 'sold' DESC, s.score DESC, g.product) AS place
FROM scored AS s JOIN goods AS g ON g.good = s.good
