-- one row per event of known source key: which order it is a version of, and what it says
CREATE OR REPLACE TEMP TABLE versions AS
SELECT *, row_number() OVER (PARTITION BY order_key ORDER BY seq DESC) = 1 AS is_last,
    last_value(content) OVER (
        PARTITION BY order_key ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS last_content
FROM (
    SELECT *, CASE WHEN $is_order THEN $order_key ELSE -1 - seq END AS order_key,
        CASE WHEN $is_order THEN $content END AS content
    FROM resolved
    WHERE source_key IS NOT NULL
)
