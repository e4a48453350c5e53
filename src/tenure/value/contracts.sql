-- one row: who held a contract and who paid at all before $before, renewals, gaps between payments for a contract, and the middle gap
WITH paid AS (
  SELECT customer_key, day, name FROM events
  WHERE kind = 'track' AND ts < CAST($before AS TIMESTAMP)
    AND name IN ('Order Completed', 'Subscription Started', 'Subscription Renewed')
),
gaps AS (
  SELECT date_diff('day', lag(day) OVER (PARTITION BY customer_key ORDER BY day), day) AS gap
  FROM (SELECT DISTINCT customer_key, day FROM paid WHERE name <> 'Order Completed')
)
SELECT (SELECT count(DISTINCT customer_key) FROM paid WHERE name <> 'Order Completed'),
  (SELECT count(DISTINCT customer_key) FROM paid),
  (SELECT count(*) FROM paid WHERE name = 'Subscription Renewed'),
  (SELECT count(gap) FROM gaps),
  (SELECT quantile_disc(gap, 0.5) FROM gaps)
