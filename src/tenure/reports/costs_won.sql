-- one row per acquisition channel: people first seen, and people who first ordered or began a contract, from $start up to before $end
WITH touched AS (
    -- one row per customer: the channel of the first event that names one
    SELECT customer_key, channel FROM (
        SELECT customer_key, json_extract_string(properties, '$.channel') AS channel,
            row_number() OVER (PARTITION BY customer_key ORDER BY ts, ingest_id) AS place
        FROM events
        WHERE (kind IN ('identify', 'page') OR (kind = 'track' AND name IN ('Signed Up', 'Order Completed')))
            AND properties LIKE '%"channel"%' AND json_extract_string(properties, '$.channel') IS NOT NULL
    ) WHERE place = 1
),
came AS (
    -- one row per customer: the first day, and the day of the first order or contract
    SELECT customer_key, min(day) AS seen, min(day) FILTER (WHERE kind = 'track' AND name IN ('Order Completed', 'Subscription Started')) AS bought
    FROM events GROUP BY customer_key
)
SELECT t.channel,
    count(*) FILTER (WHERE c.seen >= CAST($start AS DATE) AND c.seen < CAST($end AS DATE)) AS people,
    count(*) FILTER (WHERE c.bought >= CAST($start AS DATE) AND c.bought < CAST($end AS DATE)) AS buyers
FROM came AS c
LEFT JOIN touched AS t ON t.customer_key = c.customer_key
GROUP BY t.channel
ORDER BY t.channel NULLS LAST
