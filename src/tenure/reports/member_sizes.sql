-- one row per day of $days: customers of the own segment at its end; days without any are absent
SELECT d.day, count(DISTINCT m.customer_key) AS customers
FROM (SELECT DISTINCT unnest(CAST($days AS DATE[])) AS day) AS d
JOIN membership_history AS m ON m.segment = $segment AND m.entered <= d.day AND (m."left" IS NULL OR m."left" > d.day)
GROUP BY d.day
