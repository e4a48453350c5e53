-- one row per ordered pair of categories that go together: of the customers of `category`, the share that buys in `other` too
WITH owned AS (SELECT DISTINCT customer_key, category FROM own WHERE category IS NOT NULL),
sizes AS (SELECT category, count(*) AS size FROM owned GROUP BY category),
together AS (
  SELECT a.category, b.category AS other, count(*) AS buyers
  FROM owned AS a JOIN owned AS b ON b.customer_key = a.customer_key AND b.category <> a.category
  GROUP BY a.category, b.category
  HAVING count(*) >= CAST($support AS INTEGER)
)
SELECT t.category, t.other, t.buyers, t.buyers / CAST(s.size AS DOUBLE) AS share
FROM together AS t JOIN sizes AS s ON s.category = t.category
QUALIFY row_number() OVER (PARTITION BY t.category ORDER BY t.buyers DESC, t.other) <= 8
