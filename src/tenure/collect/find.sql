-- at most one row: the customer behind what somebody typed
WITH said AS (
    SELECT said, $email AS email, $phone AS phone FROM (SELECT CAST(? AS VARCHAR) AS said)
),
wanted AS (
    -- one row per kind of identifier it may be
    SELECT 'external' AS kind, said AS value, 4 AS rank FROM said
    UNION ALL
    SELECT 'email', $email_hash, 3 FROM said
    UNION ALL
    SELECT 'phone', $phone_hash, 2 FROM said
    UNION ALL
    SELECT 'anonymous', said, 1 FROM said
),
found AS (
    SELECT i.source_key, w.rank FROM identifiers AS i JOIN wanted AS w ON w.kind = i.kind AND w.value = i.value
    UNION ALL
    SELECT i.source_key, 0 FROM identifiers AS i JOIN said AS s ON s.said = '#' || i.source_key
)
SELECT coalesce(m.customer_key, f.source_key)
FROM found AS f
LEFT JOIN identity AS m ON m.source_key = f.source_key
ORDER BY f.rank DESC
LIMIT 1
