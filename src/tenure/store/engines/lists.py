"""Lists on Spark as DuckDB has them: their order, their n-th value, their length and sum, a fold over them."""

from __future__ import annotations

from sqlglot import exp, parse_one

from tenure.errors import StoreError

__all__ = ["list_call", "list_length", "nth", "ordered_list"]


def ordered_list(node: exp.ArrayAgg) -> exp.Expr:
    """A list in an order: sqlglot drops the ORDER BY, so each value carries its place, and the list is sorted by it."""
    order = node.this
    if not isinstance(order, exp.Order):
        return node
    parts = [each.this.sql(dialect="spark") + f" AS k{number}" for number, each in enumerate(order.expressions)]
    compared = "".join(_compared(f"k{number}", each) for number, each in enumerate(order.expressions))
    value = order.this.sql(dialect="spark")
    return parse_one(
        f"TRANSFORM(ARRAY_SORT(COLLECT_LIST(STRUCT({', '.join(parts)}, {value} AS v)),"
        f" (l, r) -> CASE{compared} ELSE 0 END), e -> e.v)",
        read="spark",
    )


def _compared(name: str, ordered: exp.Ordered) -> str:
    first, last = (1, -1) if ordered.args.get("desc") else (-1, 1)
    return f" WHEN l.{name} < r.{name} THEN {first} WHEN l.{name} > r.{name} THEN {last}"


def nth(node: exp.Bracket) -> exp.Expr:
    """The n-th value, counted from 1 by DuckDB and from 0 by Spark; nothing where the list is shorter."""
    position = node.expressions[0]
    if len(node.expressions) != 1 or isinstance(position, exp.Literal | exp.Slice):
        raise StoreError("Only one value of a list, at a computed place, can be taken on Spark.")
    index = exp.cast(exp.Sub(this=exp.paren(position), expression=exp.Literal.number(1)), "INT")
    return exp.Anonymous(this="GET", expressions=[node.this, index])


def list_length(node: exp.Length) -> exp.Expr:
    """DuckDB's len counts the letters of a text and the lines of an order; Spark has a word for each."""
    if node.this.name == "products":
        return exp.Anonymous(this="ARRAY_SIZE", expressions=[node.this])
    return node


def list_call(node: exp.Anonymous) -> exp.Expr:
    """The sum of a list, missing when nothing in it is known; a fold from a first value on."""
    match node.name.lower():
        case "list_sum":
            add = "(a, v) -> CASE WHEN v IS NULL THEN a WHEN a IS NULL THEN v ELSE a + v END"
            tree = parse_one(f"AGGREGATE(:l, CAST(NULL AS DOUBLE), {add})", read="spark")
            return exp.replace_placeholders(tree, l=node.expressions[0])
        case "list_reduce" if len(node.expressions) == 3:
            values, step, first = node.expressions
            return exp.Anonymous(this="AGGREGATE", expressions=[values, first, step])
    return node
