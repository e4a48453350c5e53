-- one row per version of an order: which order, what it says, and whether it is the last in this batch
CREATE OR REPLACE TEMP TABLE versions AS
SELECT *, row_number() OVER latest = 1 AS is_last, first_value(content) OVER latest AS last_content
FROM (
    SELECT seq, $order_key AS order_key, $content AS content
    FROM (
        SELECT r.source_key, s.* EXCLUDE (source_key)
        FROM $staging AS s
        JOIN resolved AS r ON r.seq = s.seq
        WHERE r.source_key IS NOT NULL AND $is_order
    )
)
WINDOW latest AS (PARTITION BY order_key ORDER BY seq DESC)
