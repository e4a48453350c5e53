-- one row: how many gaps between neighbouring order days before $before there are, and the one that four of five stay under
SELECT count(gap) AS gaps, quantile_disc(gap, 0.8) AS typical_at_most
FROM (
  SELECT date_diff('day', lag(day) OVER (PARTITION BY customer_key ORDER BY day), day) AS gap
  FROM (
    SELECT DISTINCT customer_key, day FROM events
    WHERE kind = 'track' AND name = 'Order Completed' AND ts < CAST($before AS TIMESTAMP)
  )
)
