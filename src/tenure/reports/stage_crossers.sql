-- one row per move of one of the kinds $pairs ("from>to", from empty for first entries) after $start, up to and including $end
SELECT customer_key
FROM stage_history
WHERE lifecycle = $lifecycle AND list_contains($pairs, coalesce(previous, '') || '>' || stage)
  AND entered > CAST($start AS DATE) AND entered <= CAST($end AS DATE)
