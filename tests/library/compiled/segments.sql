-- values: []
WITH own0 AS (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM standing
  ) AS source
)
SELECT
  *
FROM own0
