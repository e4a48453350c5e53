-- one row per customer: thirty features, the stage in five lifecycles and the value segment, by hand, from the Parquet files
WITH identity AS (
    SELECT source_key, arg_max(customer_key, revision) AS customer_key FROM read_parquet({id_map}) GROUP BY source_key
),
seen AS (
    SELECT coalesce(i.customer_key, e.source_key) AS customer_key, e.kind, e.name, e.ts, e.amount, e.products,
        e.properties, e.ingest_id, CAST(e.ts + INTERVAL 8 HOUR AS DATE) AS day
    FROM read_parquet({events}) AS e LEFT JOIN identity AS i USING (source_key)
    WHERE e.ts < TIMESTAMP '2026-01-01 00:00:00'
),
facts AS (
    SELECT customer_key,
        min(ts) AS first_seen_at,
        max(ts) AS last_seen_at,
        count(*) FILTER (name = 'Order Completed') AS orders,
        count(*) FILTER (name = 'Order Completed' AND day >= DATE '2025-10-03') AS orders_90d,
        count(*) FILTER (name = 'Order Completed' AND day >= DATE '2025-01-01') AS orders_365d,
        count(DISTINCT day) FILTER (name = 'Order Completed') AS order_days,
        coalesce(sum(amount) FILTER (name IN ('Order Completed', 'Order Refunded', 'Order Cancelled')), 0) AS revenue,
        coalesce(sum(amount) FILTER (name IN ('Order Completed', 'Order Refunded', 'Order Cancelled')
            AND day >= DATE '2025-10-03'), 0) AS revenue_90d,
        avg(amount) FILTER (name = 'Order Completed') AS average_order,
        min(ts) FILTER (name = 'Order Completed') AS first_order_at,
        max(ts) FILTER (name = 'Order Completed') AS last_order_at,
        date_diff('day', min(day) FILTER (name = 'Order Completed'), DATE '2026-01-01') AS days_since_first_order,
        date_diff('day', max(day) FILTER (name = 'Order Completed'), DATE '2026-01-01') AS days_since_last_order,
        count(DISTINCT day) FILTER ((name = 'Product Viewed' OR kind IN ('page', 'screen')) AND day >= DATE '2025-12-02')
            AS visits_30d,
        date_diff('day', max(day) FILTER (name = 'Product Viewed' OR kind IN ('page', 'screen')), DATE '2026-01-01')
            AS days_since_last_visit,
        count(DISTINCT day) FILTER (name IN ('Product Added', 'Cart Viewed', 'Checkout Started')
            AND day >= DATE '2025-12-02') AS carts_30d,
        count(DISTINCT day) FILTER (name IN ('Email Opened', 'Email Link Clicked') AND day >= DATE '2025-10-03')
            AS emails_opened_90d,
        date_diff('day', max(day) FILTER (name = 'Signed Up'), DATE '2026-01-01') AS days_since_signup,
        count(*) FILTER (name = 'Ticket Opened' AND day >= DATE '2025-10-03') AS tickets_90d,
        count(*) FILTER (name = 'Subscription Started') AS subscriptions_started,
        count(*) FILTER (name = 'Subscription Cancelled') AS subscriptions_cancelled,
        count(*) FILTER (name IN ('Invite Sent', 'Referral Completed', 'Product Shared', 'Product Reviewed'))
            AS referrals,
        arg_min(properties ->> '$.channel', (ts, ingest_id)) FILTER ((name IN ('Signed Up', 'Order Completed')
            OR kind IN ('identify', 'page')) AND (properties ->> '$.channel') IS NOT NULL) AS channel
    FROM seen GROUP BY customer_key
),
gaps AS (
    SELECT customer_key, median(gap) AS median_gap_days FROM (
        SELECT customer_key, day - lag(day) OVER (PARTITION BY customer_key ORDER BY day) AS gap
        FROM (SELECT DISTINCT customer_key, day FROM seen WHERE name = 'Order Completed')
    ) GROUP BY customer_key
),
lines AS (
    SELECT customer_key, count(DISTINCT line.category) AS categories, count(DISTINCT line.product) AS products
    FROM (SELECT customer_key, unnest(products) AS line FROM seen WHERE name = 'Order Completed') GROUP BY customer_key
),
known AS (
    SELECT facts.*, gaps.median_gap_days, coalesce(lines.categories, 0) AS categories,
        coalesce(lines.products, 0) AS products, subscriptions_started > subscriptions_cancelled AS subscription_active,
        days_since_last_order / nullif(median_gap_days, 0) AS gap_ratio,
        orders_90d * (days_since_first_order - 90) / (90.0 * nullif(orders - orders_90d, 0)) AS pace_ratio,
        revenue_90d * (days_since_first_order - 90) / (90.0 * nullif(greatest(revenue - revenue_90d, 0), 0))
            AS spend_ratio
    FROM facts LEFT JOIN gaps USING (customer_key) LEFT JOIN lines USING (customer_key)
),
population AS (
    SELECT customer_key,
        count(*) FILTER (name = 'Order Completed') AS orders,
        coalesce(sum(amount), 0) AS revenue,
        date_diff('day', max(day) FILTER (name = 'Order Completed'), DATE '2026-01-01') AS days
    FROM seen
    WHERE ts < TIMESTAMP '2025-12-31 16:00:00' AND name IN ('Order Completed', 'Order Refunded', 'Order Cancelled')
    GROUP BY customer_key
),
cuts AS (
    SELECT quantile_disc(days, [0.2, 0.4, 0.6, 0.8]) AS d, quantile_disc(orders, [0.2, 0.4, 0.6, 0.8]) AS o,
        quantile_disc(revenue, [0.2, 0.4, 0.6, 0.8]) AS v
    FROM population WHERE orders >= 1 AND days <= 365
),
scored AS (
    SELECT known.*,
        6 - (1 + (days_since_last_order > d[1])::INT + (days_since_last_order > d[2])::INT
            + (days_since_last_order > d[3])::INT + (days_since_last_order > d[4])::INT) AS r,
        1 + (orders > o[1])::INT + (orders > o[2])::INT + (orders > o[3])::INT + (orders > o[4])::INT AS f,
        1 + (revenue > v[1])::INT + (revenue > v[2])::INT + (revenue > v[3])::INT + (revenue > v[4])::INT AS m,
        subscriptions_cancelled >= 1 AND NOT subscription_active AND (orders = 0 OR days_since_last_order > 60)
            AS unsubscribed
    FROM known, cuts
)
SELECT *,
    CASE
        WHEN (orders >= 1 AND days_since_last_order > 180 AND visits_30d = 0 AND NOT subscription_active)
            OR unsubscribed THEN 'churn'
        WHEN order_days >= 2 OR subscription_active THEN 'retention'
        WHEN orders >= 1 OR subscriptions_started >= 1 THEN 'conversion'
        WHEN days_since_signup <= 180 OR carts_30d >= 1 OR visits_30d >= 2 OR emails_opened_90d >= 1 THEN 'activation'
        ELSE 'acquisition'
    END AS growth,
    CASE
        WHEN (orders >= 1 AND days_since_last_order > 270 AND NOT subscription_active) OR unsubscribed
            OR (days_since_first_order >= 365 AND order_days >= 8 AND days_since_last_order <= 180) THEN 'respect'
        WHEN (order_days >= 4 AND orders_365d >= 4 AND days_since_last_order <= 180)
            OR (referrals >= 1 AND order_days >= 2 AND days_since_last_order <= 180) THEN 'friendship'
        WHEN order_days >= 2 OR subscription_active THEN 'cooperation'
        WHEN orders >= 1 OR days_since_signup <= 180 OR carts_30d >= 1 OR subscriptions_started >= 1 THEN 'probing'
        ELSE 'acquaintance'
    END AS relationship,
    CASE
        WHEN (orders >= 1 AND days_since_last_order > 365) OR (orders = 0 AND subscriptions_started = 0
            AND (days_since_signup <= 180 OR carts_30d >= 1 OR visits_30d >= 3 OR emails_opened_90d >= 2))
            THEN 'consideration'
        WHEN (referrals >= 1 AND orders >= 1 AND days_since_last_order <= 180)
            OR (order_days >= 10 AND orders_365d >= 10 AND days_since_last_order <= 60) THEN 'advocacy'
        WHEN order_days >= 4 AND orders_365d >= 4 AND days_since_last_order <= 120 THEN 'loyalty'
        WHEN order_days >= 2 OR subscription_active THEN 'maintenance'
        WHEN orders >= 1 OR subscriptions_started >= 1 THEN 'action'
        ELSE 'awareness'
    END AS adoption,
    CASE
        WHEN order_days >= 4 AND orders_365d >= 3 AND days_since_last_order <= 180 THEN 'loyal'
        WHEN order_days >= 2 THEN 'repeat_purchase'
        WHEN orders >= 1 THEN 'first_purchase'
        ELSE 'prospect'
    END AS purchase,
    CASE
        WHEN (NOT subscription_active AND orders >= 1 AND days_since_last_order > 270) OR unsubscribed
            OR (NOT subscription_active AND order_days >= 3 AND days_since_last_order > 150 AND gap_ratio > 6)
            THEN 'departure'
        WHEN days_since_last_order > 120 OR (order_days >= 3 AND days_since_last_order > 45 AND gap_ratio > 2)
            OR (order_days >= 4 AND days_since_first_order >= 180 AND pace_ratio < 0.5)
            OR (order_days >= 4 AND days_since_first_order >= 180 AND spend_ratio < 0.5)
            OR (tickets_90d >= 3 AND orders_90d = 0 AND orders >= 1) THEN 'decline'
        WHEN order_days >= 4 AND days_since_first_order >= 120 THEN 'maturity'
        WHEN orders >= 1 OR subscriptions_started >= 1 THEN 'development'
        ELSE 'acquisition'
    END AS lifespan,
    CASE
        WHEN orders < 1 THEN 'prospect'
        WHEN r >= 4 THEN CASE WHEN f >= 4 AND m >= 4 THEN 'champion' WHEN f >= 3 THEN 'loyal'
            WHEN m >= 4 THEN 'high_potential' ELSE 'recent' END
        WHEN r = 3 THEN CASE WHEN f >= 3 OR m >= 4 THEN 'high_potential' ELSE 'nurture' END
        WHEN f >= 4 OR m >= 4 THEN 'cant_lose'
        WHEN r = 2 THEN 'at_risk' ELSE 'about_to_lose'
    END AS segment
FROM scored
