-- one row per customer who was $kind (new, returning, resurrected, dormant) in the period that began on $period, exactly as activity.sql counts them
WITH active AS (
  SELECT DISTINCT customer_key, CAST(date_trunc($step, day) AS DATE) AS period
  FROM events
  WHERE kind = 'track' AND name = 'Order Completed' AND day < CAST($end AS DATE)
),
around AS (
  SELECT customer_key, bool_or(period = CAST($period AS DATE)) AS now, bool_or(period = CAST($before AS DATE)) AS just_before,
    bool_or(period < CAST($period AS DATE)) AS earlier
  FROM active
  GROUP BY customer_key
)
SELECT customer_key
FROM around
WHERE CASE $kind
  WHEN 'new' THEN now AND NOT earlier
  WHEN 'returning' THEN now AND just_before
  WHEN 'resurrected' THEN now AND earlier AND NOT just_before
  ELSE just_before AND NOT now END
