-- one row per event, but for orders that are payments for contracts
CREATE TEMP VIEW events AS
SELECT e.*
FROM told_events AS e
LEFT JOIN contract_payments AS p
  ON e.kind = 'track' AND e.name = 'Order Completed'
  AND p.customer_key = e.customer_key AND p.day = e.day AND p.amount = e.amount
WHERE p.customer_key IS NULL
