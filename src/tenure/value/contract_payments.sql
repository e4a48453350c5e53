-- one row per (customer, day, amount) on which, or a day from which, a contract was paid for
CREATE OR REPLACE TEMP TABLE contract_payments AS
SELECT DISTINCT customer_key, day + unnest([-1, 0, 1]) AS day, amount
FROM (
  SELECT DISTINCT customer_key, day, amount FROM events
  WHERE kind = 'track' AND name IN ('Subscription Started', 'Subscription Renewed') AND amount > 0
)
