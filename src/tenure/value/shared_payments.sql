-- one row: orders that are payments for contracts, further orders within a day of one, and all those payments
SELECT count(*) FILTER (WHERE same) AS shared, count(*) FILTER (WHERE NOT same) AS near,
  (SELECT count(*) // 3 FROM contract_payments) AS payments
FROM (
  SELECT bool_or(o.amount = p.amount) AS same
  FROM (
    SELECT customer_key, day, amount, row_number() OVER () AS place FROM events
    WHERE kind = 'track' AND name = 'Order Completed' AND amount IS NOT NULL
      AND customer_key IN (SELECT customer_key FROM contract_payments)
  ) AS o
  JOIN contract_payments AS p ON p.customer_key = o.customer_key AND p.day = o.day
  GROUP BY o.place
)
