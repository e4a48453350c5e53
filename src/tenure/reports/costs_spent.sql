-- one row per acquisition channel, kind, persona and segment: what was spent from $start up to but not including $end
WITH spread AS (
    -- each cost's days, and how many of them lie before the period's start and before its end
    SELECT channel, kind, persona, segment, amount, date_diff('day', "from", "until") + 1 AS days,
        greatest(least(date_diff('day', "from", CAST($start AS DATE)), date_diff('day', "from", "until") + 1), 0) AS before,
        greatest(least(date_diff('day', "from", CAST($end AS DATE)), date_diff('day', "from", "until") + 1), 0) AS upto
    FROM costs
    WHERE currency = $currency AND "from" < CAST($end AS DATE) AND "until" >= CAST($start AS DATE)
        AND import_id NOT IN (SELECT id FROM retractions WHERE kind = 'import')
)
-- Whole minor units up to a day, less those up to another: periods side by side add up to the whole cost.
SELECT channel, kind, persona, segment,
    CAST(sum(CAST(amount AS HUGEINT) * upto // days - CAST(amount AS HUGEINT) * before // days) AS BIGINT) AS amount
FROM spread
GROUP BY channel, kind, persona, segment
ORDER BY channel NULLS LAST, kind, persona NULLS LAST, segment NULLS LAST
