-- one row per event that is not a duplicate: the source key of each of its identifiers
CREATE OR REPLACE TEMP TABLE resolved AS
SELECT f.*,
    e.source_key AS external_key,
    m.source_key AS email_key,
    p.source_key AS phone_key,
    a.source_key AS anonymous_key,
    pe.source_key AS previous_external_key,
    pa.source_key AS previous_anonymous_key,
    coalesce(f.known_key, e.source_key, m.source_key, p.source_key, a.source_key) AS source_key
FROM fresh AS f
LEFT JOIN keys AS e ON e.kind = 'external' AND e.value = f.external
LEFT JOIN keys AS m ON m.kind = 'email' AND m.value = f.email
LEFT JOIN keys AS p ON p.kind = 'phone' AND p.value = f.phone
LEFT JOIN keys AS a ON a.kind = 'anonymous' AND a.value = f.anonymous
LEFT JOIN keys AS pe ON pe.kind = 'external' AND pe.value = f.previous
LEFT JOIN keys AS pa ON pa.kind = 'anonymous' AND pa.value = f.previous
