"""On which days time alone can change a rule's answer: read from the rules, so that no day needs to be tried in vain.

Between two events only days-since features grow, by one a day. A comparison that is linear in them changes its answer
at one computable day: where its difference, d0 now and d1 a day later, reaches zero after -d0 / (d1 - d0) days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tenure.definitions.objects import Feature
from tenure.definitions.rules import Rule
from tenure.definitions.sql import value_sql
from tenure.definitions.tree import (
    And,
    Arithmetic,
    Between,
    Call,
    Column,
    Compare,
    Condition,
    In,
    IsMissing,
    Like,
    Node,
    Not,
    Number,
    Or,
    Truth,
    Value,
    children,
    columns,
)

__all__ = ["Crossing", "Crossings", "crossings"]


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
    """Days-since features compared with numbers; linear comparisons; whether only trying every day is safe."""

    thresholds: dict[str, set[float]] = field(default_factory=dict)
    linear: list[Crossing] = field(default_factory=list)
    daily: bool = False

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
    for left, right in _comparisons(atom):
        a, b = _inlined(left, catalogue), _inlined(right, catalogue)
        if a is None or b is None:
            found.daily = True
        elif isinstance(a, Column) and isinstance(b, Number) and _grows(a, catalogue):
            found.thresholds.setdefault(a.key, set()).add(b.value)
        elif isinstance(b, Column) and isinstance(a, Number) and _grows(b, catalogue):
            found.thresholds.setdefault(b.key, set()).add(a.value)
        else:
            _add_difference(found, Arithmetic("-", a, b), catalogue)


def _add_difference(found: Crossings, difference: Arithmetic, catalogue: Mapping[str, Feature]) -> None:
    degree = _degree(difference, catalogue)
    if degree == 1:
        found.linear.append(Crossing(difference, _later(difference, catalogue)))
    elif degree > 1:
        found.daily = True


def _comparisons(atom: Condition) -> list[tuple[Value, Value]]:
    match atom:
        case Compare():
            return [(atom.left, atom.right)]
        case Between():
            return [(atom.value, atom.low), (atom.value, atom.high)]
        case In():
            return [(atom.value, item) for item in atom.items]
        case IsMissing() | Like():
            return []
    return []


def _inlined(value: Value, catalogue: Mapping[str, Feature]) -> Value | None:
    """The value with derived features written out; None where rounding or a condition makes that impossible."""
    if isinstance(value, Column):
        expression = catalogue[value.key].expression
        if expression is None:
            return value
        if isinstance(expression.tree, Condition) or (expression.type == "integer" and _time_in(expression, catalogue)):
            return None
        return _inlined(expression.tree, catalogue)
    if isinstance(value, Arithmetic):
        left, right = _inlined(value.left, catalogue), _inlined(value.right, catalogue)
        return None if left is None or right is None else replace(value, left=left, right=right)
    if isinstance(value, Call):
        inlined = tuple(_inlined(argument, catalogue) for argument in value.arguments)
        return None if None in inlined else replace(value, arguments=inlined)  # type: ignore[arg-type]
    return value


def _time_in(expression: Any, catalogue: Mapping[str, Feature]) -> bool:
    return any(catalogue[key].changes_with_time != "no" for key in expression.features)


def _grows(column: Column, catalogue: Mapping[str, Feature]) -> bool:
    return catalogue[column.key].changes_with_time == "grows"


def _degree(node: Node, catalogue: Mapping[str, Feature]) -> int:
    """0: the same every day; 1: linear in the days; 2: anything else."""
    if isinstance(node, Column):
        return int(_grows(node, catalogue))
    below = [_degree(child, catalogue) for child in children(node)]
    if not any(below):
        return 0
    if isinstance(node, Arithmetic):
        if node.op in "+-":
            return max(below)
        return below[0] if below[1] == 0 else below[1] if node.op == "*" and below[0] == 0 else 2
    return 2


def _later(value: Value, catalogue: Mapping[str, Feature]) -> Value:
    if isinstance(value, Column):
        return Arithmetic("+", value, Number(1)) if _grows(value, catalogue) else value
    if isinstance(value, Arithmetic):
        return replace(value, left=_later(value.left, catalogue), right=_later(value.right, catalogue))
    if isinstance(value, Call):
        return replace(value, arguments=tuple(_later(argument, catalogue) for argument in value.arguments))
    return value
