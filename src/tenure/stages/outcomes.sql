-- one row per (month, customer with an order or refund within $days days from the month's first day): net revenue in minor units, whether there was an order
SELECT m.month, e.customer_key, coalesce(sum(e.amount), 0) AS revenue, bool_or(e.name = 'Order Completed') AS ordered
FROM events AS e
JOIN months AS m ON e.day >= m.month AND e.day < m.month + CAST($days AS INTEGER)
WHERE e.kind = 'track' AND e.name IN ('Order Completed', 'Order Refunded')
GROUP BY m.month, e.customer_key
