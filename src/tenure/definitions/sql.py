"""Our tree → our own SQL: quoted columns, a `?` for every literal. The user's text is never part of it."""

from __future__ import annotations

from typing import Any

from tenure.definitions.tree import (
    And,
    AnyLine,
    Arithmetic,
    Between,
    Call,
    Case,
    Column,
    Compare,
    Condition,
    Constant,
    Day,
    DaysBetween,
    In,
    IsMissing,
    Like,
    Not,
    Number,
    Or,
    Shift,
    Text,
    Truth,
    Value,
    type_of,
)

__all__ = ["condition_sql", "finite_sql", "value_sql", "whole_sql"]


def condition_sql(node: Condition, params: list[Any]) -> str:
    """SQL of a condition; literals are appended to `params` in the order of their question marks."""
    match node:
        case And() | Or():
            word = " AND " if isinstance(node, And) else " OR "
            return "(" + word.join(condition_sql(part, params) for part in node.parts) + ")"
        case Not():
            return f"(NOT {condition_sql(node.part, params)})"
        case Constant():
            return "TRUE" if node.value else "FALSE"
        case Truth():
            return _quoted(node.value)
        case AnyLine():
            return _any_line(node, params)
        case IsMissing():
            return f"({value_sql(node.value, params)} IS NULL)"
        case Like():
            return f"({value_sql(node.value, params)} LIKE {_literal(node.pattern, params)})"
        case _:
            return _comparison(node, params)


def _any_line(node: AnyLine, params: list[Any]) -> str:
    own = condition_sql(node.own, params)
    each = f"CASE WHEN {condition_sql(node.part, params)} THEN 1 ELSE 0 END"
    return (
        f"(CASE WHEN coalesce(len(products), 0) = 0 THEN {own}"
        f" ELSE list_max(list_transform(products, lambda p: {each})) = 1 END)"
    )


def _comparison(node: Compare | Between | In, params: list[Any]) -> str:
    match node:
        case Compare():
            left, right = _same_type((node.left, node.right), params)
            return f"({left} {node.op} {right})"
        case Between():
            value, low, high = _same_type((node.value, node.low, node.high), params)
            return f"({value} BETWEEN {low} AND {high})"
        case In():
            value, *items = _same_type((node.value, *node.items), params)
            return f"({value} IN ({', '.join(items)}))"


def _same_type(values: tuple[Value, ...], params: list[Any]) -> list[str]:
    """The values in SQL; whole numbers become doubles where any of them is one."""
    if any(type_of(value) == "float" for value in values):
        return [_double(value, params) for value in values]
    return [value_sql(value, params) for value in values]


def value_sql(value: Value, params: list[Any]) -> str:
    """SQL of a value in its own type."""
    match value:
        case Column(digits=None):
            return _quoted(value)
        case Column():
            return _money(value)
        case Number() | Text() | Day():
            return _literal(value.value, params)
        case Arithmetic():
            left, right = _double(value.left, params), _double(value.right, params)
            return f"({left} / nullif({right}, 0))" if value.op == "/" else f"({left} {value.op} {right})"
        case Call():
            return _call(value, params)
        case Shift():
            return _shift(value, params)
        case DaysBetween():
            left, right = value_sql(value.left, params), value_sql(value.right, params)
            return f"(0 - date_diff('day', {left}, {right}))"
        case Case():
            return _case(value, params)


def _shift(node: Shift, params: list[Any]) -> str:
    """Days are moved within the years 1 to 9999. Each part is written once, so that no nesting makes the text explode:
    what leaves the years (or is unknown, which `greatest` passes over) lands on a day outside that becomes NULL."""
    day, days = value_sql(node.value, params), value_sql(node.days, params)
    sign = "-" if node.earlier else "+"
    moved = f"(CAST(date_diff('day', DATE '1970-01-01', {day}) AS DOUBLE) {sign} CAST({days} AS DOUBLE))"
    found = f"DATE '1970-01-01' + CAST(least(greatest({moved}, -719163), 2932897) AS INTEGER)"
    for outside in (-719163, 2932897):
        found = f"nullif({found}, DATE '1970-01-01' + CAST({outside} AS INTEGER))"
    return found


def _case(node: Case, params: list[Any]) -> str:
    read = _double if node.type == "float" else value_sql
    text = "".join(f" WHEN {condition_sql(when, params)} THEN {read(then, params)}" for when, then in node.choices)
    return f"(CASE{text}{'' if node.otherwise is None else f' ELSE {read(node.otherwise, params)}'} END)"


def _call(call: Call, params: list[Any]) -> str:
    if call.name == "round":
        inner = _double(call.arguments[0], params)
        places = call.arguments[1].value if len(call.arguments) > 1 and isinstance(call.arguments[1], Number) else 0
        return f"round({inner}, {int(places)})"
    if call.name == "weekday":
        return f"isodow({value_sql(call.arguments[0], params)})"
    if call.type == "float":
        return f"{call.name}({', '.join(_double(each, params) for each in call.arguments)})"
    return f"{call.name}({', '.join(value_sql(each, params) for each in call.arguments)})"


def _double(value: Value, params: list[Any]) -> str:
    if isinstance(value, Number):
        return _literal(float(value.value), params)
    written = value_sql(value, params)
    plain = isinstance(value, Column) and value.digits is None
    sure = type_of(value) == "float" and not plain
    return written if sure else f"CAST({written} AS DOUBLE)"


def _money(column: Column) -> str:
    written = f"CAST({_quoted(column)} AS DOUBLE)"
    return f"({written} / {10**column.digits})" if column.digits else written


def _quoted(column: Column) -> str:
    return column.source or '"' + column.key.replace('"', '""') + '"'


def _literal(value: Any, params: list[Any]) -> str:
    params.append(value)
    return "?"


def finite_sql(written: str) -> str:
    """A double as itself, or unknown when it left the range of numbers."""
    odd = ("NaN", "Infinity", "-Infinity")
    for name in odd:
        written = f"nullif({written}, CAST('{name}' AS DOUBLE))"
    return written


def whole_sql(written: str, digits: int) -> str:
    """A double times 10^digits as a 64-bit whole number, halves away from zero; unknown when it does not fit."""
    scaled = f"({written} * {10**digits})" if digits else written
    return f"TRY_CAST(round({scaled}, 0) AS BIGINT)"
