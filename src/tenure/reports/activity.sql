-- one row per period (month or week, by its first day): customers who ordered for the first time, again, after a pause, and who stopped
WITH active AS (
  SELECT DISTINCT customer_key, CAST(date_trunc($step, day) AS DATE) AS period
  FROM events
  WHERE kind = 'track' AND name = 'Order Completed' AND day < $end
),
ordered AS (
  SELECT customer_key, period,
    lag(period) OVER (PARTITION BY customer_key ORDER BY period) AS before,
    lead(period) OVER (PARTITION BY customer_key ORDER BY period) AS following
  FROM active
),
judged AS (
  SELECT period,
    CASE WHEN before IS NULL THEN 'new' WHEN before = CAST(period - to_months($months) - to_days($days) AS DATE) THEN 'returning' ELSE 'resurrected' END AS kind
  FROM ordered
  UNION ALL
  SELECT CAST(period + to_months($months) + to_days($days) AS DATE) AS period, 'dormant' AS kind
  FROM ordered
  WHERE following IS NULL OR following > CAST(period + to_months($months) + to_days($days) AS DATE)
)
SELECT period,
  count(*) FILTER (WHERE kind = 'new') AS new,
  count(*) FILTER (WHERE kind = 'returning') AS returning,
  count(*) FILTER (WHERE kind = 'resurrected') AS resurrected,
  count(*) FILTER (WHERE kind = 'dormant') AS dormant
FROM judged
WHERE period >= $start AND period < $end
GROUP BY period
ORDER BY period
