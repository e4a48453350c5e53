-- one row per event that made revenue in the days after $start, up to and including $day; with $stage only of those in it at the end of $day
SELECT customer_key
FROM events
WHERE kind = 'track' AND name IN ('Order Completed', 'Order Refunded', 'Order Cancelled')
  AND day > CAST($start AS DATE) AND day <= CAST($day AS DATE) AND (currency IS NULL OR currency = $currency)
  AND (CAST($stage AS VARCHAR) IS NULL OR customer_key IN (
    SELECT customer_key
    FROM stage_history
    WHERE lifecycle = $lifecycle AND stage = $stage AND entered <= CAST($day AS DATE) AND ("left" IS NULL OR "left" > CAST($day AS DATE))
  ))
