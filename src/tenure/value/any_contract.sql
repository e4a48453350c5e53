-- one row where any contract was begun or renewed before $before, none elsewhere: for shops, cheaper than all that is known of contracts
SELECT true FROM events
WHERE kind = 'track' AND name IN ('Subscription Started', 'Subscription Renewed') AND ts < CAST($before AS TIMESTAMP)
LIMIT 1
