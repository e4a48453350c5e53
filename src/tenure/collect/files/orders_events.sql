-- one row per event, ready for the loader; `seq` is its first line, which no other event has
INSERT INTO staging BY NAME
SELECT
    line AS seq,
    'track' AS kind,
    name,
    ts,
    $received AS received_at,
    ts AS original_at,
    $source_id AS source_id,
    $import_id AS import_id,
    who AS external_id,
    mail AS email,
    telephone AS phone,
    order_id,
    CAST(round(exact * e.factor) AS BIGINT) AS amount,
    CASE WHEN exact IS NOT NULL THEN money END AS currency,
    $products AS products,
    properties,
    personal
FROM part AS d
JOIN exponents AS e ON e.currency = d.money
