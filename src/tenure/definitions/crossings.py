"""On which days time alone can change a rule's answer: read from the rules, so that no day needs to be tried in vain.

Between two events only days-since features grow, by one a day. A comparison that is linear in them changes its answer
at one computable day: where its difference, d0 now and d1 a day later, reaches zero after -d0 / (d1 - d0) days.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from tenure.definitions.objects import Feature
from tenure.definitions.rules import Rule
from tenure.definitions.sql import value_sql
from tenure.definitions.tree import (
    And,
    Arithmetic,
    Between,
    Call,
    Case,
    Column,
    Compare,
    Condition,
    DaysBetween,
    In,
    IsMissing,
    Like,
    Node,
    Not,
    Number,
    Operator,
    Or,
    Shift,
    Truth,
    Value,
    children,
    columns,
    type_of,
)

__all__ = ["Crossing", "Crossings", "crossings"]

MIRRORED: dict[Operator, Operator] = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True)
class Crossing:
    """A comparison's difference now and a day later, if nothing happens."""

    now: Value
    tomorrow: Value

    def sql(self, params: list[Any]) -> str:
        """SQL for the days from now until the difference is zero; NULL when it never changes."""
        text = []
        for tree in (self.now, self.tomorrow, self.now):
            text.append(f"CAST({value_sql(tree, params)} AS DOUBLE)")
        return f"-({text[0]}) / nullif({text[1]} - {text[2]}, 0)"

    @property
    def features(self) -> frozenset[str]:
        """The features it reads, none of them derived."""
        return frozenset(column.key for column in columns(self.now))


@dataclass
class Crossings:
    """Days-since features, the numbers of days at which their answers change; linear comparisons; calendars; whether
    only every day is safe."""

    thresholds: dict[str, set[int]] = field(default_factory=dict)
    linear: list[Crossing] = field(default_factory=list)
    daily: bool = False
    calendar: set[str] = field(default_factory=set)  # month, quarter, year: the rule changes when one begins

    @property
    def features(self) -> frozenset[str]:
        """All features that deciding the days needs."""
        return frozenset(self.thresholds).union(*(crossing.features for crossing in self.linear))


def crossings(rules: Iterable[Rule], catalogue: Mapping[str, Feature]) -> Crossings:
    """What the rules ask of passing time."""
    found = Crossings()
    for rule in rules:
        for atom in _atoms(rule.tree, catalogue):
            _add(found, atom, catalogue)
    found.linear = list(dict.fromkeys(found.linear))
    return found


def _atoms(node: Condition, catalogue: Mapping[str, Feature]) -> Iterator[Condition]:
    match node:
        case And() | Or():
            for part in node.parts:
                yield from _atoms(part, catalogue)
        case Not():
            yield from _atoms(node.part, catalogue)
        case Truth():
            expression = catalogue[node.value.key].expression
            if expression is not None and isinstance(expression.tree, Condition):
                yield from _atoms(expression.tree, catalogue)
        case _:
            yield node


def _add(found: Crossings, atom: Condition, catalogue: Mapping[str, Feature]) -> None:
    if isinstance(atom, IsMissing | Like):
        value = _inlined(atom.value, catalogue)
        curved = value is None or _degree(value, catalogue) > 1
        found.daily = found.daily or (curved and _grown(atom.value, catalogue))
    for left, op, right in _comparisons(atom):
        a, b = _inlined(left, catalogue), _inlined(right, catalogue)
        if a is None or b is None:
            found.daily = True
        elif isinstance(a, Column) and isinstance(b, Number) and _grows(a, catalogue):
            found.thresholds.setdefault(a.key, set()).update(_steps(op, b.value))
        elif isinstance(b, Column) and isinstance(a, Number) and _grows(b, catalogue):
            found.thresholds.setdefault(b.key, set()).update(_steps(MIRRORED.get(op, op), a.value))
        else:
            _add_difference(found, _difference(a, b), catalogue)


def _difference(a: Value, b: Value) -> Value | Condition:
    """What is zero where a comparison of the two may change; texts are only told apart."""
    if type_of(a) == "date":
        return DaysBetween(a, b)
    return Compare("=", a, b) if type_of(a) == "text" else Arithmetic("-", a, b)


def _add_difference(found: Crossings, difference: Value | Condition, catalogue: Mapping[str, Feature]) -> None:
    difference, units = _without_calendar(difference, catalogue)
    found.calendar |= units
    if isinstance(difference, Condition):
        found.daily = found.daily or _grown(difference, catalogue)
        return
    degree = _degree(difference, catalogue)
    if degree == 1:
        found.linear.append(Crossing(difference, _later(difference, catalogue)))
    elif degree > 1:
        found.daily = True


def _comparisons(atom: Condition) -> list[tuple[Value, Operator, Value]]:
    match atom:
        case Compare():
            return [(atom.left, atom.op, atom.right)]
        case Between():
            return [(atom.value, ">=", atom.low), (atom.value, "<=", atom.high)]
        case In():
            return [(atom.value, "=", item) for item in atom.items]
    return []


def _steps(op: Operator, number: float) -> set[int]:
    """The whole numbers at which the answer differs from that of the number before."""
    reached, passed = math.ceil(number), math.floor(number) + 1
    return {">=": {reached}, "<": {reached}, ">": {passed}, "<=": {passed}}.get(op, {reached, passed})


def _inlined(value: Value, catalogue: Mapping[str, Feature]) -> Value | None:
    """The value with derived features written out; None where rounding or a condition makes that impossible."""
    if isinstance(value, Column):
        expression = catalogue[value.key].expression
        if expression is None:
            return value
        rounded = expression.type == "integer" and _grown(expression.tree, catalogue)
        if isinstance(expression.tree, Condition) or rounded:
            return None
        return _inlined(expression.tree, catalogue)
    if isinstance(value, Case):  # its conditions choose: written out only where time changes nothing in it
        return None if _grown(value, catalogue) else value
    below = children(value)
    found = [_inlined(each, catalogue) for each in below]  # type: ignore[arg-type]
    if any(each is None for each in found):
        return None
    return _rebuilt(value, cast("list[Value]", found))


def _rebuilt(value: Value, parts: list[Value]) -> Value:
    """The same node over other values."""
    match value:
        case Arithmetic() | DaysBetween():
            return replace(value, left=parts[0], right=parts[1])
        case Shift():
            return replace(value, value=parts[0], days=parts[1])
        case Call():
            return replace(value, arguments=tuple(parts))
    return value


def _grown(node: Node, catalogue: Mapping[str, Feature]) -> bool:
    """Whether anything that grows with the days is read, directly or through derived features."""
    for column in columns(node):
        expression = catalogue[column.key].expression
        if _grows(column, catalogue) or (expression is not None and _grown(expression.tree, catalogue)):
            return True
    return False


def _without_calendar(node: Node, catalogue: Mapping[str, Feature]) -> tuple[Any, set[str]]:
    """The node with month(today()) and the like as something constant, and the units whose beginnings matter."""
    if isinstance(node, Call) and node.name in ("month", "quarter", "year"):
        inner = node.arguments[0]
        if isinstance(inner, Column) and catalogue[inner.key].kind == "today":
            return Number(0), {str(node.name)}
        return node, set()
    if isinstance(node, Compare | Arithmetic | DaysBetween | Shift | Call):
        parts = [_without_calendar(child, catalogue) for child in children(node)]
        units = set().union(*(unit for _, unit in parts))
        if isinstance(node, Compare):
            return replace(node, left=parts[0][0], right=parts[1][0]), units
        return _rebuilt(node, [part for part, _ in parts]), units
    return node, set()


def _grows(column: Column, catalogue: Mapping[str, Feature]) -> bool:
    return catalogue[column.key].changes_with_time == "grows"


def _degree(node: Node, catalogue: Mapping[str, Feature]) -> int:
    """0: the same every day; 1: linear in the days; 2: anything else."""
    if isinstance(node, Column):
        return int(_grows(node, catalogue))
    below = [_degree(child, catalogue) for child in children(node)]
    if not any(below):
        return 0
    if isinstance(node, DaysBetween | Shift):
        return max(below)
    if isinstance(node, Arithmetic):
        if node.op in "+-":
            return max(below)
        return below[0] if below[1] == 0 else below[1] if node.op == "*" and below[0] == 0 else 2
    return 2


def _later(value: Value, catalogue: Mapping[str, Feature]) -> Value:
    if isinstance(value, Column):
        if not _grows(value, catalogue):
            return value
        return Shift(value, Number(1)) if value.type == "date" else Arithmetic("+", value, Number(1))
    if isinstance(value, Case):
        return value
    return _rebuilt(value, [_later(each, catalogue) for each in children(value)])  # type: ignore[arg-type]
