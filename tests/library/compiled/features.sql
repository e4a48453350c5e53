-- values: [90.0, 90.0, 0.0, 90.0, 90.0, 0.0, 0.0]
WITH everybody AS (
  SELECT
    customer_key,
    DATE_DIFF('DAY', MAX(day) FILTER(WHERE f0), CAST('2026-01-31' AS DATE)) AS "days_since_last_visit",
    MIN(ts) AS "first_seen_at",
    MAX(ts) AS "last_seen_at",
    DATE_DIFF('DAY', MIN(day), CAST('2026-01-31' AS DATE)) AS "days_since_first_seen",
    DATE_DIFF('DAY', MAX(day), CAST('2026-01-31' AS DATE)) AS "days_since_last_seen"
  FROM (
    SELECT
      *,
      ( ( kind = 'track' AND name IN ('Product Viewed') ) OR kind IN ('page', 'screen') ) AS f0
    FROM events
    WHERE
      ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
  )
  GROUP BY
    customer_key
), side0 AS (
  SELECT
    customer_key,
    COUNT(*) FILTER(WHERE f0) AS "orders",
    COUNT(*) FILTER(WHERE f0 AND day >= CAST('2026-01-01' AS DATE)) AS "orders_30d",
    COUNT(*) FILTER(WHERE f0 AND day >= CAST('2025-11-02' AS DATE)) AS "orders_90d",
    COUNT(*) FILTER(WHERE f0 AND day >= CAST('2025-01-31' AS DATE)) AS "orders_365d",
    TRY_CAST(COALESCE(SUM(amount) FILTER(WHERE f1), 0) AS BIGINT) AS "revenue",
    TRY_CAST(COALESCE(SUM(amount) FILTER(WHERE f1 AND day >= CAST('2025-11-02' AS DATE)), 0) AS BIGINT) AS "revenue_90d",
    TRY_CAST(COALESCE(SUM(amount) FILTER(WHERE f1 AND day >= CAST('2025-01-31' AS DATE)), 0) AS BIGINT) AS "revenue_365d",
    TRY_CAST(COALESCE(SUM(amount) FILTER(WHERE f0), 0) AS BIGINT) AS "sales",
    (
      SUM(CAST(amount AS DOUBLE)) FILTER(WHERE f0) / NULLIF(CAST(COUNT(*) FILTER(WHERE f0 AND NOT (
          amount
        ) IS NULL) AS DOUBLE), 0)
    ) AS "average_order",
    MIN(ts) FILTER(WHERE f0) AS "first_order_at",
    MAX(ts) FILTER(WHERE f0) AS "last_order_at",
    DATE_DIFF('DAY', MIN(day) FILTER(WHERE f0), CAST('2026-01-31' AS DATE)) AS "days_since_first_order",
    DATE_DIFF('DAY', MAX(day) FILTER(WHERE f0), CAST('2026-01-31' AS DATE)) AS "days_since_last_order",
    COUNT(*) FILTER(WHERE f2) AS "refunds",
    DATE_DIFF('DAY', MAX(day) FILTER(WHERE f3), CAST('2026-01-31' AS DATE)) AS "days_since_signup",
    COUNT(*) FILTER(WHERE f4 AND day >= CAST('2025-11-02' AS DATE)) AS "tickets_90d",
    COUNT(*) FILTER(WHERE f5) AS "subscriptions_started",
    COUNT(*) FILTER(WHERE f6) AS "subscriptions_cancelled",
    COUNT(*) FILTER(WHERE f7) AS "referrals"
  FROM (
    SELECT
      *,
      ( ( kind = 'track' AND name IN ('Order Completed') )
      ) AS f0,
      ( ( kind = 'track'
          AND name IN ('Order Completed', 'Order Refunded', 'Order Cancelled') )
      ) AS f1,
      ( ( kind = 'track' AND name IN ('Order Refunded') )
      ) AS f2,
      ( ( kind = 'track' AND name IN ('Signed Up') )
      ) AS f3,
      ( ( kind = 'track' AND name IN ('Ticket Opened') )
      ) AS f4,
      ( ( kind = 'track' AND name IN ('Subscription Started') )
      ) AS f5,
      ( ( kind = 'track' AND name IN ('Subscription Cancelled') )
      ) AS f6,
      ( ( kind = 'track'
          AND name IN ('Invite Sent', 'Referral Completed', 'Product Shared', 'Product Reviewed') )
      ) AS f7
    FROM events
    WHERE
      ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
  )
  WHERE
    f0
    OR f1
    OR f2
    OR f3
    OR (
      f4 AND day >= CAST('2025-11-02' AS DATE)
    )
    OR f5
    OR f6
    OR f7
  GROUP BY
    customer_key
), side1 AS (
  SELECT
    customer_key,
    COUNT(*) FILTER(WHERE f0 = 1) AS "order_days",
    COUNT(*) FILTER(WHERE f1 = 1) AS "visits_30d",
    COUNT(*) FILTER(WHERE f2 = 1) AS "carts_30d",
    COUNT(*) FILTER(WHERE f3 = 1) AS "emails_opened_90d"
  FROM (
    SELECT
      customer_key,
      day,
      MAX(CASE WHEN f0 THEN 1 ELSE 0 END) AS f0,
      MAX(CASE WHEN f1 THEN 1 ELSE 0 END) AS f1,
      MAX(CASE WHEN f2 THEN 1 ELSE 0 END) AS f2,
      MAX(CASE WHEN f3 THEN 1 ELSE 0 END) AS f3
    FROM (
      SELECT
        *,
        ( ( kind = 'track' AND name IN ('Order Completed') )
        ) AS f0,
        (
          ( ( kind = 'track' AND name IN ('Product Viewed') ) OR kind IN ('page', 'screen') )
          AND day >= CAST('2026-01-01' AS DATE)
        ) AS f1,
        (
          ( ( kind = 'track' AND name IN ('Product Added', 'Cart Viewed', 'Checkout Started') )
          )
          AND day >= CAST('2026-01-01' AS DATE)
        ) AS f2,
        (
          ( ( kind = 'track' AND name IN ('Email Opened', 'Email Link Clicked') )
          )
          AND day >= CAST('2025-11-02' AS DATE)
        ) AS f3
      FROM events
      WHERE
        ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
    )
    WHERE
      f0 OR f1 OR f2 OR f3
    GROUP BY
      customer_key,
      day
  )
  GROUP BY
    customer_key
), side2 AS (
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
        AND ( ( kind = 'track' AND name IN ('Order Completed') )
        )
    )
  )
  GROUP BY
    customer_key
), side3 AS (
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
      AND ( ( kind = 'track' AND name IN ('Order Completed') )
      )
  )
  GROUP BY
    customer_key
), side4 AS (
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
          WHEN ( ( kind = 'track' AND name IN ('Signed Up', 'Order Completed') )
            OR kind IN ('identify', 'page') )
          THEN properties ->> '$.channel'
        END AS v
      FROM events
      WHERE
        ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
        AND ( ( kind = 'track' AND name IN ('Signed Up', 'Order Completed') )
          OR kind IN ('identify', 'page') )
        AND CONTAINS(properties, '"channel"')
    )
    WHERE
      NOT v IS NULL
  )
  GROUP BY
    customer_key
), side5 AS (
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
          WHEN ( ( kind = 'track' AND name IN ('Signed Up', 'Order Completed') )
            OR kind IN ('identify') )
          THEN properties ->> '$.country'
        END AS v
      FROM events
      WHERE
        ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP)
        AND ( ( kind = 'track' AND name IN ('Signed Up', 'Order Completed') )
          OR kind IN ('identify') )
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
    everybody."days_since_last_visit",
    everybody."first_seen_at",
    everybody."last_seen_at",
    everybody."days_since_first_seen",
    everybody."days_since_last_seen",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."orders" END AS "orders",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."orders_30d" END AS "orders_30d",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."orders_90d" END AS "orders_90d",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."orders_365d" END AS "orders_365d",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."revenue" END AS "revenue",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."revenue_90d" END AS "revenue_90d",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."revenue_365d" END AS "revenue_365d",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."sales" END AS "sales",
    side0."average_order" AS "average_order",
    side0."first_order_at" AS "first_order_at",
    side0."last_order_at" AS "last_order_at",
    side0."days_since_first_order" AS "days_since_first_order",
    side0."days_since_last_order" AS "days_since_last_order",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."refunds" END AS "refunds",
    side0."days_since_signup" AS "days_since_signup",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."tickets_90d" END AS "tickets_90d",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."subscriptions_started" END AS "subscriptions_started",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."subscriptions_cancelled" END AS "subscriptions_cancelled",
    CASE WHEN side0.customer_key IS NULL THEN 0 ELSE side0."referrals" END AS "referrals",
    CASE WHEN side1.customer_key IS NULL THEN 0 ELSE side1."order_days" END AS "order_days",
    CASE WHEN side1.customer_key IS NULL THEN 0 ELSE side1."visits_30d" END AS "visits_30d",
    CASE WHEN side1.customer_key IS NULL THEN 0 ELSE side1."carts_30d" END AS "carts_30d",
    CASE WHEN side1.customer_key IS NULL THEN 0 ELSE side1."emails_opened_90d" END AS "emails_opened_90d",
    side2."median_gap_days" AS "median_gap_days",
    CASE WHEN side3.customer_key IS NULL THEN 0 ELSE side3."categories" END AS "categories",
    CASE WHEN side3.customer_key IS NULL THEN 0 ELSE side3."products" END AS "products",
    side4."channel" AS "channel",
    side5."country" AS "country",
    given_needs.next_order_day AS "needs.next_order_day",
    CAST('2026-01-31' AS DATE) AS "today",
    given_value.expected AS "value.expected",
    given_value.orders AS "value.orders",
    given_value.alive AS "value.alive",
    given_risk.probability AS "risk.probability",
    given_risk.band AS "risk.band",
    given_risk.since AS "risk.since",
    given_health.score AS "health.score",
    given_health.band AS "health.band",
    given_health.since AS "health.since",
    given_needs.gap_days AS "needs.gap_days"
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
  LEFT JOIN (
    SELECT
      customer_key,
      kept.next_order_day AS next_order_day,
      kept.gap_days AS gap_days
    FROM (
      SELECT
        customer_key,
        ARG_MAX(
          {'next_order_day': next_order_day, 'gap_days': gap_days},
          {'t': as_of, 'o': own, 'm': made_at}
        ) AS kept
      FROM (
        SELECT
          customer_key,
          as_of,
          own,
          made_at,
          next_order_day,
          gap_days
        FROM needs_scores
        WHERE
          as_of <= CAST('2026-01-31 16:00:00' AS TIMESTAMP)
        UNION ALL
        SELECT
          customer_key,
          as_of,
          own,
          made_at,
          next_order_day,
          gap_days
        FROM needs_history
        WHERE
          customer_key IN (
            SELECT
              customer_key
            FROM needs_scores
            WHERE
              as_of > CAST('2026-01-31 16:00:00' AS TIMESTAMP)
          )
      )
      WHERE
        as_of <= CAST('2026-01-31 16:00:00' AS TIMESTAMP)
      GROUP BY
        customer_key
    )
  ) AS given_needs
    ON given_needs.customer_key = everybody.customer_key
  LEFT JOIN (
    SELECT
      customer_key,
      kept.expected AS expected,
      kept.orders AS orders,
      kept.alive AS alive
    FROM (
      SELECT
        customer_key,
        ARG_MAX(
          {'expected': expected, 'orders': orders, 'alive': alive},
          {'t': as_of, 'o': own, 'm': made_at}
        ) AS kept
      FROM (
        SELECT
          customer_key,
          as_of,
          own,
          made_at,
          expected,
          orders,
          alive
        FROM value_scores
        WHERE
          as_of <= CAST('2026-01-31 16:00:00' AS TIMESTAMP)
        UNION ALL
        SELECT
          customer_key,
          as_of,
          own,
          made_at,
          expected,
          orders,
          alive
        FROM value_history
        WHERE
          customer_key IN (
            SELECT
              customer_key
            FROM value_scores
            WHERE
              as_of > CAST('2026-01-31 16:00:00' AS TIMESTAMP)
          )
      )
      WHERE
        as_of <= CAST('2026-01-31 16:00:00' AS TIMESTAMP)
      GROUP BY
        customer_key
    )
  ) AS given_value
    ON given_value.customer_key = everybody.customer_key
  LEFT JOIN (
    SELECT
      customer_key,
      kept.probability AS probability,
      kept.band AS band,
      kept.since AS since
    FROM (
      SELECT
        customer_key,
        ARG_MAX(
          {'probability': probability, 'band': band, 'since': since},
          {'t': as_of, 'o': own, 'm': made_at}
        ) AS kept
      FROM (
        SELECT
          customer_key,
          as_of,
          own,
          made_at,
          probability,
          band,
          since
        FROM risk_scores
        WHERE
          as_of <= CAST('2026-01-31 16:00:00' AS TIMESTAMP)
        UNION ALL
        SELECT
          customer_key,
          as_of,
          own,
          made_at,
          probability,
          band,
          since
        FROM risk_history
        WHERE
          customer_key IN (
            SELECT
              customer_key
            FROM risk_scores
            WHERE
              as_of > CAST('2026-01-31 16:00:00' AS TIMESTAMP)
          )
      )
      WHERE
        as_of <= CAST('2026-01-31 16:00:00' AS TIMESTAMP)
      GROUP BY
        customer_key
    )
  ) AS given_risk
    ON given_risk.customer_key = everybody.customer_key
  LEFT JOIN (
    SELECT
      customer_key,
      kept.score AS score,
      kept.band AS band,
      kept.since AS since
    FROM (
      SELECT
        customer_key,
        ARG_MAX(
          {'score': score, 'band': band, 'since': since},
          {'t': as_of, 'o': own, 'm': made_at}
        ) AS kept
      FROM (
        SELECT
          customer_key,
          as_of,
          own,
          made_at,
          score,
          band,
          since
        FROM health_scores
        WHERE
          as_of <= CAST('2026-01-31 16:00:00' AS TIMESTAMP)
        UNION ALL
        SELECT
          customer_key,
          as_of,
          own,
          made_at,
          score,
          band,
          since
        FROM health_history
        WHERE
          customer_key IN (
            SELECT
              customer_key
            FROM health_scores
            WHERE
              as_of > CAST('2026-01-31 16:00:00' AS TIMESTAMP)
          )
      )
      WHERE
        as_of <= CAST('2026-01-31 16:00:00' AS TIMESTAMP)
      GROUP BY
        customer_key
    )
  ) AS given_health
    ON given_health.customer_key = everybody.customer_key
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
    ) AS "gap_ratio",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST((
            0 - DATE_DIFF('DAY', "needs.next_order_day", "today")
          ) AS DOUBLE),
          CAST('NaN' AS DOUBLE)
        ),
        CAST('Infinity' AS DOUBLE)
      ),
      CAST('-Infinity' AS DOUBLE)
    ) AS "days_to_next_order",
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
    ) AS "pace_ratio",
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
    ) AS "spend_ratio",
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
    ) AS BIGINT) AS "refund_amount",
    (
      "subscriptions_started" > "subscriptions_cancelled"
    ) AS "subscription_active"
  FROM level0
)
SELECT
  *
FROM derived0
