-- one row per pair of source keys that directly makes two identifiers one customer
$parents
SELECT child AS a, parent AS b FROM parents
UNION
SELECT a, b FROM live WHERE merged OR (aliased AND a_rank = b_rank)
