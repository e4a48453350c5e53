-- one row per stage of $stages (first to last): of the customers whose first stay began after $start, up to and including $end, how many came to it or beyond within $within days of that, how many were in it, and how fast
WITH mine AS (
  SELECT customer_key, entered, list_position($stages, stage) AS place, min(entered) OVER (PARTITION BY customer_key) AS first_day
  FROM stage_history
  WHERE lifecycle = $lifecycle AND entered <= CAST($day AS DATE)
),
reached AS (
  SELECT m.customer_key, p.place, min(m.entered - m.first_day) AS days, bool_or(m.place = p.place) AS was_in
  FROM mine AS m
  JOIN (SELECT unnest(range(1, len($stages) + 1)) AS place) AS p ON m.place >= p.place
  WHERE m.first_day > CAST($start AS DATE) AND m.first_day <= CAST($end AS DATE) AND m.entered - m.first_day <= CAST($within AS INTEGER)
  GROUP BY m.customer_key, p.place
)
SELECT place, count(*) AS reached, count(*) FILTER (WHERE was_in) AS was_in, median(days) AS days
FROM reached
GROUP BY place
ORDER BY place
