"""A rule as rows that can be clicked together: feature, comparison, value. None where a rule says more than that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from tenure.definitions.rules import Rule
from tenure.definitions.tree import (
    And,
    Between,
    Column,
    Compare,
    Day,
    In,
    IsMissing,
    Like,
    Not,
    Number,
    Or,
    Text,
    Truth,
)

__all__ = ["ROW_OPERATORS", "Row", "Rows", "rows_of"]

ROW_OPERATORS = (">=", "<=", "=", "<>", ">", "<", "between", "in", "contains", "known", "unknown", "yes", "no")


@dataclass(frozen=True, slots=True)
class Row:
    """One condition: a feature's key, one of ROW_OPERATORS, and the value as people write it."""

    feature: str
    operator: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Conditions of which all ("AND") or any ("OR") must hold."""

    joined: str
    rows: tuple[Row, ...]


def rows_of(rule: Rule | None) -> Rows | None:
    """The rule as rows; None where it is more than a flat list of simple conditions."""
    if rule is None:
        return None
    node = rule.tree
    parts = node.parts if isinstance(node, And | Or) else (node,)
    found = [_row(part) for part in parts]
    if not all(found):
        return None
    return Rows("OR" if isinstance(node, Or) else "AND", tuple(each for each in found if each))


def _row(node: Any, denied: bool = False) -> Row | None:
    match node:
        case Not(inner) if not denied:
            return _row(inner, True)
        case IsMissing(Column(key=key)):
            return Row(key, "known" if denied else "unknown")
        case Truth(Column(key=key)):
            return Row(key, "no" if denied else "yes")
        case Compare(op, Column(key=key), value) if not denied and _written(value) is not None:
            return Row(key, op, _written(value) or "")
        case Between(Column(key=key), low, high) if not denied:
            ends = [_written(low), _written(high)]
            return None if None in ends else Row(key, "between", f"{ends[0]}, {ends[1]}")
        case In(Column(key=key), items) if not denied:
            return Row(key, "in", ", ".join(str(_written(item)) for item in items))
        case Like(Column(key=key), pattern) if not denied:
            core = pattern[1:-1]
            simple = pattern[:1] == pattern[-1:] == "%" and len(pattern) > 2 and not {"%", "_"} & set(core)
            return Row(key, "contains", core) if simple else None
    return None


def _written(value: Any) -> str | None:
    match value:
        case Number(number):
            return f"{number:g}" if isinstance(number, float) else str(number)
        case Text(text) if "," not in text:
            return text
        case Day(date() as day):
            return day.isoformat()
    return None
