-- one row per (month, customer): the stage as of the month's first instant, from events strictly before it
SELECT m.month, s.customer_key, arg_max(s.stage, struct_pack(entered := s.entered, last := s.cause = 'event')) AS stage
FROM stays AS s
JOIN months AS m
  ON (s.entered < m.month OR (s.entered = m.month AND s.cause = 'time')) AND (s."left" IS NULL OR s."left" >= m.month)
GROUP BY m.month, s.customer_key
