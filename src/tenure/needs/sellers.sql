-- one row per product ever sold: how it sells now, and `usual`, what its own past pace and its category's change let expect
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
),
shelf AS (  -- a category has its season; of two products or one it would be these products themselves
  SELECT category, greatest(sum(units_lately), 0) / nullif(sum(pace), 0) AS change
  FROM paced WHERE pace IS NOT NULL AND category IS NOT NULL GROUP BY category HAVING count(*) >= 3
),
expected AS (
  SELECT p.*, p.pace * coalesce(c.change, s.change) AS usual, s.middling
  FROM paced AS p CROSS JOIN shop AS s LEFT JOIN shelf AS c ON c.category = p.category
)
SELECT p.product, coalesce(p.title, p.product) AS title, p.category, p.price, p.units_lately AS units, p.units_before,
  p.revenue_lately AS revenue, p.buyers_lately AS buyers, p.last_day,
  date_diff('day', p.last_day, CAST($today AS DATE)) AS idle, p.stock, p.state, p.usual,
  -- below what most bring, and none sold, or a quarter fewer than usual and by more than a count swings
  p.usual IS NOT NULL AND p.state IN ('sold', 'gone', 'out') AND p.last_day >= CAST($today AS DATE) - 365
    AND p.revenue_lately <= p.middling
    AND (p.units_lately <= 0 OR (p.usual - p.units_lately >= sqrt(p.usual) AND p.units_lately <= 0.75 * p.usual)) AS slow
FROM expected AS p
