-- one row per pair of identifiers that an event names together, with the earliest time it did
SELECT a, b, kind, min(ts) AS moment, coalesce(any_value(import_id), 0) AS import_id
FROM (
    SELECT external_key AS a, email_key AS b, 'seen' AS kind, ts, import_id FROM resolved
    UNION ALL
    SELECT external_key, phone_key, 'seen', ts, import_id FROM resolved
    UNION ALL
    SELECT external_key, anonymous_key, 'seen', ts, import_id FROM resolved
    UNION ALL
    SELECT email_key, phone_key, 'seen', ts, import_id FROM resolved
    UNION ALL
    SELECT email_key, anonymous_key, 'seen', ts, import_id FROM resolved
    UNION ALL
    SELECT phone_key, anonymous_key, 'seen', ts, import_id FROM resolved
    UNION ALL
    SELECT previous_external_key, external_key, 'alias', ts, import_id FROM resolved
    UNION ALL
    SELECT previous_anonymous_key, external_key, 'alias', ts, import_id FROM resolved
)
WHERE a IS NOT NULL AND b IS NOT NULL AND a <> b
GROUP BY a, b, kind
ORDER BY a, b, kind
