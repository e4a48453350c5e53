-- one row per customer and stay in the purchase lifecycle, exact to the day, by hand; x is 2·day at its start, +1 at its end
WITH identity AS (
    SELECT source_key, arg_max(customer_key, revision) AS customer_key FROM read_parquet({id_map}) GROUP BY source_key
),
days AS (
    SELECT coalesce(i.customer_key, e.source_key) AS customer_key,
        date_diff('day', DATE '1970-01-01', CAST(e.ts + INTERVAL 8 HOUR AS DATE)) AS d,
        count(*) FILTER (name = 'Order Completed') AS orders
    FROM read_parquet({events}) AS e LEFT JOIN identity AS i USING (source_key)
    WHERE e.ts < TIMESTAMP '2026-01-01 00:00:00' GROUP BY 1, 2
),
ordered AS (SELECT * FROM days WHERE orders > 0),
points AS (
    SELECT customer_key, 2 * min(d) + 1 AS x FROM days GROUP BY customer_key
    UNION SELECT customer_key, 2 * d + 1 FROM ordered
    UNION SELECT customer_key, 2 * (d + 181) FROM ordered
    UNION SELECT customer_key, 2 * (d + 366) FROM ordered
),
counted AS (
    SELECT customer_key, x,
        sum(orders) OVER (byx RANGE UNBOUNDED PRECEDING) AS orders,
        count(o.d) OVER (byx RANGE UNBOUNDED PRECEDING) AS order_days,
        sum(orders) OVER (byx RANGE BETWEEN 730 PRECEDING AND CURRENT ROW) AS orders_365d,
        x // 2 - max(o.d) OVER (byx RANGE UNBOUNDED PRECEDING) AS days_since_last_order
    FROM (SELECT points.*, o.d, o.orders FROM points LEFT JOIN ordered AS o
        ON o.customer_key = points.customer_key AND 2 * o.d + 1 = points.x) AS o
    WHERE x // 2 <= date_diff('day', DATE '1970-01-01', DATE '2026-01-01')
    WINDOW byx AS (PARTITION BY customer_key ORDER BY x)
),
staged AS (
    SELECT customer_key, x,
        CASE
            WHEN order_days >= 4 AND orders_365d >= 3 AND days_since_last_order <= 180 THEN 'loyal'
            WHEN order_days >= 2 THEN 'repeat_purchase'
            WHEN orders >= 1 THEN 'first_purchase'
            ELSE 'prospect'
        END AS stage
    FROM counted
),
changes AS (
    SELECT *, lag(stage) OVER (PARTITION BY customer_key ORDER BY x) AS previous FROM staged
)
SELECT customer_key, stage, DATE '1970-01-01' + CAST(x // 2 AS INTEGER) AS entered,
    DATE '1970-01-01' + CAST(lead(x) OVER (PARTITION BY customer_key ORDER BY x) // 2 AS INTEGER) AS "left", previous,
    CASE WHEN x % 2 = 0 THEN 'time' ELSE 'event' END AS cause
FROM changes WHERE previous IS NULL OR previous <> stage
