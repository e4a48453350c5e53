-- one row per stay in $stage that began after $start, up to and including $end, and lasted from $low to $high days: ended ones, those still lasting on $day, or both
SELECT customer_key
FROM (
  SELECT customer_key, coalesce("left" <= CAST($day AS DATE), false) AS ended,
    CASE WHEN "left" <= CAST($day AS DATE) THEN "left" ELSE CAST($day AS DATE) END - entered AS days
  FROM stage_history
  WHERE lifecycle = $lifecycle AND stage = $stage
    AND entered > CAST($start AS DATE) AND entered <= least(CAST($end AS DATE), CAST($day AS DATE))
)
WHERE days >= CAST($low AS INTEGER) AND days <= CAST($high AS INTEGER)
  AND CASE $outcome WHEN 'ended' THEN ended WHEN 'lasting' THEN NOT ended ELSE true END
