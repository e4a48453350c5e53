-- one row per customer who had ordered before $before: days with an order, the logarithms of its gaps, the latest two gaps and day
SELECT customer_key, count(*) AS order_days, coalesce(sum(ln(gap)), 0) AS log_gaps, count(gap) AS gaps,
  list(gap ORDER BY day DESC)[1] AS last_gap, list(gap ORDER BY day DESC)[2] AS gap_before, max(day) AS last_day
FROM (
  SELECT customer_key, day, CAST(date_diff('day', lag(day) OVER (PARTITION BY customer_key ORDER BY day), day) AS DOUBLE) AS gap
  FROM (
    SELECT DISTINCT customer_key, day FROM events
    WHERE kind = 'track' AND name = 'Order Completed' AND ts < CAST($before AS TIMESTAMP)
  )
)
GROUP BY customer_key
ORDER BY customer_key
