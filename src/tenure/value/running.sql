-- one row per customer who held a contract before $before: the periods paid for since it last began, whether it runs, what one costs and its days
WITH told AS (
  SELECT customer_key, ts, day, name, amount,
    CASE lower(json_extract_string(properties, '$.interval'))
      WHEN 'week' THEN 7 WHEN 'month' THEN 31 WHEN 'quarter' THEN 92 WHEN 'year' THEN 366 END AS own
  FROM events
  WHERE kind = 'track' AND ts < CAST($before AS TIMESTAMP)
    AND name IN ('Subscription Started', 'Subscription Renewed', 'Subscription Cancelled')
),
last AS (
  SELECT customer_key,
    max(ts) FILTER (WHERE name = 'Subscription Started') AS began,
    max(ts) FILTER (WHERE name <> 'Subscription Cancelled') AS paid,
    max(day) FILTER (WHERE name <> 'Subscription Cancelled') AS paid_day,
    max(ts) FILTER (WHERE name = 'Subscription Cancelled') AS cancelled,
    arg_max(own, ts) FILTER (WHERE name <> 'Subscription Cancelled') AS own,
    arg_max(amount, ts) FILTER (WHERE name <> 'Subscription Cancelled' AND amount > 0) AS price
  FROM told
  GROUP BY customer_key
)
SELECT l.customer_key, CAST(count(*) FILTER (WHERE t.name <> 'Subscription Cancelled' AND (l.began IS NULL OR t.ts >= l.began)) AS BIGINT) AS periods,
  bool_and((l.cancelled IS NULL OR l.paid > l.cancelled)
    AND (NOT CAST($expires AS BOOLEAN) OR l.paid_day + CAST(ceil(coalesce(l.own, $period) * 1.25) AS INTEGER) > CAST($day AS DATE))) AS runs,
  CAST(any_value(l.price) AS DOUBLE) AS price, CAST(coalesce(any_value(l.own), $period) AS DOUBLE) AS period,
  CAST(CAST($day AS DATE) - any_value(l.paid_day) AS DOUBLE) AS since
FROM last AS l
JOIN told AS t ON t.customer_key = l.customer_key
WHERE l.paid IS NOT NULL
GROUP BY l.customer_key
ORDER BY l.customer_key
