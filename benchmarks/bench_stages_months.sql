-- one row per month's first day and customer known before it: the growth stage at that instant, by hand
WITH identity AS (
    SELECT source_key, arg_max(customer_key, revision) AS customer_key FROM read_parquet({id_map}) GROUP BY source_key
),
daily AS (
    SELECT coalesce(i.customer_key, e.source_key) AS customer_key, CAST(e.ts + INTERVAL 8 HOUR AS DATE) AS day,
        count(*) FILTER (name = 'Order Completed') AS orders,
        bool_or(name = 'Product Viewed' OR kind IN ('page', 'screen')) AS visited,
        bool_or(name IN ('Product Added', 'Cart Viewed', 'Checkout Started')) AS carted,
        bool_or(name IN ('Email Opened', 'Email Link Clicked')) AS answered,
        bool_or(name = 'Signed Up') AS signed_up,
        count(*) FILTER (name = 'Subscription Started') AS started,
        count(*) FILTER (name = 'Subscription Cancelled') AS cancelled
    FROM read_parquet({events}) AS e LEFT JOIN identity AS i USING (source_key)
    GROUP BY 1, 2
),
months AS (SELECT month FROM (VALUES {months}) AS t(month)),
facts AS (
    SELECT month, customer_key, sum(orders) AS orders, count(*) FILTER (orders > 0) AS order_days,
        month - max(day) FILTER (orders > 0) AS days_since_last_order,
        count(*) FILTER (visited AND day >= month - 30) AS visits_30d,
        count(*) FILTER (carted AND day >= month - 30) AS carts_30d,
        count(*) FILTER (answered AND day >= month - 90) AS emails_opened_90d,
        month - max(day) FILTER (signed_up) AS days_since_signup,
        sum(started) AS subscriptions_started, sum(cancelled) AS subscriptions_cancelled,
        sum(started) > sum(cancelled) AS active
    FROM months JOIN daily ON day < month GROUP BY month, customer_key
)
SELECT month, customer_key,
    CASE
        WHEN (orders >= 1 AND days_since_last_order > 180 AND visits_30d = 0 AND NOT active)
            OR (subscriptions_cancelled >= 1 AND NOT active AND (orders = 0 OR days_since_last_order > 60)) THEN 'churn'
        WHEN order_days >= 2 OR active THEN 'retention'
        WHEN orders >= 1 OR subscriptions_started >= 1 THEN 'conversion'
        WHEN days_since_signup <= 180 OR carts_30d >= 1 OR visits_30d >= 2 OR emails_opened_90d >= 1 THEN 'activation'
        ELSE 'acquisition'
    END AS stage
FROM facts
