"""Odd values: what made a feature or a rule unknown for some customers. They stop nobody's run: they are counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from tenure.clock import AsOf, naive
from tenure.definitions import Definitions, Events, Feature
from tenure.definitions.kinds.events_sql import condition, name, property_sql, quoted, value_of
from tenure.definitions.sql import value_sql
from tenure.definitions.tree import Arithmetic, Condition, Node, children, columns, type_of
from tenure.store import Connection

__all__ = ["Odd", "odd_values"]

Reason = Literal["division by zero", "too large", "not readable"]
Asked = tuple[str, Reason, str, bool]  # feature or rule, why, SQL that counts, whether it is a rule


@dataclass(frozen=True)
class Odd:
    """For how many customers a feature is unknown (or misses an event's value), and why.

    With `rule`, `feature` names a stage (growth/churn) or a segment (segment.vip) whose rule is unknown for them.
    """

    feature: str
    reason: Reason
    customers: int
    rule: bool = False


def odd_values(
    con: Connection, definitions: Definitions, as_of: AsOf, table: str, events: Connection | None = None
) -> tuple[Odd, ...]:
    """What is odd in a table of features and in the properties they were taken from, most customers first.

    The table is in `con`, and so is the view `events` unless it is in another. Reads the table once, and
    the events once if a feature reads a number, a date or a yes-or-no from a property, or asks for one in a condition.
    """
    params: list[object] = []
    asked: list[Asked] = [
        (each.key, reason, sql, False)
        for each in definitions.features.values()
        for reason, sql in _in_table(each, params)
    ]
    asked += [(key, "division by zero", sql, True) for key, sql in _in_rules(definitions, params)]
    counts = [(key, reason, f"count(*) FILTER (WHERE {sql})", rule) for key, reason, sql, rule in asked]
    found = _counted(con, counts, table, params)
    instant = naive(as_of.instant).isoformat(sep=" ")
    unread: list[Asked] = [
        (each.key, "not readable", f"count(DISTINCT CASE WHEN {' OR '.join(ways)} THEN customer_key END)", False)
        for each in definitions.features.values()
        if (ways := [f"({sql})" for sql in _unreadable(each)])
    ]
    found += _counted(events or con, unread, f"events WHERE ts < TIMESTAMP '{instant}'", [])
    return tuple(sorted(found, key=lambda odd: (-odd.customers, odd.feature, odd.reason)))


def _counted(con: Connection, asked: list[Asked], source: str, params: list[object]) -> list[Odd]:
    if not asked:
        return []
    row = con.execute(f"SELECT {', '.join(sql for _, _, sql, _ in asked)} FROM {source}", params).fetchall()[0]
    return [Odd(key, reason, count, rule) for (key, reason, _, rule), count in zip(asked, row, strict=True) if count]


def _in_table(feature: Feature, params: list[object]) -> Iterator[tuple[Reason, str]]:
    """(reason, condition) of what can make the feature unknown though all that it reads is known."""
    if feature.kind == "sum" and feature.since is None:
        yield "too large", f"{name(feature.key)} IS NULL"
    if feature.expression is None or isinstance(feature.expression.tree, Condition):
        return
    tree = feature.expression.tree
    if zero := _zero(tree, params):
        yield "division by zero", f"{name(feature.key)} IS NULL AND ({zero})"
    if type_of(tree) in ("integer", "float"):
        yield "too large", f"{value_sql(tree, params)} IS NOT NULL AND {name(feature.key)} IS NULL"


def _in_rules(definitions: Definitions, params: list[object]) -> Iterator[tuple[str, str]]:
    """(stage or segment, condition) of rules over features that a division by zero can make unknown."""
    stages = (
        (f"{lifecycle.key}/{stage.key}", rule)
        for lifecycle in definitions.lifecycles.values()
        for stage in lifecycle.stages
        for rule in stage.rules
    )
    segments = ((f"segment.{each.key}", rule) for each in definitions.segments.values() for rule in each.rules)
    for key, rule in (*stages, *segments):
        if any(_divisions(rule.tree)) and rule.features <= definitions.features.keys():
            unknown = f"({rule.sql(params)}) IS NULL"
            yield key, f"{unknown} AND ({_zero(rule.tree, params)})"


def _zero(tree: Node, params: list[object]) -> str:
    """SQL that is true where something known is divided by zero in a tree; empty where nothing is divided."""
    return " OR ".join(
        f"({value_sql(each.left, params)} IS NOT NULL AND {value_sql(each.right, params)} = 0)"
        for each in _divisions(tree)
    )


def _divisions(node: Node) -> Iterator[Arithmetic]:
    if isinstance(node, Arithmetic) and node.op == "/":
        yield node
    for child in children(node):
        yield from _divisions(child)


def _unreadable(feature: Feature) -> Iterator[str]:
    """Conditions on an event of the feature that has a property, but as something else than what is wanted of it."""
    if feature.property_name and feature.value_type != "text":
        yield _other(feature.events, feature.property_name, value_of(feature))
    starts = feature.since.events if feature.since else None
    for events, tree in (
        (feature.events, feature.events.condition if feature.events else None),
        (feature.events, feature.part),
        (starts, starts.condition if starts else None),
    ):
        for column in columns(tree) if tree is not None else ():
            if column.type != "text" and column.source and property_sql(column.key) in column.source:
                plain = replace(events, condition=None) if events else None
                yield _other(plain, column.key, column.source)


def _other(events: Events | None, prop: str, value: str) -> str:
    """An event of these has the property, and its value is none."""
    word = quoted('"' + prop.replace('"', "") + '"')
    said = f"{condition(events)} AND contains(properties, {word})"
    return f"{said} AND {property_sql(prop)} IS NOT NULL AND ({value}) IS NULL"
