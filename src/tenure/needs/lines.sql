-- one row per (customer, day, product number) bought and not given back as a whole
SELECT b.customer_key, b.day, g.good, sum(b.quantity) AS quantity
FROM bought AS b JOIN goods AS g ON g.product = b.product
LEFT JOIN returned AS r ON r.customer_key = b.customer_key AND r.good = g.good
WHERE b.sold AND r.good IS NULL
GROUP BY b.customer_key, b.day, g.good
