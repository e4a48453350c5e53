-- one row per source key: the customer it belongs to
$parents,
roots AS (
    -- ranks fall from parent to child, so three steps reach the top
    SELECT n.source_key, coalesce(p3.parent, p2.parent, p1.parent, n.source_key) AS root
    FROM $nodes AS n
    LEFT JOIN parents AS p1 ON p1.child = n.source_key
    LEFT JOIN parents AS p2 ON p2.child = p1.parent
    LEFT JOIN parents AS p3 ON p3.child = p2.parent
),
joins AS (
    SELECT ra.root AS a, rb.root AS b
    FROM live AS l
    JOIN roots AS ra ON ra.source_key = l.a
    JOIN roots AS rb ON rb.source_key = l.b
    WHERE ra.root <> rb.root AND (l.merged OR (l.aliased AND l.a_rank = l.b_rank))
),
both_ways AS (
    SELECT a, b FROM joins UNION SELECT b, a FROM joins
),
reach AS (
    SELECT a, b FROM both_ways
    UNION
    SELECT r.a, n.b FROM reach AS r JOIN both_ways AS n ON n.a = r.b
),
groups AS (
    SELECT a AS root, least(a, min(b)) AS label FROM reach GROUP BY a
)
SELECT r.source_key, min(r.source_key) OVER (PARTITION BY coalesce(g.label, r.root)) AS customer_key
FROM roots AS r
LEFT JOIN groups AS g ON g.root = r.root
