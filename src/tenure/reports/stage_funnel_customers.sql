-- one row per customer whose first stay began after $start, up to and including $end: those who came to place $place or beyond within $within days (outcome reached), those of them who were never in it (skipped), or who came to the place before and no further (lost); place 0 is where all begin
WITH mine AS (
  SELECT customer_key, entered, list_position($stages, stage) AS place, min(entered) OVER (PARTITION BY customer_key) AS first_day
  FROM stage_history
  WHERE lifecycle = $lifecycle AND entered <= CAST($day AS DATE)
)
SELECT customer_key
FROM mine
WHERE first_day > CAST($start AS DATE) AND first_day <= CAST($end AS DATE) AND entered - first_day <= CAST($within AS INTEGER)
GROUP BY customer_key
HAVING CASE $outcome
  WHEN 'reached' THEN coalesce(max(place), 0) >= CAST($place AS INTEGER)
  WHEN 'skipped' THEN max(place) >= CAST($place AS INTEGER) AND NOT coalesce(bool_or(place = CAST($place AS INTEGER)), false)
  ELSE coalesce(max(place), 0) < CAST($place AS INTEGER) AND coalesce(max(place), 0) >= CAST($place AS INTEGER) - 1 END
