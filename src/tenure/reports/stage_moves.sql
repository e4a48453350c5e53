-- one row per (stage left, stage entered): moves after $start, up to and including $end, each counted; first entries have no stage left
SELECT h.previous, h.stage, count(*) AS moves, count(DISTINCT h.customer_key) AS customers, median(h.entered - p.entered) AS days
FROM stage_history AS h
LEFT JOIN stage_history AS p
  ON p.customer_key = h.customer_key AND p.lifecycle = h.lifecycle AND p.stage = h.previous AND p."left" = h.entered
WHERE h.lifecycle = $lifecycle AND h.entered > $start AND h.entered <= $end
GROUP BY h.previous, h.stage
