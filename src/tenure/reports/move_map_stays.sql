-- one row per stay in $stage that was open at some time after $start, up to and including $end
SELECT customer_key
FROM stage_history
WHERE lifecycle = $lifecycle AND stage = $stage AND entered <= CAST($end AS DATE) AND ("left" IS NULL OR "left" > CAST($start AS DATE))
