-- one row per month's first instant and value segment: customers and what they had spent until then
SELECT month, segment, count(*) AS customers, CAST(coalesce(sum(revenue), 0) AS BIGINT) AS revenue
FROM segment_history
GROUP BY month, segment
ORDER BY month, segment
