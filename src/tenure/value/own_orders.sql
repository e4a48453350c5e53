-- one row per event, but for orders that are payments for contracts and what takes these back
CREATE TEMP VIEW events AS
SELECT e.*
FROM told_events AS e
LEFT JOIN contract_payments AS p
  ON e.kind = 'track' AND e.name = 'Order Completed'
  AND p.customer_key = e.customer_key AND p.day = e.day AND p.amount = e.amount
LEFT JOIN contract_orders AS o
  ON e.kind = 'track' AND e.name IN ('Order Refunded', 'Order Cancelled')
  AND o.customer_key = e.customer_key AND o.order_id = e.order_id
WHERE p.customer_key IS NULL AND o.customer_key IS NULL
