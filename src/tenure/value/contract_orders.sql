-- one row per order that is a payment for a contract
CREATE OR REPLACE TEMP TABLE contract_orders AS
SELECT DISTINCT e.customer_key, e.order_id
FROM events AS e
JOIN contract_payments AS p ON p.customer_key = e.customer_key AND p.day = e.day AND p.amount = e.amount
WHERE e.kind = 'track' AND e.name = 'Order Completed' AND e.order_id IS NOT NULL
