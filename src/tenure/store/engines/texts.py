"""Text to values on Spark as DuckDB reads it. The two differ where a silent difference would move customers.

Seen on DuckDB 2.0.0 and Spark 4.3: Spark reads `1d` as a number and `2024` as a day, refuses `1.5` and `1e3` as whole
numbers and `2024/01/05` as a day, keeps the sign of `-0`, and writes 12345678.9 from JSON as 1.23456789E7. Two forms
stay different, always as a missing value on Spark: whole numbers in hexadecimal (`0x1F`) and the words `infinity` and
`epoch` as times.
"""

from __future__ import annotations

from sqlglot import exp, parse_one

__all__ = ["from_text", "json_text"]

_WITHOUT_LINES = "regexp_replace(v, '(?<=[0-9])_(?=[0-9])', '')"

_READERS = {
    "DOUBLE": f"CASE WHEN NOT (v RLIKE '[0-9.][dDfF][ ]*$') THEN TRY_CAST({_WITHOUT_LINES} AS DOUBLE) + 0.0D END",
    "BIGINT": f"COALESCE(TRY_CAST({_WITHOUT_LINES} AS BIGINT),"
    f" TRY_CAST(ROUND(TRY_CAST({_WITHOUT_LINES} AS DECIMAL(38, 18)), 0) AS BIGINT))",
    "DATE": "CASE WHEN v RLIKE '^[ ]*[0-9]+[-/][0-9]{1,2}[-/][0-9]{1,2}[ ]*$'"
    " THEN TRY_CAST(REPLACE(v, '/', '-') AS DATE)"
    " WHEN v RLIKE '^[ ]*[0-9]+[-/][0-9]{1,2}[-/][0-9]{1,2}[ T]'"
    " THEN CAST(TRY_CAST(REPLACE(v, '/', '-') AS TIMESTAMP_NTZ) AS DATE) END",
    "TIMESTAMP": "CASE WHEN v RLIKE '^[ ]*[0-9]+[-/][0-9]{1,2}[-/][0-9]{1,2}'"
    " THEN TRY_CAST(REPLACE(v, '/', '-') AS TIMESTAMP_NTZ) END",
    "BOOLEAN": "TRY_CAST(v AS BOOLEAN)",
}

# Java writes 1.23456789E7 where JSON's other readers write 12345678.9. A text that came as text stays as it is.
_IS_JAVA = "(v RLIKE '^-?[0-9][.][0-9]+E-?[0-9]+$' AND NOT CONTAINS(:json, CONCAT('\"', v, '\"')))"
_POWER = "CAST(SUBSTRING_INDEX(v, 'E', -1) AS INT)"
_LARGE = "RTRIM('0', CAST(CAST(v AS DECIMAL(38, 16)) AS STRING))"
_SMALL = "RTRIM('0', CAST(CAST(v AS DECIMAL(38, 30)) AS STRING))"
_JSON_TEXT = (
    f"CASE WHEN NOT {_IS_JAVA} THEN v"
    f" WHEN {_POWER} BETWEEN 0 AND 20 THEN CONCAT({_LARGE}, IF({_LARGE} LIKE '%.', '0', ''))"
    f" WHEN {_POWER} BETWEEN -6 AND -1 THEN {_SMALL}"
    " ELSE CONCAT(REPLACE(SUBSTRING_INDEX(v, 'E', 1), '.0', ''), 'e', SUBSTRING_INDEX(v, 'E', -1)) END"
)


def from_text(text: exp.Expr, kind: str) -> exp.Expr | None:
    """TRY_CAST of a text to a type, as DuckDB does it; None for a type that nothing is known about."""
    reader = _READERS.get(kind)
    return None if reader is None else _with_value(reader, text)


def json_text(value: exp.Expr, json: exp.Expr) -> exp.Expr:
    """A JSON value as text, numbers written as DuckDB writes them."""
    return _with_value(_JSON_TEXT, value, json=json)


def _with_value(pattern: str, value: exp.Expr, **others: exp.Expr) -> exp.Expr:
    """The pattern with its `v`, the value being worked out once a row."""
    tree = parse_one(f"ELEMENT_AT(TRANSFORM(ARRAY(:value), v -> {pattern}), 1)", read="spark")
    return exp.replace_placeholders(tree, value=value, **others)
