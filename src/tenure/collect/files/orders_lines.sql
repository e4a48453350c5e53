-- one row per line of the file: what it says, exactly, and the first reason why it cannot be used (NULL when it can)
$into
WITH read AS (
    SELECT
        l.line,
        m.ts,
        $missing_time IS NULL AS timeless,
        $customer AS who,
        $order_id AS order_id,
        $email AS mail,
        $phone AS telephone,
        $quantity AS pieces,
        $price AS piece_price,
        $amount AS written,
        $currency AS money,
        nullif(trim(l.product), '') AS product,
        nullif(trim(l.product_name), '') AS product_name,
        nullif(trim(l.category), '') AS category,
        $quantity_text AS quantity_text,
        $price_text AS price_text,
        $amount_text AS amount_text
        $carried
    FROM lines AS l
    LEFT JOIN moments AS m ON m.text = l.time
)
SELECT
    line, ts, who, order_id, mail, telephone, pieces, piece_price, money, product, product_name, category,
    CASE WHEN pieces < 0 THEN -abs(total) ELSE total END AS amount,
    CASE
        WHEN who IS NULL AND mail IS NULL AND telephone IS NULL THEN 'no_customer'
        WHEN order_id IS NULL THEN 'no_order'
        WHEN timeless THEN 'no_time'
        WHEN ts IS NULL THEN 'time'
        WHEN ts > $latest THEN 'future'
        WHEN pieces IS NULL AND (quantity_text IS NOT NULL OR $needs_quantity) THEN 'quantity'
        WHEN (written IS NULL AND amount_text IS NOT NULL) OR (piece_price IS NULL AND price_text IS NOT NULL) THEN 'amount'
        WHEN abs(total) >= 1000000000000 THEN 'amount'
        WHEN NOT regexp_full_match(money, '[A-Z][A-Z][A-Z]') THEN 'currency'
    END AS reason
    $carried_on,
    CAST(hash(order_id) % $parts AS INTEGER) AS part
FROM (SELECT *, CAST($total AS DECIMAL(38, 12)) AS total FROM read)
$together
