-- one row per event to append: whose it is, and which version of an order it replaces; `seq` leads to the rest
CREATE OR REPLACE TEMP TABLE landing AS
SELECT r.seq, r.source_key, r.message_hash, r.day, r.import_id, v.order_key, v.content, k.ingest_id AS replaces
FROM resolved AS r
LEFT JOIN versions AS v ON v.seq = r.seq
LEFT JOIN known_orders AS k ON k.key = v.order_key
WHERE r.source_key IS NOT NULL
    AND (v.seq IS NULL OR (v.is_last AND (k.content IS NULL OR k.content <> v.content)))
