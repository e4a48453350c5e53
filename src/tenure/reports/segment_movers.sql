-- one row per customer who was in value segment $from (NULL: unknown) at $start and in $to at $end, both first instants of months
SELECT b.customer_key
FROM segment_history AS b
LEFT JOIN segment_history AS a ON a.customer_key = b.customer_key AND a.month = CAST($start AS DATE)
WHERE b.month = CAST($end AS DATE) AND b.segment = $to AND a.segment IS NOT DISTINCT FROM CAST($from AS VARCHAR)
