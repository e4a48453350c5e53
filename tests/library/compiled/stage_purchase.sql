-- values: [4, 3, 180, 2, 1]
SELECT
  CASE
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
    THEN 'loyal'
    WHEN (
      "order_days" >= ?
    )
    THEN 'repeat_purchase'
    WHEN (
      "orders" >= ?
    )
    THEN 'first_purchase'
    ELSE 'prospect'
  END AS stage
FROM features
