-- values: []
WITH seen AS (
  SELECT
    *
  FROM events
  WHERE
    ts < CAST('2026-01-31 16:00:00' AS TIMESTAMP) AND TRUE
), marked AS (
  SELECT
    *,
    DATE_DIFF('DAY', CAST('1970-01-01' AS DATE), day) AS d,
    ( ( kind = 'track' AND name IN ('Order Completed') )
    ) AS f0,
    ( ( kind = 'track' AND name IN ('Product Viewed') ) OR kind IN ('page', 'screen') ) AS f1,
    ( ( kind = 'track' AND name IN ('Signed Up') )
    ) AS f2,
    ( ( kind = 'track' AND name IN ('Product Added', 'Cart Viewed', 'Checkout Started') )
    ) AS f3,
    ( ( kind = 'track' AND name IN ('Subscription Started') )
    ) AS f4,
    ( ( kind = 'track' AND name IN ('Subscription Cancelled') )
    ) AS f5,
    ( ( kind = 'track' AND name IN ('Email Opened', 'Email Link Clicked') )
    ) AS f6
  FROM seen
), daily AS (
  SELECT
    customer_key,
    d,
    COUNT(*) FILTER(WHERE f0) AS c0,
    COUNT(*) FILTER(WHERE f1) AS c1,
    COUNT(*) FILTER(WHERE f2) AS c2,
    COUNT(*) FILTER(WHERE f3) AS c3,
    COUNT(*) FILTER(WHERE f4) AS c4,
    COUNT(*) FILTER(WHERE f5) AS c5,
    COUNT(*) FILTER(WHERE f6) AS c6
  FROM marked
  GROUP BY
    customer_key,
    d
), days AS (
  SELECT
    daily.*,
    2 * d + 1 AS x
  FROM daily
), grid AS (
  SELECT
    *
  FROM days
  UNION ALL BY NAME
  (
    SELECT
      customer_key,
      2 * s AS x
    FROM (
      SELECT
        customer_key,
        d + step AS s
      FROM (
        SELECT
          customer_key,
          d,
          LEAD(d) OVER (PARTITION BY customer_key ORDER BY d) AS later
        FROM daily
        WHERE
          c0 > 0
      ), (VALUES
        (61),
        (181)) AS steps(step)
      WHERE
        later IS NULL OR later >= d + step
      UNION
      SELECT
        customer_key,
        d + 31 AS s
      FROM daily
      WHERE
        c1 > 0
      UNION
      SELECT
        customer_key,
        d + step AS s
      FROM (
        SELECT
          customer_key,
          d,
          LEAD(d) OVER (PARTITION BY customer_key ORDER BY d) AS later
        FROM daily
        WHERE
          c2 > 0
      ), (VALUES
        (181)) AS steps(step)
      WHERE
        later IS NULL OR later >= d + step
      UNION
      SELECT
        customer_key,
        d + 31 AS s
      FROM daily
      WHERE
        c3 > 0
      UNION
      SELECT
        customer_key,
        d + 91 AS s
      FROM daily
      WHERE
        c6 > 0
    )
    WHERE
      s <= 20484
  )
), plain_ready AS (
  SELECT
    *
  FROM grid
), plain AS (
  SELECT
    customer_key,
    x,
    CAST(COALESCE(
      SUM(c0) OVER (
        PARTITION BY customer_key
        ORDER BY x
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ),
      0
    ) AS BIGINT) AS "orders",
    CAST(COALESCE(
      SUM(CASE WHEN c0 > 0 THEN 1 END) OVER (
        PARTITION BY customer_key
        ORDER BY x
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ),
      0
    ) AS BIGINT) AS "order_days",
    x // 2 - MAX(CASE WHEN c0 > 0 THEN d END) OVER (
      PARTITION BY customer_key
      ORDER BY x
      RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS "days_since_last_order",
    CAST(COALESCE(
      SUM(CASE WHEN c1 > 0 THEN 1 END) OVER (PARTITION BY customer_key ORDER BY x RANGE BETWEEN 60 PRECEDING AND CURRENT ROW),
      0
    ) AS BIGINT) AS "visits_30d",
    x // 2 - MAX(CASE WHEN c2 > 0 THEN d END) OVER (
      PARTITION BY customer_key
      ORDER BY x
      RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS "days_since_signup",
    CAST(COALESCE(
      SUM(CASE WHEN c3 > 0 THEN 1 END) OVER (PARTITION BY customer_key ORDER BY x RANGE BETWEEN 60 PRECEDING AND CURRENT ROW),
      0
    ) AS BIGINT) AS "carts_30d",
    CAST(COALESCE(
      SUM(c4) OVER (
        PARTITION BY customer_key
        ORDER BY x
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ),
      0
    ) AS BIGINT) AS "subscriptions_started",
    CAST(COALESCE(
      SUM(c5) OVER (
        PARTITION BY customer_key
        ORDER BY x
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ),
      0
    ) AS BIGINT) AS "subscriptions_cancelled",
    CAST(COALESCE(
      SUM(CASE WHEN c6 > 0 THEN 1 END) OVER (PARTITION BY customer_key ORDER BY x RANGE BETWEEN 180 PRECEDING AND CURRENT ROW),
      0
    ) AS BIGINT) AS "emails_opened_90d"
  FROM plain_ready
), derived0 AS (
  SELECT
    *,
    (
      "subscriptions_started" > "subscriptions_cancelled"
    ) AS "subscription_active"
  FROM plain
)
SELECT
  *
FROM derived0
