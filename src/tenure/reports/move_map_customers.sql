-- one row per move from stage $from to stage $to (NULL from: first entries) after $start, up to and including $end
SELECT customer_key
FROM stage_history
WHERE lifecycle = $lifecycle AND stage = $to AND previous IS NOT DISTINCT FROM CAST($from AS VARCHAR)
  AND entered > CAST($start AS DATE) AND entered <= CAST($end AS DATE)
