-- one row per stage: customers who entered it in the $days days that ended $days before $day, and how many of them we reached within $days
WITH arrived AS (
  SELECT customer_key, stage, min(entered) AS entered
  FROM stage_history
  WHERE lifecycle = $lifecycle AND entered > CAST($first AS DATE) AND entered <= CAST($start AS DATE)
  GROUP BY customer_key, stage
),
contacts AS (
  SELECT customer_key, day FROM events WHERE kind = 'track' AND name IN ('Email Delivered', 'Customer Contacted') AND day > CAST($first AS DATE)
)
SELECT a.stage, count(DISTINCT a.customer_key) AS customers, count(DISTINCT c.customer_key) AS contacted
FROM arrived AS a
LEFT JOIN contacts AS c ON c.customer_key = a.customer_key AND c.day >= a.entered AND c.day <= a.entered + CAST($days AS INTEGER)
GROUP BY a.stage
