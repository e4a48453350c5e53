-- one row per (group, days followed, lost): customers of `entered` who were lost, or are still followed, so many days after they entered
WITH told AS (
  SELECT customer_key, day, bool_and(name = 'Subscription Cancelled') AS over
  FROM events
  WHERE kind = 'track' AND list_contains(CAST($names AS VARCHAR[]), name) AND ts < CAST($before AS TIMESTAMP)
  GROUP BY customer_key, day
),
before AS (
  SELECT customer_key, day, over,
    lag(day) OVER (PARTITION BY customer_key ORDER BY day) AS earlier,
    coalesce(lag(over) OVER (PARTITION BY customer_key ORDER BY day), false) AS was_over
  FROM told
),
numbered AS (
  SELECT customer_key, day, over,
    sum(CASE WHEN over THEN 0 WHEN earlier IS NULL OR was_over OR day - earlier > CAST($silence AS INTEGER) THEN 1 ELSE 0 END)
      OVER (PARTITION BY customer_key ORDER BY day ROWS UNBOUNDED PRECEDING) AS stretch
  FROM before
),
stretches AS (
  SELECT customer_key, min(day) FILTER (WHERE NOT over) AS first,
    least(max(day) FILTER (WHERE NOT over) + CAST($silence AS INTEGER), min(day) FILTER (WHERE over)) AS ends
  FROM numbered
  WHERE stretch > 0
  GROUP BY customer_key, stretch
),
followed AS (
  SELECT coalesce(e.name, '') AS name, least(s.ends, CAST($day AS DATE)) - coalesce(e.day, s.first) AS days,
    s.ends <= CAST($day AS DATE) AS lost,
    row_number() OVER (PARTITION BY e.customer_key, e.name ORDER BY s.first) AS place
  FROM entered AS e
  JOIN stretches AS s ON s.customer_key = e.customer_key AND (e.day IS NULL OR (e.day >= s.first AND e.day < s.ends))
)
SELECT name, CAST(days AS BIGINT) AS days, lost, count(*) AS customers
FROM followed
WHERE place = 1
GROUP BY name, days, lost
ORDER BY name, days, lost
