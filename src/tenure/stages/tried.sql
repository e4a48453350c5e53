-- one row per event of a deed that is tried out, under the number of its trial; an order has the usual one's amount
INSERT INTO tried_events BY NAME
SELECT
  number AS customer_key, kind, name, properties,
  CAST($instant AS TIMESTAMP) + days * INTERVAL '1' DAY AS ts,
  CAST($day AS DATE) + days AS day,
  9000000000000000 + place AS ingest_id,
  CASE WHEN name = 'Order Completed' THEN 'tried-' || place END AS order_id,
  CASE WHEN name = 'Order Completed' THEN (
    SELECT CAST(round(avg(amount)) AS BIGINT) FROM own_events WHERE kind = 'track' AND name = 'Order Completed'
  ) END AS amount
FROM (
  SELECT unnest($numbers) AS number, unnest($kinds) AS kind, unnest($names) AS name, unnest($properties) AS properties,
    CAST(unnest($days) AS INTEGER) AS days, unnest($places) AS place
)
