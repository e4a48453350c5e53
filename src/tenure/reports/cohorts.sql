-- one row per (cohort, periods since): its customers, those active then, and their net revenue in minor units
WITH happened AS (
  SELECT customer_key, CAST(date_trunc($step, day) AS DATE) AS period,
    bool_or(kind = 'track' AND name = 'Order Completed') AS ordered,
    coalesce(sum(amount) FILTER (WHERE kind = 'track' AND name IN ('Order Completed', 'Order Refunded')), 0) AS amount
  FROM events
  WHERE day <= CAST($end AS DATE) AND NOT (kind = 'track' AND list_contains($ours, name))
  GROUP BY customer_key, period
),
firsts AS (
  SELECT customer_key, min(period) AS cohort FROM happened WHERE $by = 'touch' OR ordered GROUP BY customer_key
),
sizes AS (
  SELECT cohort, count(*) AS customers FROM firsts GROUP BY cohort
)
SELECT f.cohort, date_diff($step, f.cohort, h.period) AS since, max(s.customers) AS customers,
  count(*) FILTER (WHERE $active = 'event' OR h.ordered) AS active, CAST(sum(h.amount) AS BIGINT) AS amount
FROM firsts AS f
JOIN happened AS h ON h.customer_key = f.customer_key AND h.period >= f.cohort
JOIN sizes AS s ON s.cohort = f.cohort
WHERE f.cohort >= CAST($start AS DATE)
GROUP BY f.cohort, since
ORDER BY f.cohort, since
