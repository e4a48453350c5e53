-- one row per stage: customers who are in it on $day, and the median days they have been there
SELECT stage, count(*) AS customers, median(CAST($day AS DATE) - entered) AS days
FROM stage_history
WHERE lifecycle = $lifecycle AND entered <= $day AND ("left" IS NULL OR "left" > $day)
GROUP BY stage
