-- one row: customers whose first stay began after $start, up to and including $end, and those whose $within days are not over on $day
SELECT count(*) AS customers, count(*) FILTER (WHERE first_day + CAST($within AS INTEGER) > CAST($day AS DATE)) AS unfinished
FROM (
  SELECT customer_key, min(entered) AS first_day FROM stage_history WHERE lifecycle = $lifecycle AND entered <= CAST($day AS DATE) GROUP BY customer_key
)
WHERE first_day > CAST($start AS DATE) AND first_day <= CAST($end AS DATE)
