-- one row per (month, customer known before it): the stage as of the month's first instant, from events strictly before it
SELECT m.month, s.customer_key, s.stage
FROM (
  SELECT customer_key, stage, CASE WHEN cause = 'time' THEN entered ELSE entered + 1 END AS since,
    coalesce("left", DATE '9999-12-31') AS until
  FROM stays
) AS s
JOIN months AS m ON s.since <= m.month AND s.until > m.month
UNION ALL
-- whoever an event of that very day moved stood before it where the move began
SELECT m.month, s.customer_key, s.previous
FROM stays AS s JOIN months AS m ON m.month = s.entered
WHERE s.cause = 'event' AND s.previous IS NOT NULL
