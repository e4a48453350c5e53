-- one row per (stage, length in days): of the stays that began after $start, up to and including $end, how many ended at that length by $day, and how many had lasted that long on $day and went on
SELECT stage, days, count(*) FILTER (WHERE ended) AS ended, count(*) FILTER (WHERE NOT ended) AS lasting
FROM (
  SELECT stage, coalesce("left" <= CAST($day AS DATE), false) AS ended,
    CASE WHEN "left" <= CAST($day AS DATE) THEN "left" ELSE CAST($day AS DATE) END - entered AS days
  FROM stage_history
  WHERE lifecycle = $lifecycle AND entered > CAST($start AS DATE) AND entered <= least(CAST($end AS DATE), CAST($day AS DATE))
)
GROUP BY stage, days
ORDER BY stage, days
