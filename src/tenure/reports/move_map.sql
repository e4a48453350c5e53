-- one row per (stage left, stage entered): moves after $start, up to and including $end, with the lengths of the stays they ended and the stays that were open in the period
WITH stays AS (
  SELECT customer_key, stage, previous, entered, "left",
    entered - lag(entered) OVER (PARTITION BY customer_key ORDER BY entered, cause DESC) AS stayed
  FROM stage_history
  WHERE lifecycle = $lifecycle
),
open_stays AS (
  SELECT stage, count(*) AS stays
  FROM stays
  WHERE entered <= CAST($end AS DATE) AND ("left" IS NULL OR "left" > CAST($start AS DATE))
  GROUP BY stage
)
SELECT m.previous, m.stage, count(*) AS moves, count(DISTINCT m.customer_key) AS customers, max(o.stays) AS stays,
  quantile_cont(m.stayed, 0.25) AS quarter, quantile_cont(m.stayed, 0.5) AS half, quantile_cont(m.stayed, 0.75) AS three_quarters
FROM stays AS m
LEFT JOIN open_stays AS o ON o.stage = m.previous
WHERE m.entered > CAST($start AS DATE) AND m.entered <= CAST($end AS DATE)
GROUP BY m.previous, m.stage
