-- one row per (point in time, stage): customers in the stage on the day of the point; points run from $start to $end every $step days, the last is $end
WITH changes AS (
  SELECT stage, entered AS day, 1 AS change FROM stage_history WHERE lifecycle = $lifecycle AND entered <= $end
  UNION ALL
  SELECT stage, "left" AS day, -1 AS change FROM stage_history WHERE lifecycle = $lifecycle AND "left" <= $end
),
-- each change counts from the first point on or after its day
steps AS (
  SELECT stage, greatest(CAST($points AS INTEGER) - 1 - CAST(floor((CAST($end AS DATE) - day) / CAST($step AS DOUBLE)) AS INTEGER), 0) AS point,
    sum(change) AS change
  FROM changes
  GROUP BY stage, point
),
grid AS (
  SELECT s.stage, p.point FROM (SELECT DISTINCT stage FROM steps) AS s CROSS JOIN (SELECT unnest(range(CAST($points AS INTEGER))) AS point) AS p
)
SELECT g.point, g.stage, CAST(sum(coalesce(s.change, 0)) OVER (PARTITION BY g.stage ORDER BY g.point) AS BIGINT) AS customers
FROM grid AS g
LEFT JOIN steps AS s ON s.stage = g.stage AND s.point = g.point
ORDER BY g.point, g.stage
