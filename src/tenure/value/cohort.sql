-- one row per (month of the first order, whole months since): customers of the cohort, those who bought in the month, its money, and all money so far
WITH bought AS (
  SELECT customer_key, CAST(date_trunc('month', day) AS DATE) AS month, sum(amount) AS amount
  FROM net_orders
  GROUP BY customer_key, CAST(date_trunc('month', day) AS DATE)
),
started AS (SELECT customer_key, min(month) AS cohort FROM bought GROUP BY customer_key),
sizes AS (SELECT cohort, count(*) AS customers FROM started GROUP BY cohort),
spent AS (
  SELECT s.cohort, b.month, count(*) AS active, sum(b.amount) AS amount
  FROM bought AS b
  JOIN started AS s ON s.customer_key = b.customer_key
  GROUP BY s.cohort, b.month
),
months AS (SELECT DISTINCT month FROM bought WHERE month < date_trunc('month', CAST($day AS DATE)))
SELECT z.cohort,
  CAST((year(m.month) - year(z.cohort)) * 12 + month(m.month) - month(z.cohort) AS INTEGER) AS month,
  z.customers, coalesce(p.active, 0) AS active, CAST(coalesce(p.amount, 0) AS BIGINT) AS spend,
  CAST(sum(coalesce(p.amount, 0)) OVER (PARTITION BY z.cohort ORDER BY m.month) AS BIGINT) AS so_far
FROM sizes AS z
JOIN months AS m ON m.month >= z.cohort
LEFT JOIN spent AS p ON p.cohort = z.cohort AND p.month = m.month
ORDER BY z.cohort, m.month
