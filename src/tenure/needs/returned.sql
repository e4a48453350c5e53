-- one row per (customer, product number) of which as much came back as was bought
SELECT b.customer_key, g.good FROM bought AS b JOIN goods AS g ON g.product = b.product
GROUP BY b.customer_key, g.good HAVING sum(b.quantity) <= 0
