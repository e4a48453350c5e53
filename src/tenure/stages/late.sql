-- one row per event before $instant that we received a day or more after it happened, the latest arrival first; imported files are history brought in, not late
SELECT name, kind, ts, received_at, date_diff('day', CAST(ts AS DATE), CAST(received_at AS DATE)) AS days
FROM events
WHERE ts < $instant AND import_id IS NULL AND received_at >= ts + INTERVAL '1' DAY
ORDER BY received_at DESC, ingest_id
LIMIT 50
