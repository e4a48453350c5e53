-- one row per (product, dearer product of its category): of the buyers of `good`, the share that bought `other` later
WITH few AS (
  SELECT * FROM (
    SELECT customer_key, good, category, price, first_day,
      row_number() OVER (PARTITION BY customer_key ORDER BY last_day DESC, good) AS place
    FROM own WHERE category IS NOT NULL AND price > 0 AND hash(customer_key) % 1000 < CAST($owner_sample AS INTEGER)
  )
  WHERE place <= CAST($most_owned AS INTEGER)
),
alone AS (SELECT good, count(*) AS buyers FROM few GROUP BY good),
moved AS (
  SELECT a.good, b.good AS other, count(*) AS movers, any_value(b.price - a.price) AS dearer
  FROM few AS a JOIN few AS b ON b.customer_key = a.customer_key AND b.category = a.category AND b.first_day > a.first_day
  WHERE b.price >= CAST($dearer_from AS DOUBLE) * a.price AND b.price <= CAST($dearer_to AS DOUBLE) * a.price
  GROUP BY a.good, b.good
  HAVING count(*) >= CAST($support AS INTEGER)
)
SELECT m.good, m.other, m.movers, m.movers / CAST(a.buyers AS DOUBLE) AS share, m.dearer
FROM moved AS m JOIN alone AS a ON a.good = m.good JOIN goods AS g ON g.good = m.other
WHERE g.state = 'sold'
QUALIFY row_number() OVER (PARTITION BY m.good ORDER BY share DESC, m.other) <= CAST($pairs AS INTEGER)
