"""Our tree evaluated for one customer, with SQL's three-valued logic: True, False, or None for unknown.

Held equal to the compiled SQL by a property test; change both together.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
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

__all__ = ["finite", "truth", "value_of", "whole"]

Row = Mapping[str, Any]
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def truth(node: Condition, row: Row) -> bool | None:
    """Whether the condition holds for this row of features."""
    match node:
        case And():
            return _all([truth(part, row) for part in node.parts])
        case Or():
            return _not(_all([_not(truth(part, row)) for part in node.parts]))
        case Not():
            return _not(truth(node.part, row))
        case Constant():
            return node.value
        case IsMissing():
            return value_of(node.value, row) is None
        case Truth():
            found = row.get(node.value.key)
            return None if found is None else bool(found)
        case AnyLine():
            lines = row.get("products")
            return any(truth(node.part, line) for line in lines) if lines else truth(node.own, row)
        case Like():
            text = value_of(node.value, row)
            return None if text is None else _like(text, node.pattern)
        case _:
            return _comparison(node, row)


def _comparison(node: Compare | Between | In, row: Row) -> bool | None:
    match node:
        case Compare():
            left, right = _same_type(node, (node.left, node.right), row)
            return _compare(node.op, left, right)
        case Between():
            value, low, high = _same_type(node, (node.value, node.low, node.high), row)
            return _all([_compare(">=", value, low), _compare("<=", value, high)])
        case In():
            value, *items = _same_type(node, (node.value, *node.items), row)
            return None if value is None else any(_compare("=", value, item) for item in items)


def _all(parts: list[bool | None]) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True


def _not(part: bool | None) -> bool | None:
    return None if part is None else not part


def _compare(op: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(left, float):
        left, right = _ordered(left), _ordered(right)
    return _OPERATORS[op](left, right)


def _ordered(number: float) -> tuple[bool, float]:
    """The engine's total order: "not a number" equals itself and is the greatest."""
    return (True, 0.0) if math.isnan(number) else (False, number)


def _same_type(node: Condition, values: tuple[Value, ...], row: Row) -> list[Any]:
    found = [value_of(value, row) for value in values]
    if _in_floats(node, values):
        return [None if each is None else float(each) for each in found]
    return found


#: Whether a comparison is one of floats, by the node's identity: asked for every row, and the same for all of them.
_floats: dict[int, tuple[Condition, bool]] = {}
_MOST = 10_000


def _in_floats(node: Condition, values: tuple[Value, ...]) -> bool:
    known = _floats.get(id(node))
    if known is None or known[0] is not node:
        if len(_floats) > _MOST:
            _floats.clear()
        known = _floats[id(node)] = (node, any(type_of(value) == "float" for value in values))
    return known[1]


def value_of(value: Value, row: Row) -> Any:
    """The value for this row, None when unknown."""
    match value:
        case Column():
            return _column(value, row.get(value.key))
        case Number() | Text() | Day():
            return value.value
        case Arithmetic():
            return _arithmetic(value.op, _float(value.left, row), _float(value.right, row))
        case Call():
            return _call(value, row)
        case Shift():
            return _shift(value_of(value.value, row), value_of(value.days, row), value.earlier)
        case DaysBetween():
            left, right = value_of(value.left, row), value_of(value.right, row)
            return None if left is None or right is None else (left - right).days
        case Case():
            return _case(value, row)


def _shift(day: date | None, days: int | None, earlier: bool) -> date | None:
    if day is None or days is None:
        return None
    found = day.toordinal() + (-days if earlier else days)
    return date.fromordinal(found) if 1 <= found <= date.max.toordinal() else None


def _case(case: Case, row: Row) -> Any:
    read = _float if case.type == "float" else value_of
    for when, then in case.choices:
        if truth(when, row) is True:
            return read(then, row)
    return None if case.otherwise is None else read(case.otherwise, row)


def _column(column: Column, found: Any) -> Any:
    if found is None or column.type in ("text", "date", "time"):
        return found
    if column.digits is not None:
        return float(found) / 10**column.digits
    return float(found) if column.type == "float" else int(found)


def _float(value: Value, row: Row) -> float | None:
    found = value_of(value, row)
    return None if found is None else float(found)


def _arithmetic(op: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    if op == "/":
        return None if right == 0 else left / right
    return left + right if op == "+" else left - right if op == "-" else left * right


def _call(call: Call, row: Row) -> Any:
    read = _float if call.type == "float" else value_of
    if call.name == "round":
        return _round(_float(call.arguments[0], row), int(_places(call)))
    found = [read(argument, row) for argument in call.arguments]
    if call.name == "coalesce":
        return next((each for each in found if each is not None), None)
    if call.name in ("least", "greatest"):
        return _extreme(call.name, [each for each in found if each is not None])
    if call.name == "nullif":
        return None if _compare("=", found[0], found[1]) else found[0]
    return None if found[0] is None else _SIMPLE[call.name](found[0])


def _places(call: Call) -> float:
    return call.arguments[1].value if len(call.arguments) > 1 and isinstance(call.arguments[1], Number) else 0


def _extreme(name: str, found: list[Any]) -> Any:
    if not found:
        return None
    key = _ordered if isinstance(found[0], float) else None
    return min(found, key=key) if name == "least" else max(found, key=key)


def _lower(text: str) -> str:
    """Letter by letter, as the engine does it: no special end-of-word forms."""
    return "".join(small if len(small := letter.lower()) == 1 else small[0] for letter in text)


_SIMPLE: dict[str, Callable[[Any], Any]] = {
    "abs": abs,
    "length": len,
    "lower": _lower,
    "year": lambda day: day.year,
    "quarter": lambda day: (day.month + 2) // 3,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "weekday": lambda day: day.isoweekday(),
}


def _half_away(number: float) -> float:
    size = abs(number)
    below = math.floor(size) if size < 2**53 else size
    return math.copysign(below + 1 if size - below >= 0.5 else below, number)


def _round(number: float | None, places: int) -> float | None:
    if number is None or not math.isfinite(number):
        return number
    factor = 10.0**places
    rounded = number * factor
    if not math.isfinite(rounded):
        return number
    return _half_away(rounded) / factor


@lru_cache(maxsize=1024)
def _segments(pattern: str) -> tuple[tuple[re.Pattern[str], int], ...]:
    """What stands between the % of a pattern, each with its length; _ is any one character."""
    parts = pattern.split("%")
    return tuple(
        (re.compile("".join("." if c == "_" else re.escape(c) for c in part), re.S), len(part)) for part in parts
    )


def _like(text: str, pattern: str) -> bool:
    """% is any run of characters, _ any one. Each segment is sought once from the left, so nothing is tried again."""
    (first, _), *rest = _segments(pattern)
    if not rest:
        return first.fullmatch(text) is not None
    found = first.match(text)
    *middle, (last, length) = rest
    for segment, _ in middle:
        found = segment.search(text, found.end()) if found else None
    if found is None or len(text) - length < found.end():
        return False
    return last.fullmatch(text, len(text) - length) is not None


def finite(number: float | None) -> float | None:
    """The number, or None when it left the range of numbers."""
    return number if number is not None and math.isfinite(number) else None


def whole(number: float | None, digits: int) -> int | None:
    """The number times 10^digits as a 64-bit whole number, halves away from zero; None when it does not fit."""
    if number is None:
        return None
    scaled = number * 10**digits if digits else number
    if not -(2.0**63) <= scaled < 2.0**63:
        return None
    return int(_half_away(scaled))
