-- one row per (customer, product that is bought again): its interval, when it falls due, and how near that is (1 = next)
WITH expected AS (
  SELECT s.customer_key, s.good, g.product, s.times, s.last_day, o.score,
    exp((i.log_gap * CAST($weight AS DOUBLE) + s.log_gaps) / (CAST($weight AS DOUBLE) + s.gaps)) AS days
  FROM spans AS s JOIN intervals AS i ON i.good = s.good JOIN goods AS g ON g.good = s.good
  JOIN own AS o ON o.customer_key = s.customer_key AND o.good = s.good
  WHERE i.steady AND g.state = 'sold' AND (s.times > 1 OR i.rebuyers >= CAST($common AS DOUBLE) * g.buyers)
),
dated AS (
  SELECT *, last_day + CAST(round(days) AS INTEGER) AS due_day,
    date_diff('day', last_day, CAST($today AS DATE)) AS since FROM expected
)
SELECT customer_key, good, product, times, last_day, days, due_day, score,
  due_day <= CAST($today AS DATE) + CAST($soon AS INTEGER) AS soon,
  row_number() OVER (PARTITION BY customer_key
    ORDER BY due_day <= CAST($today AS DATE) + CAST($soon AS INTEGER) DESC, score DESC, product) AS nearness
FROM dated
WHERE since <= CAST($lapsed AS DOUBLE) * days
