-- one row per customer who was in stage $stage at the end of $start, with what stage_rates.sql counts: whether $metric came true by $day
WITH cohort AS (
  SELECT customer_key, stage, "left"
  FROM stage_history
  WHERE lifecycle = $lifecycle AND entered <= CAST($start AS DATE) AND ("left" IS NULL OR "left" > CAST($start AS DATE))
),
later AS (
  SELECT c.customer_key,
    bool_or(list_contains($leaving, h.stage)) AS has_left,
    bool_or(NOT list_contains($leaving, h.stage) AND list_position($stages, h.stage) > list_position($stages, c.stage)) AS forward,
    bool_or(NOT list_contains($leaving, h.stage)) AS elsewhere
  FROM cohort AS c
  JOIN stage_history AS h
    ON h.customer_key = c.customer_key AND h.lifecycle = $lifecycle AND h.entered > CAST($start AS DATE) AND h.entered <= CAST($day AS DATE)
  GROUP BY c.customer_key
),
bought AS (
  SELECT DISTINCT customer_key
  FROM events
  WHERE kind = 'track' AND name = 'Order Completed' AND day > CAST($start AS DATE) AND day <= CAST($day AS DATE)
)
SELECT c.customer_key, coalesce(CASE $metric
    WHEN 'forward_rate' THEN CASE WHEN list_contains($leaving, c.stage) THEN l.elsewhere ELSE l.forward END
    WHEN 'leaving_rate' THEN l.has_left
    WHEN 'stay_rate' THEN c."left" IS NULL OR c."left" > CAST($day AS DATE)
    ELSE b.customer_key IS NOT NULL END, false) AS reached
FROM cohort AS c
LEFT JOIN later AS l ON l.customer_key = c.customer_key
LEFT JOIN bought AS b ON b.customer_key = c.customer_key
WHERE c.stage = $stage
