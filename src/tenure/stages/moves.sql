-- one row per pair of stages between which customers moved in a period
SELECT previous, stage, count(*) AS moves, count(DISTINCT customer_key) AS customers, median(stayed) AS median_days
FROM (
  SELECT *, date_diff('day', lag(entered) OVER (PARTITION BY customer_key ORDER BY entered, cause DESC), entered) AS stayed
  FROM stays
)
WHERE (entered > $start OR (entered = $start AND cause = 'event'))
  AND (entered < $end OR (entered = $end AND (cause = 'time' OR $last_day_counts)))
GROUP BY previous, stage
ORDER BY moves DESC, previous NULLS FIRST, stage
