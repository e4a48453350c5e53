"""Feature declarations → one query, in which features that look at the same events share one pass over just these.

The result is the same on every engine: days are counted between DATEs, divisions are on DOUBLE, ties are broken by
ingest id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tenure.definitions import Definitions, Events, Feature
from tenure.errors import DefinitionError

__all__ = ["SQL_TYPES", "Scan", "condition", "derived_levels", "name", "quoted", "value_of"]

SQL_TYPES = {
    "integer": "BIGINT",
    "float": "DOUBLE",
    "text": "VARCHAR",
    "date": "DATE",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMP",
}


def quoted(text: str) -> str:
    """A text as an SQL literal. For words of checked definitions only."""
    return "'" + text.replace("'", "''") + "'"


def name(key: str) -> str:
    """A feature's column."""
    return '"' + key.replace('"', '""') + '"'


def condition(events: Events | None) -> str:
    """SQL that is true for the events a selector means."""
    if events is None or not (events.names or events.kinds or events.where):
        return "true"
    chosen = []
    if events.names:
        chosen.append(f"(kind = 'track' AND name IN ({', '.join(map(quoted, events.names))}))")
    if events.kinds:
        chosen.append(f"kind IN ({', '.join(map(quoted, events.kinds))})")
    picked = f"({' OR '.join(chosen)})" if chosen else "true"
    for prop, values in events.where:
        # CASE keeps the JSON of other events unread.
        picked += (
            f" AND coalesce(CASE WHEN {picked} THEN {_property(prop)} END IN ({', '.join(map(quoted, values))}), false)"
        )
    return picked


def _property(prop: str) -> str:
    path = '$."' + prop.replace('"', "") + '"'
    return f"json_extract_string(properties, {quoted(path)})"


def value_of(feature: Feature) -> str:
    """SQL for the value an event gives a feature, over the columns of `events`."""
    prop = feature.property_name
    if prop is not None:
        return f"CASE WHEN {condition(feature.events)} THEN {_typed(_property(prop), feature)} END"
    columns = {
        "amount": "amount",
        "order_id": "order_id",
        "day": "day",
        "time": "ts",
        "quantity": "list_sum(list_transform(products, lambda p: p.quantity))",
    }
    if feature.of in columns:
        return columns[feature.of]
    raise DefinitionError([f'feature "{feature.key}": "{feature.of}" cannot be taken with {feature.kind}.'])


def _typed(text: str, feature: Feature) -> str:
    wanted = SQL_TYPES[feature.type] if feature.kind in ("first", "last") else "DOUBLE"
    if feature.kind == "distinct":
        wanted = "VARCHAR"  # different texts are different values
    return text if wanted == "VARCHAR" else f"TRY_CAST({text} AS {wanted})"


@dataclass(frozen=True)
class Scan:
    """The query for a set of features as of one instant. Grain: one row per customer with an event before it.

    Features that look at the same events share one pass over just these; conditions stand in WHERE, where the engine
    skips what cannot match, so that a feature over rare events costs next to nothing.
    """

    definitions: Definitions
    keys: frozenset[str] | None = None

    def features(self) -> tuple[Feature, ...]:
        """The features computed: those asked for and all that they read, in an order that can be computed."""
        wanted = set(self.definitions.features if self.keys is None else self.keys)
        for feature in reversed(tuple(self.definitions.in_order())):
            if feature.key in wanted and feature.expression:
                wanted |= set(feature.expression.features)
        return tuple(feature for feature in self.definitions.in_order() if feature.key in wanted)

    def sql(self, day: date, instant: str, params: list[object]) -> str:
        """The whole query. `day` is the instant's local day, `instant` naive UTC text; `params` gets its values."""
        features = self.features()
        before = f"ts < TIMESTAMP '{instant}'"
        everybody = [
            feature for feature in features if _shape(feature) == "plain" and condition(feature.events) == "true"
        ]
        columns = "".join(f", {_aggregate(feature, day)} AS {name(feature.key)}" for feature in everybody)
        parts = [f"WITH everybody AS (SELECT customer_key{columns} FROM events WHERE {before} GROUP BY customer_key)"]
        sides = _sides(feature for feature in features if feature not in everybody)
        parts += [f"side{number} AS ({_side(members, before, day)})" for number, members in enumerate(sides)]
        parts.append(_joined(everybody, sides))
        return ",\n".join(parts) + derived_levels(features, "level0", params)


def _aggregate(feature: Feature, day: date) -> str:
    """A plain feature over the rows of its events."""
    part = ""
    if feature.within_days is not None:
        part = f" FILTER (WHERE day >= DATE '{day}' - {feature.within_days})"
    match feature.kind:
        case "count":
            return f"count(*){part}"
        case "sum":
            kind = "BIGINT" if feature.type == "integer" else "DOUBLE"
            return f"CAST(coalesce(sum({value_of(feature)}){part}, 0) AS {kind})"
        case "average":
            return f"avg(CAST({value_of(feature)} AS DOUBLE)){part}"
        case "days_since_last":
            return f"date_diff('day', max(day){part}, DATE '{day}')"
        case "days_since_first":
            return f"date_diff('day', min(day){part}, DATE '{day}')"
        case "first" | "last":
            function = "min" if feature.kind == "first" else "max"
            return f"{function}({'ts' if feature.of == 'time' else 'day'}){part}"
    raise DefinitionError([f'feature "{feature.key}": the kind "{feature.kind}" is not known.'])


def _shape(feature: Feature) -> str:
    """Which rows a feature is computed from: its events, their days, their order lines, or a value of its own."""
    if feature.kind == "derived":
        return "derived"
    if feature.kind == "median_gap" or (feature.kind == "distinct" and feature.of == "day"):
        return "days"
    if feature.kind == "distinct" and feature.of in ("product", "category"):
        return "lines"
    if feature.kind == "distinct" or (feature.kind in ("first", "last") and feature.of not in ("time", "day")):
        return "value"
    return "plain"


def _sides(features: Iterable[Feature]) -> list[list[Feature]]:
    """The features by the rows they can share."""
    found: dict[tuple[object, ...], list[Feature]] = {}
    for feature in features:
        shape = _shape(feature)
        if shape != "derived":
            own = feature.key if shape == "value" else None
            window = None if shape == "plain" else feature.within_days
            found.setdefault((shape, own, feature.events, window), []).append(feature)
    return list(found.values())


def _side(members: list[Feature], before: str, day: date) -> str:
    first = members[0]
    where = f"{before} AND {condition(first.events)}"
    windows = {each.within_days for each in members}
    if None not in windows:
        where += f" AND day >= DATE '{day}' - {max(window for window in windows if window is not None)}"
    match _shape(first):
        case "plain":
            columns = ", ".join(f"{_aggregate(each, day)} AS {name(each.key)}" for each in members)
            return f"SELECT customer_key, {columns} FROM events WHERE {where} GROUP BY customer_key"
        case "days":
            return _days_side(members, where)
        case "lines":
            columns = ", ".join(f"count(DISTINCT line.{each.of}) AS {name(each.key)}" for each in members)
            source = f"SELECT customer_key, unnest(products) AS line FROM events WHERE {where}"
            return f"SELECT customer_key, {columns} FROM ({source}) GROUP BY customer_key"
    return _value_side(first, where)


def _days_side(members: list[Feature], where: str) -> str:
    columns = ", ".join(
        f"{'median(gap)' if each.kind == 'median_gap' else 'count(*)'} AS {name(each.key)}" for each in members
    )
    days = f"SELECT DISTINCT customer_key, day FROM events WHERE {where}"
    if any(each.kind == "median_gap" for each in members):
        before = "lag(day) OVER (PARTITION BY customer_key ORDER BY day)"
        days = f"SELECT customer_key, CAST(date_diff('day', {before}, day) AS DOUBLE) AS gap FROM ({days})"
    return f"SELECT customer_key, {columns} FROM ({days}) GROUP BY customer_key"


def _value_side(feature: Feature, where: str) -> str:
    """Only events that can have the value: the property's name must stand in the JSON before it is read."""
    prop = feature.property_name
    if prop is not None:
        key = '"' + prop.replace('"', "") + '"'
        where += f" AND contains(properties, {quoted(key)})"
    rows = f"SELECT customer_key, ts, ingest_id, {value_of(feature)} AS v FROM events WHERE {where}"
    if feature.kind == "distinct":
        column = "count(DISTINCT v)"
    else:
        column = f"{'arg_min' if feature.kind == 'first' else 'arg_max'}(v, struct_pack(t := ts, i := ingest_id))"
    return (
        f"SELECT customer_key, {column} AS {name(feature.key)} FROM ({rows}) WHERE v IS NOT NULL GROUP BY customer_key"
    )


def _joined(everybody: Iterable[Feature], sides: Iterable[list[Feature]]) -> str:
    columns = ["everybody.customer_key", *(f"everybody.{name(feature.key)}" for feature in everybody)]
    tables = ""
    for number, members in enumerate(sides):
        for feature in members:
            value = f"side{number}.{name(feature.key)}"
            counted = feature.kind in ("count", "sum", "distinct")
            columns.append(f"coalesce({value}, 0) AS {name(feature.key)}" if counted else value)
        tables += f"\nLEFT JOIN side{number} ON side{number}.customer_key = everybody.customer_key"
    return f"level0 AS (SELECT {', '.join(columns)} FROM everybody{tables})"


def derived_levels(features: Iterable[Feature], source: str, params: list[object]) -> str:
    """Derived features, each level over the one before it, so that every name it reads is there; ends in a SELECT."""
    text = ""
    for number, feature in enumerate(f for f in features if f.kind == "derived"):
        if feature.expression is None:
            raise DefinitionError([f'feature "{feature.key}": a derived feature needs an expression.'])
        sql = feature.expression.sql(params)
        text += f",\nderived{number} AS (SELECT *, {sql} AS {name(feature.key)} FROM {source})"
        source = f"derived{number}"
    return f"{text}\nSELECT * FROM {source}"
