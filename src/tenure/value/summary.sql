-- one row per customer who ordered before $before: buying days less one, days from the first to the last and to $until, and mean money of a repeat buying day
WITH days AS (
  -- BIGINT, because a sum is a HUGEINT, over which the whole query takes a quarter longer (arg_min)
  SELECT customer_key, day, CAST(sum(amount) AS BIGINT) AS amount
  FROM events
  WHERE kind = 'track' AND name = 'Order Completed' AND ts < CAST($before AS TIMESTAMP)
  GROUP BY customer_key, day
),
summed AS (
  SELECT customer_key, count(*) AS days, min(day) AS first, max(day) AS last,
    count(*) FILTER (WHERE amount > 0) AS priced, sum(amount) FILTER (WHERE amount > 0) AS amount,
    arg_min(CASE WHEN amount > 0 THEN amount ELSE 0 END, day) AS first_amount
  FROM days
  GROUP BY customer_key
)
SELECT customer_key,
  CAST(days - 1 AS DOUBLE) AS frequency,
  CAST(last - first AS DOUBLE) AS recency,
  CAST(CAST($until AS DATE) - first AS DOUBLE) AS age,
  CAST(priced - CAST(first_amount > 0 AS INTEGER) AS DOUBLE) AS priced,
  CASE WHEN priced > CAST(first_amount > 0 AS INTEGER)
    THEN CAST(amount - first_amount AS DOUBLE) / CAST(priced - CAST(first_amount > 0 AS INTEGER) AS DOUBLE) ELSE 0.0 END AS monetary,
  CAST(first_amount AS DOUBLE) AS first_amount
FROM summed
ORDER BY customer_key
