-- one row per move from stage $from to stage $to after $start, up to and including $end, the latest first
SELECT h.customer_key, h.entered, h.entered - p.entered AS days
FROM stage_history AS h
LEFT JOIN stage_history AS p
  ON p.customer_key = h.customer_key AND p.lifecycle = h.lifecycle AND p.stage = h.previous AND p."left" = h.entered
WHERE h.lifecycle = $lifecycle AND h.stage = $to AND h.previous IS NOT DISTINCT FROM $from
  AND h.entered > $start AND h.entered <= $end
ORDER BY h.entered DESC, h.customer_key
