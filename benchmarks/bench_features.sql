-- one row per customer: the growth stage and the value segment, by hand, straight from the Parquet files
WITH identity AS (
    SELECT source_key, arg_max(customer_key, revision) AS customer_key FROM read_parquet({id_map}) GROUP BY source_key
),
seen AS (
    SELECT coalesce(i.customer_key, e.source_key) AS customer_key, e.kind, e.name, e.ts, e.amount,
        CAST(e.ts + INTERVAL 8 HOUR AS DATE) AS day
    FROM read_parquet({events}) AS e LEFT JOIN identity AS i USING (source_key)
    WHERE e.ts < TIMESTAMP '2026-01-01 00:00:00'
),
facts AS (
    SELECT customer_key,
        count(*) FILTER (name = 'Order Completed') AS orders,
        count(DISTINCT day) FILTER (name = 'Order Completed') AS order_days,
        coalesce(sum(amount) FILTER (name IN ('Order Completed', 'Order Refunded')), 0) AS revenue,
        date_diff('day', max(day) FILTER (name = 'Order Completed'), DATE '2026-01-01') AS days_since_last_order,
        count(DISTINCT day) FILTER ((name = 'Product Viewed' OR kind IN ('page', 'screen')) AND day >= DATE '2025-12-02')
            AS visits_30d,
        count(DISTINCT day) FILTER (name IN ('Product Added', 'Cart Viewed', 'Checkout Started')
            AND day >= DATE '2025-12-02') AS carts_30d,
        count(DISTINCT day) FILTER (name IN ('Email Opened', 'Email Link Clicked') AND day >= DATE '2025-10-03')
            AS emails_opened_90d,
        date_diff('day', max(day) FILTER (name = 'Signed Up'), DATE '2026-01-01') AS days_since_signup,
        count(*) FILTER (name = 'Subscription Started') AS subscriptions_started,
        count(*) FILTER (name = 'Subscription Cancelled') AS subscriptions_cancelled
    FROM seen GROUP BY customer_key
),
population AS (
    SELECT customer_key,
        count(*) FILTER (name = 'Order Completed') AS orders,
        coalesce(sum(amount) FILTER (name IN ('Order Completed', 'Order Refunded')), 0) AS revenue,
        date_diff('day', max(day) FILTER (name = 'Order Completed'), DATE '2026-01-01') AS days
    FROM seen WHERE ts < TIMESTAMP '2025-12-31 16:00:00' GROUP BY customer_key
),
cuts AS (
    SELECT quantile_disc(days, [0.2, 0.4, 0.6, 0.8]) AS d, quantile_disc(orders, [0.2, 0.4, 0.6, 0.8]) AS o,
        quantile_disc(revenue, [0.2, 0.4, 0.6, 0.8]) AS v
    FROM population WHERE orders >= 1 AND days <= 365
),
scored AS (
    SELECT facts.*, subscriptions_started > subscriptions_cancelled AS active,
        6 - (1 + (days_since_last_order > d[1])::INT + (days_since_last_order > d[2])::INT
            + (days_since_last_order > d[3])::INT + (days_since_last_order > d[4])::INT) AS r,
        1 + (orders > o[1])::INT + (orders > o[2])::INT + (orders > o[3])::INT + (orders > o[4])::INT AS f,
        1 + (revenue > v[1])::INT + (revenue > v[2])::INT + (revenue > v[3])::INT + (revenue > v[4])::INT AS m
    FROM facts, cuts
)
SELECT customer_key,
    CASE
        WHEN (orders >= 1 AND days_since_last_order > 180 AND visits_30d = 0 AND NOT active)
            OR (subscriptions_cancelled >= 1 AND NOT active AND (orders = 0 OR days_since_last_order > 60)) THEN 'churn'
        WHEN order_days >= 2 OR active THEN 'retention'
        WHEN orders >= 1 OR subscriptions_started >= 1 THEN 'conversion'
        WHEN days_since_signup <= 180 OR carts_30d >= 1 OR visits_30d >= 2 OR emails_opened_90d >= 1 THEN 'activation'
        ELSE 'acquisition'
    END AS stage,
    CASE
        WHEN orders < 1 THEN 'prospect'
        WHEN r >= 4 THEN CASE WHEN f >= 4 AND m >= 4 THEN 'champion' WHEN f >= 3 THEN 'loyal'
            WHEN m >= 4 THEN 'high_potential' ELSE 'recent' END
        WHEN r = 3 THEN CASE WHEN f >= 3 OR m >= 4 THEN 'high_potential' ELSE 'nurture' END
        WHEN f >= 4 OR m >= 4 THEN 'cant_lose'
        WHEN r = 2 THEN 'at_risk' ELSE 'about_to_lose'
    END AS segment
FROM scored
