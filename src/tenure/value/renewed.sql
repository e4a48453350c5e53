-- one row per (customer of `asked`, day from $start on and before $end): renewals paid on it, counted from that of $start, and their money
SELECT e.customer_key, CAST(e.day - CAST($start AS DATE) AS INTEGER) AS day, CAST(count(*) AS DOUBLE) AS renewals,
  CAST(sum(coalesce(e.amount, 0)) AS DOUBLE) AS amount
FROM events AS e
JOIN asked AS a ON a.customer_key = e.customer_key
WHERE e.kind = 'track' AND e.name = 'Subscription Renewed' AND e.day >= CAST($start AS DATE) AND e.day < CAST($end AS DATE)
GROUP BY e.customer_key, e.day
ORDER BY e.customer_key, day
