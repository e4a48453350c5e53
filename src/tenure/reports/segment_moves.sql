-- one row per (segment on $start, segment on $end): customers; those unknown on $start come from NULL
SELECT a.segment AS from_segment, b.segment AS to_segment, count(*) AS customers
FROM segment_history AS b
LEFT JOIN segment_history AS a ON a.customer_key = b.customer_key AND a.month = $start
WHERE b.month = $end
GROUP BY a.segment, b.segment
ORDER BY customers DESC, from_segment, to_segment
