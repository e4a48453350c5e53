"""Odd values: what made a feature unknown for some customers. It stops nobody's run; it is counted and named here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tenure.clock import AsOf, naive
from tenure.definitions import Definitions, Feature
from tenure.definitions.kinds.events_sql import condition, name, property_sql, quoted, value_of
from tenure.definitions.sql import value_sql
from tenure.definitions.tree import Arithmetic, Condition, Node, children, type_of
from tenure.store import Connection

__all__ = ["Odd", "odd_values"]

Reason = Literal["division by zero", "too large", "not readable"]


@dataclass(frozen=True)
class Odd:
    """For how many customers a feature is unknown (or misses an event's value), and why."""

    feature: str
    reason: Reason
    customers: int


def odd_values(
    con: Connection, definitions: Definitions, as_of: AsOf, table: str, events: Connection | None = None
) -> tuple[Odd, ...]:
    """What is odd in a table of features and in the properties they were taken from, most customers first.

    The table is in `con`, and so is the view `events` unless it is in another. Reads the table once, and
    the events once if a feature reads a number, a date or a yes-or-no from a property.
    """
    params: list[object] = []
    asked = [(each.key, *pair) for each in definitions.features.values() for pair in _in_table(each, params)]
    found = _counted(
        con, [(key, reason, f"count(*) FILTER (WHERE {sql})") for key, reason, sql in asked], table, params
    )
    read = [each for each in definitions.features.values() if each.property_name and each.value_type != "text"]
    instant = naive(as_of.instant).isoformat(sep=" ")
    unread: list[tuple[str, Reason, str]] = [
        (each.key, "not readable", f"count(DISTINCT CASE WHEN {_unreadable(each)} THEN customer_key END)")
        for each in read
    ]
    found += _counted(events or con, unread, f"events WHERE ts < TIMESTAMP '{instant}'", [])
    return tuple(sorted(found, key=lambda odd: (-odd.customers, odd.feature, odd.reason)))


def _counted(con: Connection, asked: list[tuple[str, Reason, str]], source: str, params: list[object]) -> list[Odd]:
    if not asked:
        return []
    row = con.execute(f"SELECT {', '.join(sql for *_, sql in asked)} FROM {source}", params).fetchall()[0]
    return [Odd(key, reason, count) for (key, reason, _), count in zip(asked, row, strict=True) if count]


def _in_table(feature: Feature, params: list[object]) -> Iterator[tuple[Reason, str]]:
    """(reason, condition) of what can make the feature unknown though all that it reads is known."""
    if feature.kind == "sum" and feature.since is None:
        yield "too large", f"{name(feature.key)} IS NULL"
    if feature.expression is None or isinstance(feature.expression.tree, Condition):
        return
    tree = feature.expression.tree
    divisions = list(_divisions(tree))
    if divisions:
        zero = " OR ".join(
            f"({value_sql(each.left, params)} IS NOT NULL AND {value_sql(each.right, params)} = 0)"
            for each in divisions
        )
        yield "division by zero", f"{name(feature.key)} IS NULL AND ({zero})"
    if type_of(tree) in ("integer", "float"):
        yield "too large", f"{value_sql(tree, params)} IS NOT NULL AND {name(feature.key)} IS NULL"


def _divisions(node: Node) -> Iterator[Arithmetic]:
    if isinstance(node, Arithmetic) and node.op == "/":
        yield node
    for child in children(node):
        yield from _divisions(child)


def _unreadable(feature: Feature) -> str:
    """An event of the feature has the property, but as something else than what is wanted."""
    prop = feature.property_name or ""
    word = quoted('"' + prop.replace('"', "") + '"')
    said = f"{condition(feature.events)} AND contains(properties, {word})"
    return f"{said} AND {property_sql(prop)} IS NOT NULL AND ({value_of(feature)}) IS NULL"
