-- one row per product with gaps: the mean of their logarithms, shrunk to the shop's, and how many customers bought it again
WITH summed AS (
  SELECT good, sum(gaps) AS gaps, sum(log_gaps) AS log_gaps, count(*) FILTER (gaps > 0) AS rebuyers
  FROM spans GROUP BY good HAVING sum(gaps) > 0
),
shop AS (SELECT sum(log_gaps) / sum(gaps) AS middle FROM summed)
SELECT s.good, s.gaps, s.rebuyers, (s.log_gaps + CAST($shop_gaps AS DOUBLE) * shop.middle) / (s.gaps + CAST($shop_gaps AS DOUBLE)) AS log_gap,
  s.rebuyers >= CAST($support AS INTEGER) AS steady
FROM summed AS s, shop
