-- one row per line of the file: the days, channel, kind and exact amount of a cost, or the reason why it is none
CREATE OR REPLACE TEMP TABLE checked AS
WITH read AS (
    SELECT l.line, l.cells, $first AS "from", $last AS "until", $amount AS exact, $amount_text AS written,
        nullif(trim(l.channel), '') AS channel, $kind AS kind, $currency AS currency,
        nullif(trim(l.persona), '') AS persona, nullif(trim(l.segment), '') AS segment
    FROM lines AS l
    LEFT JOIN moments AS mt ON mt.text = l.time
    LEFT JOIN moments AS mf ON mf.text = l."from"
    LEFT JOIN moments AS mu ON mu.text = l."to"
)
SELECT *, CASE
    WHEN "from" IS NULL OR "until" IS NULL THEN 'time'
    WHEN "until" < "from" THEN 'period'
    WHEN written IS NULL OR exact IS NULL OR abs(exact) >= 1000000000000 THEN 'amount'
    WHEN NOT regexp_full_match(currency, '[A-Z][A-Z][A-Z]') THEN 'currency'
    WHEN kind IS NULL THEN 'cost_kind'
    WHEN kind = 'advertising' AND channel IS NULL THEN 'no_channel'
END AS reason
FROM read
