-- one row per customer who was in one of the value segments $segments at the first instant of the month $month
SELECT customer_key FROM segment_history WHERE month = CAST($month AS DATE) AND list_contains($segments, segment)
