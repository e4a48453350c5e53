-- values: [1, 270, 1, 0, 60, 365, 8, 180, 4, 4, 180, 1, 2, 180, 2, 1, 180, 1, 1]
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
      OR (
        (
          "days_since_first_order" >= ?
        )
        AND (
          "order_days" >= ?
        )
        AND (
          "days_since_last_order" <= ?
        )
      )
    )
    THEN 'respect'
    WHEN (
      (
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
      OR (
        (
          "referrals" >= ?
        )
        AND (
          "order_days" >= ?
        )
        AND (
          "days_since_last_order" <= ?
        )
      )
    )
    THEN 'friendship'
    WHEN (
      (
        "order_days" >= ?
      ) OR "subscription_active"
    )
    THEN 'cooperation'
    WHEN (
      (
        "orders" >= ?
      )
      OR (
        "days_since_signup" <= ?
      )
      OR (
        "carts_30d" >= ?
      )
      OR (
        "subscriptions_started" >= ?
      )
    )
    THEN 'probing'
    ELSE 'acquaintance'
  END AS stage
FROM features
