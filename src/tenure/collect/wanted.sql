-- one row per identifier named by an event that is not a duplicate
CREATE OR REPLACE TEMP TABLE wanted AS
SELECT kind, value, $value_hash AS value_hash
FROM (
    SELECT 'external' AS kind, external AS value FROM fresh WHERE external IS NOT NULL
    UNION
    SELECT 'external', previous FROM fresh WHERE previous IS NOT NULL
    UNION
    SELECT 'anonymous', previous FROM fresh WHERE previous IS NOT NULL
    UNION
    SELECT 'email', email FROM fresh WHERE email IS NOT NULL
    UNION
    SELECT 'phone', phone FROM fresh WHERE phone IS NOT NULL
    UNION
    SELECT 'anonymous', anonymous FROM fresh WHERE anonymous IS NOT NULL
)
