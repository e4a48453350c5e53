-- one row per ordered pair of products that the same customers buy, on whatever days: the cosine of their buyers, shrunk
WITH few AS (
  SELECT * FROM (
    SELECT customer_key, good, row_number() OVER (PARTITION BY customer_key ORDER BY last_day DESC, good) AS place FROM own
    WHERE hash(customer_key) % 1000 < CAST($owner_sample AS INTEGER)
  )
  WHERE place <= CAST($most_owned AS INTEGER)
),
together AS (
  SELECT a.good, b.good AS other, count(*) AS buyers
  FROM few AS a JOIN few AS b ON b.customer_key = a.customer_key AND b.good > a.good
  GROUP BY a.good, b.good
  HAVING count(*) >= CAST($support AS INTEGER)
),
either AS (SELECT * FROM together UNION ALL SELECT other, good, buyers FROM together),
alone AS (SELECT good, count(*) AS buyers FROM few GROUP BY good),
measured AS (
  SELECT t.good, t.other, t.buyers, t.buyers / CAST(a.buyers AS DOUBLE) AS share,
    t.buyers / sqrt(CAST(a.buyers AS DOUBLE) * o.buyers) * t.buyers / (t.buyers + CAST($shrink AS DOUBLE)) AS cosine
  FROM either AS t JOIN alone AS a ON a.good = t.good JOIN alone AS o ON o.good = t.other
  JOIN goods AS g ON g.good = t.other
  WHERE g.state = 'sold'
)
SELECT good, other, buyers, share, cosine FROM measured
QUALIFY row_number() OVER (PARTITION BY good ORDER BY cosine DESC, other) <= CAST($pairs AS INTEGER)
