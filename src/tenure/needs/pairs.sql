-- one row per ordered pair of products bought together on one day: of the days with `product`, the share that had `other`
WITH lines AS (
  SELECT DISTINCT customer_key, day, line.product AS product
  FROM (
    SELECT customer_key, day, unnest(products) AS line FROM events
    WHERE kind = 'track' AND name = 'Order Completed' AND ts < CAST($before AS TIMESTAMP)
  )
  WHERE line.product IS NOT NULL
),
numbered AS (
  SELECT *, row_number() OVER (PARTITION BY customer_key, day ORDER BY hash(product), product) AS place,
    count(*) OVER (PARTITION BY product) AS days
  FROM lines
),
kept AS (SELECT * FROM numbered WHERE place <= CAST($most_lines AS INTEGER) AND days >= CAST($support AS INTEGER)),
together AS (
  SELECT a.product, b.product AS other, count(*) AS days
  FROM kept AS a JOIN kept AS b ON b.customer_key = a.customer_key AND b.day = a.day AND b.product <> a.product
  GROUP BY a.product, b.product
  HAVING count(*) >= CAST($support AS INTEGER)
),
alone AS (SELECT product, count(*) AS days FROM kept GROUP BY product),
shares AS (
  SELECT t.product, t.other, t.days, t.days / CAST(a.days AS DOUBLE) AS share,
    t.days * (SELECT count(*) FROM (SELECT DISTINCT customer_key, day FROM kept)) / (CAST(a.days AS DOUBLE) * o.days) AS lift
  FROM together AS t JOIN alone AS a ON a.product = t.product JOIN alone AS o ON o.product = t.other
)
SELECT product, other, days, share, lift FROM (
  SELECT *, row_number() OVER (PARTITION BY product ORDER BY share DESC, other) AS place FROM shares WHERE lift > 1
)
WHERE place <= CAST($pairs AS INTEGER)
