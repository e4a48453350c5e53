-- one row per staged event: its identifiers as they are kept, and the hash of its message id; `seq` leads to the rest
CREATE OR REPLACE TEMP TABLE incoming AS
SELECT seq, ts, import_id,
    epoch_us(received_at) // 86400000000 AS day,
    source_key AS known_key,
    $external AS external,
    $anonymous AS anonymous,
    $email_hash AS email,
    $phone_hash AS phone,
    $previous AS previous,
    $message_hash AS message_hash
FROM (
    SELECT *, $email AS clean_email, $phone AS clean_phone
    FROM $staging
) AS s
