-- one row per event: an order document's lines of one sign, its products in a fixed order, its count of lines
CREATE OR REPLACE TEMP TABLE part AS
WITH
cancelled AS (
    -- one row per cancellation document: whether any of its lines is written as a negative
    SELECT order_id, bool_or(coalesce(amount < 0, false) OR coalesce(pieces < 0, false)) AS signed
    FROM checked
    WHERE reason IS NULL AND part = $part AND $has_cancellations AND regexp_full_match(order_id, '[Cc][0-9]+')
    GROUP BY order_id
),
shared AS (
    -- one row per order number that several customers use: it is told apart by the customer
    SELECT order_id FROM checked WHERE reason IS NULL AND part = $part GROUP BY order_id
    HAVING min(coalesce(who, mail, telephone)) <> max(coalesce(who, mail, telephone))
),
usable AS (
    -- one row per usable line: which event it belongs to
    SELECT
        c.* EXCLUDE (order_id, reason, part),
        CASE WHEN s.order_id IS NULL THEN c.order_id ELSE c.order_id || '/' || coalesce(who, mail, telephone) END AS document,
        coalesce(c.amount < 0, false) OR coalesce(c.pieces < 0, false) OR coalesce(NOT x.signed, false) AS refund
    FROM checked AS c
    LEFT JOIN cancelled AS x ON x.order_id = c.order_id
    LEFT JOIN shared AS s ON s.order_id = c.order_id
    WHERE c.reason IS NULL AND c.part = $part
)
SELECT
    min(line) AS line,
    CAST(count(*) AS BIGINT) AS lines,
    document AS order_id,
    CASE WHEN refund THEN 'Order Refunded' ELSE 'Order Completed' END AS name,
    min(ts) AS ts,
    arg_min(who, line) AS who,
    arg_min(mail, line) AS mail,
    arg_min(telephone, line) AS telephone,
    arg_min(money, line) AS money,
    CASE WHEN refund THEN -sum(abs(amount)) ELSE sum(amount) END AS exact,
    $products AS products,
    $properties AS properties,
    $personal AS personal
FROM usable
GROUP BY document, refund
