-- one row per product ever sold before $today: its number, how it sells, and whether it may be offered (state = 'sold')
WITH counted AS (
  SELECT product, arg_max(title, day) FILTER (title IS NOT NULL) AS title,
    arg_max(category, day) FILTER (category IS NOT NULL) AS category,
    arg_max(price, day) FILTER (sold AND price > 0) AS price,
    count(DISTINCT customer_key) FILTER (sold) AS buyers, count(DISTINCT day) FILTER (sold) AS sale_days,
    min(day) FILTER (sold) AS first_day, max(day) FILTER (sold) AS last_day,
    sum(quantity) FILTER (sold) AS units, -coalesce(sum(quantity) FILTER (NOT sold), 0) AS returned,
    coalesce(sum(quantity) FILTER (day >= CAST($today AS DATE) - CAST($lately AS INTEGER)), 0) AS units_lately,
    coalesce(sum(quantity) FILTER (day < CAST($today AS DATE) - CAST($lately AS INTEGER)
      AND day >= CAST($today AS DATE) - 2 * CAST($lately AS INTEGER)), 0) AS units_before,
    CAST(coalesce(sum(quantity * price) FILTER (day >= CAST($today AS DATE) - CAST($lately AS INTEGER)), 0) AS BIGINT)
      AS revenue_lately,
    count(DISTINCT customer_key) FILTER (sold AND day >= CAST($today AS DATE) - CAST($lately AS INTEGER)) AS buyers_lately,
    count(DISTINCT customer_key) FILTER (sold AND day >= CAST($today AS DATE) - CAST($trend_days AS INTEGER)) AS buyers_now
  FROM bought GROUP BY product HAVING count(*) FILTER (sold) > 0
)
SELECT CAST(row_number() OVER (ORDER BY c.product) AS INTEGER) AS good, c.*, k.stock,
  CASE
    WHEN list_contains(CAST($never_products AS VARCHAR[]), c.product)
      OR list_contains(CAST($never_categories AS VARCHAR[]), c.category) THEN 'never'
    WHEN k.stock <= 0 THEN 'out'
    WHEN c.last_day < CAST($today AS DATE) - CAST($gone_after AS INTEGER) THEN 'gone'
    WHEN c.sale_days = 1 AND c.first_day < CAST($today AS DATE) - CAST($new_for AS INTEGER) THEN 'once'
    ELSE 'sold'
  END AS state
FROM counted AS c LEFT JOIN stocked AS k ON k.product = c.product
