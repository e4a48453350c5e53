-- one row per customer of $cohort: all of them, or those who were active in the period that began on $period
WITH happened AS (
  SELECT customer_key, CAST(date_trunc($step, day) AS DATE) AS period, bool_or(kind = 'track' AND name = 'Order Completed') AS ordered
  FROM events
  WHERE day <= CAST($end AS DATE) AND NOT (kind = 'track' AND list_contains($ours, name))
  GROUP BY customer_key, period
),
firsts AS (
  SELECT customer_key, min(period) AS cohort FROM happened WHERE $by = 'touch' OR ordered GROUP BY customer_key
)
SELECT f.customer_key
FROM firsts AS f
LEFT JOIN happened AS h ON h.customer_key = f.customer_key AND h.period = CAST($period AS DATE) AND ($active = 'event' OR h.ordered)
WHERE f.cohort = CAST($cohort AS DATE) AND (CAST($period AS DATE) IS NULL OR h.customer_key IS NOT NULL)
