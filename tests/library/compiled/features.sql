-- values: [90.0, 90.0, 0.0, 90.0, 90.0, 0.0, 0.0]
WITH everybody AS (
  SELECT
    customer_key,
    MIN(ts) AS "first_seen_at",
    MAX(ts) AS "last_seen_at",
    DATE_DIFF('DAY', MIN(day), CAST('2026-01-31' AS DATE)) AS "days_since_first_seen",
    DATE_DIFF('DAY', MAX(day), CAST('2026-01-31' AS DATE)) AS "days_since_last_seen"
  FROM events
  WHERE
    ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
  GROUP BY
    customer_key
), side0 AS (
  SELECT
    customer_key,
    COUNT(*) AS "orders",
    COUNT(*) FILTER(WHERE
      day >= CAST('2026-01-01' AS DATE)) AS "orders_30d",
    COUNT(*) FILTER(WHERE
      day >= CAST('2025-11-02' AS DATE)) AS "orders_90d",
    COUNT(*) FILTER(WHERE
      day >= CAST('2025-01-31' AS DATE)) AS "orders_365d",
    TRY_CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS "sales",
    (
      SUM(CAST(amount AS DOUBLE)) / NULLIF(CAST(COUNT(*) FILTER(WHERE
        NOT (
          amount
        ) IS NULL) AS DOUBLE), 0)
    ) AS "average_order",
    MIN(ts) AS "first_order_at",
    MAX(ts) AS "last_order_at",
    DATE_DIFF('DAY', MIN(day), CAST('2026-01-31' AS DATE)) AS "days_since_first_order",
    DATE_DIFF('DAY', MAX(day), CAST('2026-01-31' AS DATE)) AS "days_since_last_order"
  FROM events
  WHERE
    ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
    AND (
      (
        kind = 'track' AND name IN ('Order Completed')
      )
    )
  GROUP BY
    customer_key
), side1 AS (
  SELECT
    customer_key,
    COUNT(*) AS "order_days"
  FROM (
    SELECT DISTINCT
      customer_key,
      day
    FROM events
    WHERE
      ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
      AND (
        (
          kind = 'track' AND name IN ('Order Completed')
        )
      )
  )
  GROUP BY
    customer_key
), side2 AS (
  SELECT
    customer_key,
    TRY_CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS "revenue",
    TRY_CAST(COALESCE(SUM(amount) FILTER(WHERE
      day >= CAST('2025-11-02' AS DATE)), 0) AS BIGINT) AS "revenue_90d",
    TRY_CAST(COALESCE(SUM(amount) FILTER(WHERE
      day >= CAST('2025-01-31' AS DATE)), 0) AS BIGINT) AS "revenue_365d"
  FROM events
  WHERE
    ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
    AND (
      (
        kind = 'track'
        AND name IN ('Order Completed', 'Order Refunded', 'Order Cancelled')
      )
    )
  GROUP BY
    customer_key
), side3 AS (
  SELECT
    customer_key,
    MEDIAN(gap) AS "median_gap_days"
  FROM (
    SELECT
      customer_key,
      CAST(DATE_DIFF('DAY', LAG(day) OVER (PARTITION BY customer_key ORDER BY day), day) AS DOUBLE) AS gap
    FROM (
      SELECT DISTINCT
        customer_key,
        day
      FROM events
      WHERE
        ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
        AND (
          (
            kind = 'track' AND name IN ('Order Completed')
          )
        )
    )
  )
  GROUP BY
    customer_key
), side4 AS (
  SELECT
    customer_key,
    COUNT(*) AS "refunds"
  FROM events
  WHERE
    ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
    AND (
      (
        kind = 'track' AND name IN ('Order Refunded')
      )
    )
  GROUP BY
    customer_key
), side5 AS (
  SELECT
    customer_key,
    COUNT(DISTINCT line.category) AS "categories",
    COUNT(DISTINCT line.product) AS "products"
  FROM (
    SELECT
      customer_key,
      UNNEST(products) AS line
    FROM events
    WHERE
      ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
      AND (
        (
          kind = 'track' AND name IN ('Order Completed')
        )
      )
  )
  GROUP BY
    customer_key
), side6 AS (
  SELECT
    customer_key,
    COUNT(*) AS "visits_30d"
  FROM (
    SELECT DISTINCT
      customer_key,
      day
    FROM events
    WHERE
      ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
      AND (
        (
          kind = 'track' AND name IN ('Product Viewed')
        ) OR kind IN ('page', 'screen')
      )
      AND day >= CAST('2026-01-01' AS DATE)
  )
  GROUP BY
    customer_key
), side7 AS (
  SELECT
    customer_key,
    DATE_DIFF('DAY', MAX(day), CAST('2026-01-31' AS DATE)) AS "days_since_last_visit"
  FROM events
  WHERE
    ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
    AND (
      (
        kind = 'track' AND name IN ('Product Viewed')
      ) OR kind IN ('page', 'screen')
    )
  GROUP BY
    customer_key
), side8 AS (
  SELECT
    customer_key,
    DATE_DIFF('DAY', MAX(day), CAST('2026-01-31' AS DATE)) AS "days_since_signup"
  FROM events
  WHERE
    ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
    AND (
      (
        kind = 'track' AND name IN ('Signed Up')
      )
    )
  GROUP BY
    customer_key
), side9 AS (
  SELECT
    customer_key,
    COUNT(*) AS "carts_30d"
  FROM (
    SELECT DISTINCT
      customer_key,
      day
    FROM events
    WHERE
      ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
      AND (
        (
          kind = 'track' AND name IN ('Product Added', 'Cart Viewed', 'Checkout Started')
        )
      )
      AND day >= CAST('2026-01-01' AS DATE)
  )
  GROUP BY
    customer_key
), side10 AS (
  SELECT
    customer_key,
    COUNT(*) FILTER(WHERE
      day >= CAST('2025-11-02' AS DATE)) AS "tickets_90d"
  FROM events
  WHERE
    ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
    AND (
      (
        kind = 'track' AND name IN ('Ticket Opened')
      )
    )
    AND day >= CAST('2025-11-02' AS DATE)
  GROUP BY
    customer_key
), side11 AS (
  SELECT
    customer_key,
    COUNT(*) AS "subscriptions_started"
  FROM events
  WHERE
    ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
    AND (
      (
        kind = 'track' AND name IN ('Subscription Started')
      )
    )
  GROUP BY
    customer_key
), side12 AS (
  SELECT
    customer_key,
    COUNT(*) AS "subscriptions_cancelled"
  FROM events
  WHERE
    ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
    AND (
      (
        kind = 'track' AND name IN ('Subscription Cancelled')
      )
    )
  GROUP BY
    customer_key
), side13 AS (
  SELECT
    customer_key,
    COUNT(*) AS "emails_opened_90d"
  FROM (
    SELECT DISTINCT
      customer_key,
      day
    FROM events
    WHERE
      ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
      AND (
        (
          kind = 'track' AND name IN ('Email Opened', 'Email Link Clicked')
        )
      )
      AND day >= CAST('2025-11-02' AS DATE)
  )
  GROUP BY
    customer_key
), side14 AS (
  SELECT
    customer_key,
    COUNT(*) AS "referrals"
  FROM events
  WHERE
    ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
    AND (
      (
        kind = 'track'
        AND name IN ('Invite Sent', 'Referral Completed', 'Product Shared', 'Product Reviewed')
      )
    )
  GROUP BY
    customer_key
), side15 AS (
  SELECT
    customer_key,
    ARG_MIN(v, {'t': ts, 'i': ingest_id}) AS "channel"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        customer_key,
        ts,
        ingest_id,
        CASE
          WHEN (
            (
              kind = 'track' AND name IN ('Signed Up', 'Order Completed')
            )
            OR kind IN ('identify', 'page')
          )
          THEN properties ->> '$.channel'
        END AS v
      FROM events
      WHERE
        ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
        AND (
          (
            kind = 'track' AND name IN ('Signed Up', 'Order Completed')
          )
          OR kind IN ('identify', 'page')
        )
        AND CONTAINS(properties, '"channel"')
    )
    WHERE
      NOT v IS NULL
  )
  GROUP BY
    customer_key
), side16 AS (
  SELECT
    customer_key,
    ARG_MAX(v, {'t': ts, 'i': ingest_id}) AS "country"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        customer_key,
        ts,
        ingest_id,
        CASE
          WHEN (
            (
              kind = 'track' AND name IN ('Signed Up', 'Order Completed')
            )
            OR kind IN ('identify')
          )
          THEN properties ->> '$.country'
        END AS v
      FROM events
      WHERE
        ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
        AND (
          (
            kind = 'track' AND name IN ('Signed Up', 'Order Completed')
          )
          OR kind IN ('identify')
        )
        AND CONTAINS(properties, '"country"')
    )
    WHERE
      NOT v IS NULL
  )
  GROUP BY
    customer_key
), level0 AS (
  SELECT
    everybody.customer_key,
    everybody."first_seen_at",
    everybody."last_seen_at",
    everybody."days_since_first_seen",
    everybody."days_since_last_seen",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."orders" END AS "orders",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."orders_30d" END AS "orders_30d",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."orders_90d" END AS "orders_90d",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."orders_365d" END AS "orders_365d",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."sales" END AS "sales",
    side0."average_order" AS "average_order",
    side0."first_order_at" AS "first_order_at",
    side0."last_order_at" AS "last_order_at",
    side0."days_since_first_order" AS "days_since_first_order",
    side0."days_since_last_order" AS "days_since_last_order",
    CASE WHEN side1.customer_key IS NULL THEN 0 ELSE side1."order_days" END AS "order_days",
    CASE WHEN side2.customer_key IS NULL THEN 0 ELSE side2."revenue" END AS "revenue",
    CASE WHEN side2.customer_key IS NULL THEN 0 ELSE side2."revenue_90d" END AS "revenue_90d",
    CASE WHEN side2.customer_key IS NULL THEN 0 ELSE side2."revenue_365d" END AS "revenue_365d",
    side3."median_gap_days" AS "median_gap_days",
    CASE WHEN side4.customer_key IS NULL THEN 0 ELSE side4."refunds" END AS "refunds",
    CASE WHEN side5.customer_key IS NULL THEN 0 ELSE side5."categories" END AS "categories",
    CASE WHEN side5.customer_key IS NULL THEN 0 ELSE side5."products" END AS "products",
    CASE WHEN side6.customer_key IS NULL THEN 0 ELSE side6."visits_30d" END AS "visits_30d",
    side7."days_since_last_visit" AS "days_since_last_visit",
    side8."days_since_signup" AS "days_since_signup",
    CASE WHEN side9.customer_key IS NULL THEN 0 ELSE side9."carts_30d" END AS "carts_30d",
    CASE WHEN side10.customer_key IS NULL THEN 0 ELSE side10."tickets_90d" END AS "tickets_90d",
    CASE WHEN side11.customer_key IS NULL THEN 0 ELSE side11."subscriptions_started" END AS "subscriptions_started",
    CASE
      WHEN side12.customer_key IS NULL
      THEN 0
      ELSE side12."subscriptions_cancelled"
    END AS "subscriptions_cancelled",
    CASE WHEN side13.customer_key IS NULL THEN 0 ELSE side13."emails_opened_90d" END AS "emails_opened_90d",
    CASE WHEN side14.customer_key IS NULL THEN 0 ELSE side14."referrals" END AS "referrals",
    side15."channel" AS "channel",
    side16."country" AS "country",
    CAST('2026-01-31' AS DATE) AS "today"
  FROM everybody
  LEFT JOIN side0
    ON side0.customer_key = everybody.customer_key
  LEFT JOIN side1
    ON side1.customer_key = everybody.customer_key
  LEFT JOIN side2
    ON side2.customer_key = everybody.customer_key
  LEFT JOIN side3
    ON side3.customer_key = everybody.customer_key
  LEFT JOIN side4
    ON side4.customer_key = everybody.customer_key
  LEFT JOIN side5
    ON side5.customer_key = everybody.customer_key
  LEFT JOIN side6
    ON side6.customer_key = everybody.customer_key
  LEFT JOIN side7
    ON side7.customer_key = everybody.customer_key
  LEFT JOIN side8
    ON side8.customer_key = everybody.customer_key
  LEFT JOIN side9
    ON side9.customer_key = everybody.customer_key
  LEFT JOIN side10
    ON side10.customer_key = everybody.customer_key
  LEFT JOIN side11
    ON side11.customer_key = everybody.customer_key
  LEFT JOIN side12
    ON side12.customer_key = everybody.customer_key
  LEFT JOIN side13
    ON side13.customer_key = everybody.customer_key
  LEFT JOIN side14
    ON side14.customer_key = everybody.customer_key
  LEFT JOIN side15
    ON side15.customer_key = everybody.customer_key
  LEFT JOIN side16
    ON side16.customer_key = everybody.customer_key
), derived0 AS (
  SELECT
    *,
    NULLIF(
      NULLIF(
        NULLIF(
          CAST((
            CAST("days_since_last_order" AS DOUBLE) / NULLIF(CAST("median_gap_days" AS DOUBLE), 0)
          ) AS DOUBLE),
          CAST('NaN' AS DOUBLE)
        ),
        CAST('Infinity' AS DOUBLE)
      ),
      CAST('-Infinity' AS DOUBLE)
    ) AS "gap_ratio"
  FROM level0
), derived1 AS (
  SELECT
    *,
    NULLIF(
      NULLIF(
        NULLIF(
          CAST((
            (
              CAST("orders_90d" AS DOUBLE) * (
                CAST("days_since_first_order" AS DOUBLE) - ?
              )
            ) / NULLIF(
              (
                ? * NULLIF((
                  CAST("orders" AS DOUBLE) - CAST("orders_90d" AS DOUBLE)
                ), ?)
              ),
              0
            )
          ) AS DOUBLE),
          CAST('NaN' AS DOUBLE)
        ),
        CAST('Infinity' AS DOUBLE)
      ),
      CAST('-Infinity' AS DOUBLE)
    ) AS "pace_ratio"
  FROM derived0
), derived2 AS (
  SELECT
    *,
    NULLIF(
      NULLIF(
        NULLIF(
          CAST((
            (
              (
                CAST("revenue_90d" AS DOUBLE) / 100
              ) * (
                CAST("days_since_first_order" AS DOUBLE) - ?
              )
            ) / NULLIF(
              (
                ? * NULLIF(
                  GREATEST(
                    (
                      (
                        CAST("revenue" AS DOUBLE) / 100
                      ) - (
                        CAST("revenue_90d" AS DOUBLE) / 100
                      )
                    ),
                    ?
                  ),
                  ?
                )
              ),
              0
            )
          ) AS DOUBLE),
          CAST('NaN' AS DOUBLE)
        ),
        CAST('Infinity' AS DOUBLE)
      ),
      CAST('-Infinity' AS DOUBLE)
    ) AS "spend_ratio"
  FROM derived1
), derived3 AS (
  SELECT
    *,
    TRY_CAST(ROUND(
      (
        CAST((
          (
            CAST("sales" AS DOUBLE) / 100
          ) - (
            CAST("revenue" AS DOUBLE) / 100
          )
        ) AS DOUBLE) * 100
      ),
      0
    ) AS BIGINT) AS "refund_amount"
  FROM derived2
), derived4 AS (
  SELECT
    *,
    (
      "subscriptions_started" > "subscriptions_cancelled"
    ) AS "subscription_active"
  FROM derived3
)
SELECT
  *
FROM derived4
