-- one row per refund or cancellation in `sale` that an order decides: what it takes back, or why it takes nothing yet
WITH bought AS (
    -- one row per order of a source
    SELECT source_id, order_id, min(source_key) AS source_key, max(currency) AS currency, sum(amount) AS total,
        any_value(products) AS products
    FROM sale WHERE name = 'Order Completed' GROUP BY source_id, order_id
),
elsewhere AS (
    -- one row per order number and customer: the source whose order is meant where the refund's own source has none
    SELECT order_id, source_key, min(source_id) AS source_id FROM bought GROUP BY order_id, source_key
),
back AS (
    -- one row per refund or cancellation, with the order it names
    SELECT s.*, b.source_id AS bought_in, b.currency AS bought_currency, CASE WHEN b.total < 0 THEN 0 ELSE b.total END AS total,
        b.products AS bought_products,
        s.amount IS NULL OR s.import_id IS NULL AS decided,
        s.amount IS NULL AND s.products IS NOT NULL AND s.name = 'Order Refunded' AS by_line
    FROM sale AS s
    LEFT JOIN bought AS own ON own.source_id = s.source_id AND own.order_id = s.order_id
    LEFT JOIN elsewhere AS e ON e.order_id = s.order_id AND e.source_key = s.source_key
    LEFT JOIN bought AS b ON b.order_id = s.order_id AND b.source_id = coalesce(own.source_id, e.source_id)
    WHERE s.name IN ('Order Refunded', 'Order Cancelled')
),
prices AS (
    -- one row per product of an order: what one piece cost
    SELECT source_id, order_id, line.product AS product, max(line.price) AS price
    FROM (SELECT source_id, order_id, unnest(products) AS line FROM bought) GROUP BY source_id, order_id, line.product
),
priced AS (
    -- one row per refund that lists products but no sum: what they cost, NULL where a price is known nowhere
    SELECT l.ingest_id, CASE WHEN count(*) = count(coalesce(l.line.price, p.price)) THEN
        CAST(round(sum(coalesce(l.line.quantity, 1) * coalesce(l.line.price, p.price))) AS BIGINT) END AS amount
    FROM (SELECT ingest_id, bought_in, order_id, unnest(products) AS line FROM back WHERE by_line) AS l
    LEFT JOIN prices AS p ON p.source_id = l.bought_in AND p.order_id = l.order_id AND p.product = l.line.product
    GROUP BY l.ingest_id
),
said AS (
    SELECT b.*, CASE
        WHEN b.bought_in IS NULL THEN 'no_order'
        WHEN b.total IS NULL THEN 'no_total'
        WHEN b.by_line AND p.amount IS NULL THEN 'no_price'
        WHEN b.amount IS NOT NULL AND b.currency <> b.bought_currency THEN 'other_currency'
    END AS reason,
    coalesce(-b.amount, p.amount, b.total) AS wanted
    FROM back AS b LEFT JOIN priced AS p ON p.ingest_id = b.ingest_id
),
summed AS (
    -- what the order's refunds ask for together, up to each of them; the order of arrival plays no part
    SELECT *, sum(wanted) OVER (PARTITION BY bought_in, order_id, reason IS NULL
        ORDER BY ts, amount IS NULL, name, message_hash, ingest_id ROWS UNBOUNDED PRECEDING) AS upto
    FROM said
)
SELECT ingest_id, source_key, order_id,
    CASE WHEN reason IS NULL THEN CAST(least(total, upto - wanted) - least(total, upto) AS BIGINT) ELSE amount END AS amount,
    CASE WHEN reason IS NULL THEN bought_currency ELSE currency END AS currency,
    CASE WHEN products IS NULL AND reason IS NULL AND wanted = total AND upto = wanted THEN bought_products
        ELSE products END AS products,
    CASE WHEN amount IS NULL THEN reason END AS reason,
    amount AS said_amount
FROM summed WHERE decided
