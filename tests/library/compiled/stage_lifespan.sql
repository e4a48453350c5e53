-- values: [1, 270, 3, 150, 6.0, 1, 0, 60, 120, 3, 45, 2.0, 4, 180, 0.5, 4, 180, 0.5, 3, 0, 1, 4, 120, 1, 1]
SELECT
  CASE
    WHEN (
      (
        (
          NOT "subscription_active"
        )
        AND (
          "orders" >= ?
        )
        AND (
          "days_since_last_order" > ?
        )
      )
      OR (
        (
          NOT "subscription_active"
        )
        AND (
          "order_days" >= ?
        )
        AND (
          "days_since_last_order" > ?
        )
        AND (
          CAST("gap_ratio" AS DOUBLE) > ?
        )
      )
      OR (
        (
          NOT "subscription_active"
        )
        AND (
          "subscriptions_cancelled" >= ?
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
    THEN 'departure'
    WHEN (
      (
        "days_since_last_order" > ?
      )
      OR (
        (
          "order_days" >= ?
        )
        AND (
          "days_since_last_order" > ?
        )
        AND (
          CAST("gap_ratio" AS DOUBLE) > ?
        )
      )
      OR (
        (
          "order_days" >= ?
        )
        AND (
          "days_since_first_order" >= ?
        )
        AND (
          CAST("pace_ratio" AS DOUBLE) < ?
        )
      )
      OR (
        (
          "order_days" >= ?
        )
        AND (
          "days_since_first_order" >= ?
        )
        AND (
          CAST("spend_ratio" AS DOUBLE) < ?
        )
      )
      OR (
        (
          "tickets_90d" >= ?
        ) AND (
          "orders_90d" = ?
        ) AND (
          "orders" >= ?
        )
      )
    )
    THEN 'decline'
    WHEN (
      (
        "order_days" >= ?
      ) AND (
        "days_since_first_order" >= ?
      )
    )
    THEN 'maturity'
    WHEN (
      (
        "orders" >= ?
      ) OR (
        "subscriptions_started" >= ?
      )
    )
    THEN 'development'
    ELSE 'acquisition'
  END AS stage
FROM features
