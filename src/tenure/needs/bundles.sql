-- one row per bundle of two or three products that stand in one basket beyond chance, the weightiest first
WITH firm AS (
  SELECT p.good, p.other, p.days, p.lift, p.expected, p.baskets FROM pairs AS p
  JOIN goods AS a ON a.good = p.good JOIN goods AS b ON b.good = p.other
  WHERE p.good < p.other AND a.state = 'sold' AND b.state = 'sold'
    AND p.lift >= 1.2 AND p.days >= p.expected + 4 * sqrt(p.expected)
  QUALIFY row_number() OVER (ORDER BY p.days - p.expected DESC, p.good, p.other) <= 300
),
listed AS (
  SELECT DISTINCT l.customer_key, l.day, l.good FROM lines AS l
  WHERE l.good IN (SELECT good FROM firm UNION SELECT other FROM firm)
),
candidates AS (
  SELECT a.good AS first, a.other AS second, b.other AS third, least(a.baskets, b.baskets) AS baskets
  FROM firm AS a JOIN firm AS b ON b.good = a.other JOIN firm AS c ON c.good = a.good AND c.other = b.other
),
counted AS (
  SELECT t.first, t.second, t.third, any_value(t.baskets) AS baskets, count(*) AS days
  FROM candidates AS t JOIN listed AS x ON x.good = t.first
  JOIN listed AS y ON y.customer_key = x.customer_key AND y.day = x.day AND y.good = t.second
  JOIN listed AS z ON z.customer_key = x.customer_key AND z.day = x.day AND z.good = t.third
  GROUP BY t.first, t.second, t.third HAVING count(*) >= 5
),
alone AS (SELECT good, count(*) AS days FROM listed GROUP BY good),
triples AS (
  SELECT [t.first, t.second, t.third] AS goods, t.days, t.baskets,
    a.days / CAST(t.baskets AS DOUBLE) * b.days * c.days / t.baskets AS expected
  FROM counted AS t JOIN alone AS a ON a.good = t.first JOIN alone AS b ON b.good = t.second JOIN alone AS c ON c.good = t.third
),
every AS (
  SELECT [good, other] AS goods, days, baskets, expected FROM firm
  UNION ALL SELECT goods, days, baskets, expected FROM triples WHERE days >= 1.2 * expected AND days >= expected + 4 * sqrt(expected)
),
priced AS (
  SELECT e.goods, any_value(e.days) AS baskets, any_value(e.days / CAST(e.baskets AS DOUBLE)) AS share,
    any_value(e.days / e.expected) AS lift, any_value(e.days - e.expected) AS beyond,
    CASE WHEN count(g.price) = count(*) THEN CAST(sum(g.price) AS BIGINT) END AS price,
    list(g.product ORDER BY g.good) AS products
  FROM (SELECT *, unnest(goods) AS good FROM every) AS e JOIN goods AS g ON g.good = e.good
  GROUP BY e.goods
)
SELECT CAST(row_number() OVER (ORDER BY beyond DESC, goods) AS INTEGER) AS place, goods, products, baskets, share, lift, price
FROM priced ORDER BY place
