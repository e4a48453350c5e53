-- one row per (month, customer known before it): the stage as of the month's first instant, from events strictly before it
SELECT m.month, s.customer_key, s.stage
FROM (
  SELECT *, lead(cause) OVER (PARTITION BY customer_key ORDER BY entered, cause DESC) AS ending FROM stays
) AS s
JOIN months AS m
  ON (s.entered < m.month OR (s.entered = m.month AND s.cause = 'time'))
  AND (s."left" IS NULL OR s."left" > m.month OR (s."left" = m.month AND s.ending = 'event'))
