-- one row per (customer, product bought): how often, its gaps in days as logarithms, the last gap and day
SELECT customer_key, good, count(*) AS times, count(gap) AS gaps, coalesce(sum(ln(gap)), 0) AS log_gaps,
  coalesce(sum(ln(gap) * ln(gap)), 0) AS squares, arg_max(gap, day) FILTER (gap IS NOT NULL) AS last_gap, max(day) AS last_day
FROM (
  SELECT customer_key, good, day,
    CAST(date_diff('day', lag(day) OVER (PARTITION BY customer_key, good ORDER BY day), day) AS DOUBLE) AS gap
  FROM lines
)
GROUP BY customer_key, good
