-- one row per name of a tracked event, the most frequent first
SELECT name, count(*) AS events FROM events WHERE kind = 'track' AND name IS NOT NULL GROUP BY name ORDER BY events DESC, name LIMIT 200
