-- one row per stay in the own segment $segment that was open at the end of $day
SELECT customer_key
FROM membership_history
WHERE segment = $segment AND entered <= CAST($day AS DATE) AND ("left" IS NULL OR "left" > CAST($day AS DATE))
