-- values: [1, 365, 0, 0, 180, 1, 3, 2, 1, 1, 180, 10, 10, 60, 4, 4, 120, 2, 1, 1]
SELECT
  CASE
    WHEN (
      (
        (
          "orders" >= ?
        ) AND (
          "days_since_last_order" > ?
        )
      )
      OR (
        (
          "orders" = ?
        )
        AND (
          "subscriptions_started" = ?
        )
        AND (
          (
            "days_since_signup" <= ?
          )
          OR (
            "carts_30d" >= ?
          )
          OR (
            "visits_30d" >= ?
          )
          OR (
            "emails_opened_90d" >= ?
          )
        )
      )
    )
    THEN 'consideration'
    WHEN (
      (
        (
          "referrals" >= ?
        )
        AND (
          "orders" >= ?
        )
        AND (
          "days_since_last_order" <= ?
        )
      )
      OR (
        (
          "order_days" >= ?
        )
        AND (
          "orders_365d" >= ?
        )
        AND (
          "days_since_last_order" <= ?
        )
      )
    )
    THEN 'advocacy'
    WHEN (
      (
        "order_days" >= ?
      )
      AND (
        "orders_365d" >= ?
      )
      AND (
        "days_since_last_order" <= ?
      )
    )
    THEN 'loyalty'
    WHEN (
      (
        "order_days" >= ?
      ) OR "subscription_active"
    )
    THEN 'maintenance'
    WHEN (
      (
        "orders" >= ?
      ) OR (
        "subscriptions_started" >= ?
      )
    )
    THEN 'action'
    ELSE 'awareness'
  END AS stage
FROM features
