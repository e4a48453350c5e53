-- one row per simulated event, in the columns of the staging table
WITH baskets AS (
    SELECT l."order", l.what,
        list({'product': p.key, 'name': p.title, 'category': p.category, 'quantity': CAST(l.quantity AS DOUBLE),
              'price': l.price} ORDER BY l.line) AS products
    FROM sample_lines AS l JOIN sample_products AS p ON p.id = l.product
    GROUP BY l."order", l.what
)
SELECT
    e.seq,
    n.kind,
    nullif(n.name, '') AS name,
    e.ts,
    e.ts AS received_at,
    w.external_id,
    w.anonymous_id,
    CASE WHEN n.kind = 'identify' THEN w.email END AS email,
    CASE WHEN n.kind = 'identify' THEN w.phone END AS phone,
    CASE WHEN e."order" >= 0 THEN '{order}' || (100000 + e."order") END AS order_id,
    CASE WHEN n.money THEN e.amount END AS amount,
    CASE WHEN n.money THEN '{currency}' END AS currency,
    coalesce(b.products,
        CASE WHEN n.product THEN [{'product': p.key, 'name': p.title, 'category': p.category,
                                   'quantity': CAST(1 AS DOUBLE), 'price': p.price}] END) AS products,
    coalesce(t.properties, CASE WHEN n.kind = 'identify' THEN w.traits END) AS properties,
    CASE WHEN n.kind = 'identify' THEN w.personal END AS personal
FROM sample_events AS e
JOIN sample_names AS n ON n.id = e.what
JOIN sample_people AS w ON w.person = e.person AND w.anonymous = e.anonymous
LEFT JOIN sample_products AS p ON n.product AND p.id = e.thing
LEFT JOIN sample_things AS t ON t.what = e.what AND t.thing = e.thing
LEFT JOIN baskets AS b ON b."order" = e."order" AND b.what = e.what
