-- values: [1, 180, 0, 1, 0, 60, 2, 1, 1, 180, 1, 2, 1]
SELECT
  CASE
    WHEN (
      (
        (
          "orders" >= ?
        )
        AND (
          "days_since_last_order" > ?
        )
        AND (
          "visits_30d" = ?
        )
        AND (
          NOT "subscription_active"
        )
      )
      OR (
        (
          "subscriptions_cancelled" >= ?
        )
        AND (
          NOT "subscription_active"
        )
        AND (
          (
            "orders" = ?
          ) OR (
            "days_since_last_order" > ?
          )
        )
      )
    )
    THEN 'churn'
    WHEN (
      (
        "order_days" >= ?
      ) OR "subscription_active"
    )
    THEN 'retention'
    WHEN (
      (
        "orders" >= ?
      ) OR (
        "subscriptions_started" >= ?
      )
    )
    THEN 'conversion'
    WHEN (
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
    THEN 'activation'
    ELSE 'acquisition'
  END AS stage
FROM features
