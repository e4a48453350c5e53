-- one row per ordered pair of products bought together on one day: of the days with `good`, the share that had `other`
WITH few AS (SELECT * FROM lines WHERE hash(customer_key) % 1000 < CAST($basket_sample AS INTEGER)),
numbered AS (
  SELECT *, row_number() OVER (PARTITION BY customer_key, day ORDER BY hash(good), good) AS place,
    count(*) OVER (PARTITION BY good) AS days
  FROM few
),
kept AS (SELECT * FROM numbered WHERE place <= CAST($most_lines AS INTEGER) AND days >= CAST($support AS INTEGER)),
together AS (
  SELECT a.good, b.good AS other, count(*) AS days
  FROM kept AS a JOIN kept AS b ON b.customer_key = a.customer_key AND b.day = a.day AND b.good > a.good
  GROUP BY a.good, b.good
  HAVING count(*) >= CAST($support AS INTEGER)
),
either AS (SELECT * FROM together UNION ALL SELECT other, good, days FROM together),
alone AS (SELECT good, count(*) AS days FROM kept GROUP BY good)
SELECT t.good, t.other, t.days, t.days / CAST(a.days AS DOUBLE) AS share,
  t.days * n.baskets / (CAST(a.days AS DOUBLE) * o.days) AS lift, a.days * o.days / CAST(n.baskets AS DOUBLE) AS expected, n.baskets
FROM either AS t JOIN alone AS a ON a.good = t.good JOIN alone AS o ON o.good = t.other,
  (SELECT count(*) AS baskets FROM (SELECT DISTINCT customer_key, day FROM kept)) AS n
