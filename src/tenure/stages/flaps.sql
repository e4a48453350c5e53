-- one row: moves after $start, up to $days days before $end, and how many of them were taken back within $days days
SELECT count(*) AS moves, count(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM stays AS b
    WHERE b.customer_key = m.customer_key AND b.stage = m.previous AND b.previous IS NOT NULL
      AND b.entered > m.entered AND b.entered <= m.entered + CAST($days AS INTEGER)
  )) AS taken_back
FROM stays AS m
WHERE m.previous IS NOT NULL AND m.entered > CAST($start AS DATE) AND m.entered <= CAST($end AS DATE) - CAST($days AS INTEGER)
