"""SQL over the columns of `events`: which events a selector means, and the value one of them gives.

Words of checked definitions stand in it as literals, because the same condition is written in several places of a
query; numbers, days and texts are the only ones, and every quote is doubled.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from tenure.definitions.objects import Events, Feature
from tenure.definitions.sql import condition_sql, finite_sql
from tenure.definitions.tree import Condition
from tenure.errors import DefinitionError

__all__ = [
    "LINES",
    "SQL_TYPES",
    "condition",
    "name",
    "of_lines",
    "part_of",
    "property_sql",
    "quoted",
    "typed",
    "value_of",
]

SQL_TYPES = {
    "integer": "BIGINT",
    "float": "DOUBLE",
    "text": "VARCHAR",
    "date": "DATE",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMP",
}
LINES = ("product", "category")
QUANTITY = "list_sum(list_transform(products, lambda p: p.quantity))"
_COLUMNS = {
    "amount": "amount",
    "order_id": "order_id",
    "day": "day",
    "time": "ts",
    "quantity": QUANTITY,
    "product": "line.product",
    "category": "line.category",
}


def quoted(text: str) -> str:
    """A text as an SQL literal. For words of checked definitions only."""
    return "'" + text.replace("'", "''") + "'"


def name(key: str) -> str:
    """A feature's column."""
    return '"' + key.replace('"', '""') + '"'


def condition(events: Events | None) -> str:
    """SQL that is true for the events a selector means."""
    if events is None or not (events.names or events.kinds or events.where or events.condition):
        return "true"
    chosen = []
    if events.names:
        chosen.append(f"(kind = 'track' AND name IN ({', '.join(map(quoted, events.names))}))")
    if events.kinds:
        chosen.append(f"kind IN ({', '.join(map(quoted, events.kinds))})")
    picked = f"({' OR '.join(chosen)})" if chosen else "true"
    for prop, values in events.where:
        # CASE keeps the JSON of other events unread.
        listed = ", ".join(map(quoted, values))
        picked += f" AND coalesce(CASE WHEN {picked} THEN {property_sql(prop)} END IN ({listed}), false)"
    if events.condition is not None:
        picked += f" AND CASE WHEN {picked} THEN {part_of(events.condition)} ELSE false END"
    return picked


def part_of(tree: Condition) -> str:
    """SQL of a condition on an event: true or false, its literals written out."""
    params: list[Any] = []
    pieces = condition_sql(tree, params).split("?")
    literals = [*map(_literal, params), ""]
    return f"coalesce({''.join(text + literal for text, literal in zip(pieces, literals, strict=True))}, false)"


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, date):
        return f"DATE '{value}'"
    return f"CAST({value!r} AS {'DOUBLE' if isinstance(value, float) else 'BIGINT'})"


def property_sql(prop: str) -> str:
    """The text of an event's property."""
    path = '$."' + prop.replace('"', "") + '"'
    return f"json_extract_string(properties, {quoted(path)})"


def of_lines(feature: Feature) -> bool:
    """Whether the value is one of the order's lines."""
    return feature.of in LINES


def value_of(feature: Feature) -> str:
    """SQL for the value an event gives a feature, over the columns of `events` (and `line`, for order lines)."""
    prop = feature.property_name
    if prop is not None:
        return f"CASE WHEN {condition(feature.events)} THEN {typed(property_sql(prop), feature)} END"
    if feature.of in _COLUMNS:
        return _COLUMNS[feature.of]
    raise DefinitionError([f'feature "{feature.key}": "{feature.of}" cannot be taken with {feature.kind}.'])


def typed(text: str, feature: Feature) -> str:
    """SQL for a property's text as the type that the feature reads it as; NULL where it is not one."""
    wanted = SQL_TYPES[feature.value_type]
    if wanted == "VARCHAR":
        return text
    cast = f"TRY_CAST({text} AS {wanted})"
    return finite_sql(cast) if wanted == "DOUBLE" else cast
