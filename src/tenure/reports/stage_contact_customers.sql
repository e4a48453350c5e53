-- one row per customer who entered stage $stage in the $days days that ended on $start, and whether we reached them within $days
WITH arrived AS (
  SELECT customer_key, stage, min(entered) AS entered
  FROM stage_history
  WHERE lifecycle = $lifecycle AND entered > CAST($first AS DATE) AND entered <= CAST($start AS DATE)
  GROUP BY customer_key, stage
),
contacts AS (
  SELECT customer_key, day FROM events WHERE kind = 'track' AND name IN ('Email Delivered', 'Customer Contacted') AND day > CAST($first AS DATE)
)
SELECT a.customer_key, bool_or(c.customer_key IS NOT NULL) AS reached
FROM arrived AS a
LEFT JOIN contacts AS c ON c.customer_key = a.customer_key AND c.day >= a.entered AND c.day <= a.entered + CAST($days AS INTEGER)
WHERE a.stage = $stage
GROUP BY a.customer_key
