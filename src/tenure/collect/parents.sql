-- edges that hold, and for each identifier the one it attaches to
WITH RECURSIVE
edges AS (
    -- one row per pair of identifiers
    SELECT least(a_key, b_key) AS a, greatest(a_key, b_key) AS b,
        min("at") FILTER (WHERE kind IN ('seen', 'alias')) AS seen_at,
        bool_or(kind = 'alias') AS aliased,
        max("at") FILTER (WHERE kind = 'merge') AS merged_at,
        max("at") FILTER (WHERE kind = 'cut') AS cut_at
    FROM $links
    WHERE a_key <> b_key
    GROUP BY 1, 2
),
live AS (
    SELECT e.a, e.b, e.seen_at, e.aliased, e.merged_at IS NOT NULL AS merged,
        na.rank AS a_rank, na.value AS a_value, nb.rank AS b_rank, nb.value AS b_value
    FROM edges AS e
    JOIN $nodes AS na ON na.source_key = e.a
    JOIN $nodes AS nb ON nb.source_key = e.b
    WHERE e.cut_at IS NULL OR e.merged_at > e.cut_at
),
candidates AS (
    SELECT a AS child, b AS parent, seen_at, b_rank AS rank, b_value AS value
    FROM live WHERE seen_at IS NOT NULL AND b_rank > a_rank
    UNION ALL
    SELECT b, a, seen_at, a_rank, a_value
    FROM live WHERE seen_at IS NOT NULL AND a_rank > b_rank
),
parents AS (
    SELECT child, first(parent ORDER BY seen_at, rank DESC, value) AS parent
    FROM candidates GROUP BY child
)
