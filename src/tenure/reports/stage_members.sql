-- one row per customer who was in stage $stage (NULL: in any) at the end of $day
SELECT customer_key
FROM stage_history
WHERE lifecycle = $lifecycle AND (CAST($stage AS VARCHAR) IS NULL OR stage = $stage) AND entered <= CAST($day AS DATE) AND ("left" IS NULL OR "left" > CAST($day AS DATE))
