-- one row per customer whose membership differs between the ends of two days: its key, and whether it is in the segment on the later one
SELECT customer_key, bool_or(entered <= CAST($end AS DATE) AND ("left" IS NULL OR "left" > CAST($end AS DATE))) AS inside
FROM membership_history
WHERE segment = $segment
GROUP BY customer_key
HAVING inside <> bool_or(entered <= CAST($start AS DATE) AND ("left" IS NULL OR "left" > CAST($start AS DATE)))
ORDER BY customer_key
