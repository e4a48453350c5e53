-- one row per product ever sold: how it sells now, and `usual`, what its own past pace and the shop's change let expect
WITH paced AS (
  SELECT *, CASE WHEN first_day < CAST($today AS DATE) - 2 * CAST($lately AS INTEGER) THEN
    greatest(units - returned - units_lately, 0) * CAST($lately AS INTEGER)
      / (date_diff('day', first_day, CAST($today AS DATE)) - CAST($lately AS INTEGER)) END AS pace
  FROM products
),
shop AS (
  SELECT greatest(sum(units_lately) FILTER (pace IS NOT NULL), 0) / nullif(sum(pace), 0) AS change,
    median(revenue_lately) FILTER (state = 'sold') AS middling
  FROM paced
)
SELECT p.product, coalesce(p.title, p.product) AS title, p.category, p.price, p.units_lately AS units, p.units_before,
  p.revenue_lately AS revenue, p.buyers_lately AS buyers, p.last_day,
  date_diff('day', p.last_day, CAST($today AS DATE)) AS idle, p.stock, p.state, p.pace * s.change AS usual,
  -- below what most bring, and none sold or fewer than usual by more than a standard deviation of a count
  p.pace IS NOT NULL AND p.state IN ('sold', 'gone', 'out') AND p.last_day >= CAST($today AS DATE) - 365
    AND p.revenue_lately <= s.middling
    AND (p.units_lately <= 0 OR p.pace * s.change - p.units_lately >= sqrt(p.pace * s.change)) AS slow
FROM paced AS p, shop AS s
