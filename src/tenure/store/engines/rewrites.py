"""DuckDB's dialect → Spark's: sqlglot, and what it gets wrong, put right in one place, each by name.

A translation can run and be silently wrong, so a function that the conformance suite has not compared on both engines
is refused (PROVED). Adding one means: a sample in tests/library/engines that uses it; a test holds the list to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlglot
from sqlglot import exp

from tenure.errors import StoreError
from tenure.store.engines.lists import list_call, list_length, nth, ordered_list
from tenure.store.engines.texts import from_text, json_text

__all__ = ["PROVED", "functions_of", "named_parameters", "rewrite", "spark_type", "translate"]

#: Functions that are sent to Spark, after the rewrites below; the comparison of engines holds their values equal.
PROVED = frozenset(
    "abs and anonymous:list_reduce anonymous:list_sum arg_max arg_min array array_agg array_append array_max case"
    " cast coalesce contains count date_from_parts datediff day dayofweek_iso explode first_value floor"
    " generate_series greatest if json_extract_scalar lag last_value lead least length lower max median min month"
    " nullif or percentile_disc quarter rank round row_number struct sum transform try_cast year".split()
)

_WHOLE = ("BIGINT", "INT", "SMALLINT", "TINYINT")
#: Shares are moved by this much, so that 0.2 * 35 = 7.000000000000001 is the 7th value, as DuckDB's exact decimals say.
_SHARE_GUARD = 1e-12
_NEVER_ESCAPED = "\u0001"


def translate(query: str) -> str:
    """A query of DuckDB's dialect in Spark's, for queries without UNION BY NAME. Raises StoreError when not proved."""
    return rewrite(sqlglot.parse_one(query, read="duckdb")).sql(dialect="spark")


def spark_type(kind: str) -> str:
    """Spark's name of a DuckDB type."""
    if kind in ("HUGEINT", "UBIGINT"):
        return "DECIMAL(38, 0)"
    return exp.DataType.build(kind, dialect="duckdb").sql(dialect="spark")


def named_parameters(text: str, parameters: Any) -> tuple[str, dict[str, Any]]:
    """The text with a name for every `?`, so that an expression may be written twice, and the values by name.

    Names are given in the order of the text: that of the tree is another where a query begins with WITH.
    """
    if isinstance(parameters, Mapping):
        return text, dict(parameters)
    values = list(parameters or ())
    marks = [token for token in sqlglot.tokenize(text, read="duckdb") if token.token_type.name == "PLACEHOLDER"]
    if len(marks) != len(values):
        raise StoreError(f"A query has {len(marks)} question marks, but {len(values)} values.")
    parts, end = [], 0
    for number, mark in enumerate(marks):
        parts += [text[end : mark.start], f"$p{number}"]
        end = mark.end + 1
    return "".join([*parts, text[end:]]), {f"p{number}": value for number, value in enumerate(values)}


def rewrite(tree: exp.Expr) -> exp.Expr:
    """The tree with everything put right that sqlglot would translate wrongly. Children come before parents."""
    _refuse_unproved(tree)
    for node in reversed(list(tree.walk(bfs=False))):
        mend = _MENDERS.get(type(node))
        if mend is not None:
            mended = mend(node)
            if node is tree:
                tree = mended
            elif mended is not node:
                node.replace(mended)
    return tree


def functions_of(tree: exp.Expr) -> Iterator[str]:
    """The names of the functions that a query calls, as they stand on the list of those proved."""
    for node in tree.find_all(exp.Func):
        yield f"anonymous:{node.name.lower()}" if isinstance(node, exp.Anonymous) else node.sql_name().lower()


def _refuse_unproved(tree: exp.Expr) -> None:
    for name in functions_of(tree):
        if name not in PROVED:
            raise StoreError(f'The function "{name}" has not been proved equal on DuckDB and Spark.')


def _spark(pattern: str, **values: exp.Expr) -> exp.Expr:
    return exp.replace_placeholders(sqlglot.parse_one(pattern, read="spark"), **values)


def days_between(node: exp.DateDiff) -> exp.Expr:
    """DuckDB counts midnights, Spark whole days of 24 hours between instants: count between DATEs."""
    if str(node.args.get("unit") or "DAY").upper() != "DAY":
        raise StoreError("Only days can be counted between dates on Spark.")
    return _spark("DATEDIFF(CAST(:later AS DATE), CAST(:earlier AS DATE))", later=node.this, earlier=node.expression)


def latest_value(node: exp.ArgMax | exp.ArgMin) -> exp.Expr:
    """DuckDB's arg_max passes over rows whose value is missing, Spark's max_by gives the missing value."""
    function = "MAX_BY" if isinstance(node, exp.ArgMax) else "MIN_BY"
    value, order = node.this, node.expression
    return exp.func(function, value, exp.func("IF", value.copy().is_(exp.null()), exp.null(), order), dialect="spark")


def window_median(node: exp.Window) -> exp.Expr:
    """Spark's MEDIAN takes no window frame; PERCENTILE at a half does."""
    if isinstance(node.this, exp.Median):
        node.set("this", exp.Anonymous(this="PERCENTILE", expressions=[node.this.this, exp.Literal.number("0.5")]))
    return node


def percentile(node: exp.PercentileDisc) -> exp.Expr:
    """Spark wants WITHIN GROUP and takes shares as binary fractions."""
    shares = node.expression.expressions if isinstance(node.expression, exp.Array) else [node.expression]
    found = [_nth_share(max(float(share.name) - _SHARE_GUARD, 0.0), node.this) for share in shares]
    if not isinstance(node.expression, exp.Array):
        return found[0]
    listed = exp.func("ARRAY", *found, dialect="spark")
    return _spark("CASE WHEN COUNT(:v) > 0 THEN :listed END", v=node.this, listed=listed)


def _nth_share(share: float, value: exp.Expr) -> exp.Expr:
    # Anonymous: sqlglot would write the function that only estimates.
    function = exp.Anonymous(this="PERCENTILE_DISC", expressions=[_spark(f"{share!r}D")])
    return exp.WithinGroup(this=function, expression=exp.Order(expressions=[exp.Ordered(this=value.copy())]))


def json_value(node: exp.JSONExtractScalar) -> exp.Expr:
    """A property by name, whatever its name is made of; numbers as text are written as DuckDB writes them."""
    keys = [part.name for part in node.expression.find_all(exp.JSONPathKey)]
    if len(keys) != 1:
        raise StoreError("Only a property of the first level can be read on Spark.")
    json, key = node.this, keys[0]
    if "'" in key:
        value: exp.Expr = exp.Anonymous(
            this="ELEMENT_AT",
            expressions=[_spark("FROM_JSON(:j, 'MAP<STRING,STRING>')", j=json), exp.Literal.string(key)],
        )
    else:
        path = exp.Literal.string(f"$['{key}']")
        value = exp.Anonymous(this="GET_JSON_OBJECT", expressions=[json, path])
    if isinstance(node.parent, exp.TryCast):
        return value
    return json_text(value, json)


def lenient_cast(node: exp.TryCast) -> exp.Expr:
    """TRY_CAST of a text as DuckDB reads it; of a number to a whole number, rounded half to even."""
    kind = node.to.sql(dialect="duckdb")
    if isinstance(node.this, exp.Round) or (kind == "BIGINT" and node.this.find(exp.Sum)):
        return node  # of a number, not of a text
    found = from_text(node.this, kind) if node.this.find(exp.Anonymous, exp.Column) else None
    if found is None:
        raise StoreError(f"TRY_CAST to {kind} of this expression has not been proved equal on DuckDB and Spark.")
    return found


def whole_cast(node: exp.Cast) -> exp.Expr:
    """DuckDB rounds a double to the nearest whole number, halves to even; Spark cuts its fraction off."""
    whole = node.to.sql(dialect="duckdb").upper() in _WHOLE
    if whole and isinstance(_bare(node.this), exp.Cast | exp.Div | exp.Avg | exp.Median | exp.Round):
        inner = _bare(node.this)
        if not isinstance(inner, exp.Cast) or inner.to.sql(dialect="duckdb").upper() == "DOUBLE":
            node.set("this", exp.Anonymous(this="RINT", expressions=[node.this]))
    return node


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def rounded(node: exp.Round) -> exp.Expr:
    """DuckDB rounds the double times ten to the digits; Spark rounds its shortest decimal text: 1.005 differs."""
    digits = node.args.get("decimals")
    places = int(digits.sql()) if digits is not None else 0
    if places == 0:
        return exp.Round(this=node.this, decimals=exp.Literal.number(0))
    factor = f"1E{abs(places)}D"
    scale, back = ("*", "/") if places > 0 else ("/", "*")
    scaled = f"(:v {scale} {factor})"
    limit = "CAST('Infinity' AS DOUBLE)"
    return exp.paren(
        _spark(f"CASE WHEN ABS{scaled} = {limit} THEN :v ELSE ROUND({scaled}, 0) {back} {factor} END", v=node.this)
    )


def like(node: exp.Like) -> exp.Expr:
    """In DuckDB a backslash in a pattern is a backslash; Spark needs an escape that no pattern contains."""
    if isinstance(node.parent, exp.Escape):
        return node
    return exp.Escape(this=node.copy(), expression=exp.Literal.string(_NEVER_ESCAPED))


def total(node: exp.Sum) -> exp.Expr:
    """DuckDB adds whole numbers in 128 bits; Spark stops the query where they leave 64: times 1 they are decimals."""
    return _spark("SUM(:v * 1BD)", v=exp.paren(node.this))


def shifted(node: exp.BitwiseRightShift) -> exp.Expr:
    """Spark's shift wants a small whole number of bits."""
    return exp.Anonymous(this="SHIFTRIGHT", expressions=[node.this, exp.cast(node.expression, "INT")])


def weekday(node: exp.DayOfWeekIso) -> exp.Expr:
    """Monday is 1 and Sunday 7; sqlglot writes a formula that takes Sunday for the first day."""
    return _spark("(WEEKDAY(:d) + 1)", d=node.this)


_MENDERS: dict[type[exp.Expr], Callable[[Any], exp.Expr]] = {
    exp.DateDiff: days_between,
    exp.ArgMax: latest_value,
    exp.ArgMin: latest_value,
    exp.Window: window_median,
    exp.PercentileDisc: percentile,
    exp.JSONExtractScalar: json_value,
    exp.TryCast: lenient_cast,
    exp.Cast: whole_cast,
    exp.Round: rounded,
    exp.Like: like,
    exp.Length: list_length,
    exp.Anonymous: list_call,
    exp.ArrayAgg: ordered_list,
    exp.Bracket: nth,
    exp.Sum: total,
    exp.BitwiseRightShift: shifted,
    exp.DayOfWeekIso: weekday,
}
