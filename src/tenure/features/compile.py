"""Feature declarations → one scan of the events with conditional aggregates.

Every event is read once. Conditions are computed once each as boolean columns; medians of gaps and distinct products
need their own grouping and are joined. The result is the same on every engine: days are counted between DATEs,
divisions are on DOUBLE, ties are broken by ingest id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
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
    return text if wanted == "VARCHAR" else f"TRY_CAST({text} AS {wanted})"


@dataclass
class Scan:
    """The query for a set of features as of one instant. Grain: one row per customer with an event before it."""

    definitions: Definitions
    keys: frozenset[str] | None = None
    _flags: dict[str, str] = field(default_factory=dict)
    _values: dict[str, str] = field(default_factory=dict)

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
        plain = [feature for feature in features if feature.kind != "derived" and not _aside(feature)]
        columns = ",\n  ".join(f"{self._aggregate(feature, day)} AS {name(feature.key)}" for feature in plain)
        flags = "".join(f", {sql} AS {flag}" for sql, flag in self._flags.items())
        values = "".join(f", {sql} AS {alias}" for sql, alias in self._values.items())
        before = f"ts < TIMESTAMP '{instant}'"
        parts = [
            f"WITH marked AS NOT MATERIALIZED (SELECT customer_key, ts, day{flags}{values} FROM events WHERE {before})",
            f"plain AS (SELECT customer_key,\n  {columns or 'count(*) AS events'}\nFROM marked GROUP BY customer_key)",
        ]
        sides = _sides(features)
        for number, (_, members) in enumerate(sides):
            parts.append(f"side{number} AS ({_side(members, before, day)})")
        parts.append(_joined(plain, [members for _, members in sides]))
        return ",\n".join(parts) + derived_levels(features, "level0", params)

    def _flag(self, events: Events | None, within: int | None, day: date) -> str:
        picked = condition(events)
        if within is not None:
            picked = f"({picked}) AND day >= DATE '{day}' - {within}"
        return self._flags.setdefault(picked, f"f{len(self._flags)}")

    def _value(self, feature: Feature) -> str:
        return self._values.setdefault(value_of(feature), f"v{len(self._values)}")

    def _aggregate(self, feature: Feature, day: date) -> str:
        flag = self._flag(feature.events, feature.within_days, day)
        match feature.kind:
            case "count":
                return f"count(*) FILTER (WHERE {flag})"
            case "sum":
                total = f"sum({self._value(feature)}) FILTER (WHERE {flag})"
                kind = "BIGINT" if feature.type == "integer" else "DOUBLE"
                return f"CAST(coalesce({total}, 0) AS {kind})"
            case "average":
                return f"avg(CAST({self._value(feature)} AS DOUBLE)) FILTER (WHERE {flag})"
            case "days_since_last":
                return f"date_diff('day', max(day) FILTER (WHERE {flag}), DATE '{day}')"
            case "days_since_first":
                return f"date_diff('day', min(day) FILTER (WHERE {flag}), DATE '{day}')"
            case "first" | "last":
                return self._edge(feature, flag)
        raise DefinitionError([f'feature "{feature.key}": the kind "{feature.kind}" is not known.'])

    def _edge(self, feature: Feature, flag: str) -> str:
        function = "min" if feature.kind == "first" else "max"
        return f"{function}({'ts' if feature.of == 'time' else 'day'}) FILTER (WHERE {flag})"


def _aside(feature: Feature) -> bool:
    """Whether a feature needs rows of its own: different values, gaps, and texts of the first or last event."""
    if feature.kind in ("first", "last"):
        return feature.of not in ("time", "day")
    return feature.kind in ("distinct", "median_gap")


def _sides(features: Iterable[Feature]) -> list[tuple[tuple[object, ...], list[Feature]]]:
    """The features that need rows of their own, by the rows they can share."""
    found: dict[tuple[object, ...], list[Feature]] = {}
    for feature in features:
        if _aside(feature):
            shape = _shape(feature)
            own = feature.key if shape == "value" else None
            found.setdefault((shape, own, feature.events, feature.within_days), []).append(feature)
    return list(found.items())


def _shape(feature: Feature) -> str:
    if feature.kind == "median_gap" or (feature.kind == "distinct" and feature.of == "day"):
        return "days"
    return "lines" if feature.of in ("product", "category") else "value"


def _side(members: list[Feature], before: str, day: date) -> str:
    first = members[0]
    where = f"{before} AND {condition(first.events)}"
    if first.within_days is not None:
        where += f" AND day >= DATE '{day}' - {first.within_days}"
    match _shape(first):
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


def _joined(plain: Iterable[Feature], sides: Iterable[list[Feature]]) -> str:
    columns = [f"plain.{name(feature.key)}" for feature in plain]
    tables = ""
    for number, members in enumerate(sides):
        for feature in members:
            value = f"side{number}.{name(feature.key)}"
            columns.append(f"coalesce({value}, 0) AS {name(feature.key)}" if feature.kind == "distinct" else value)
        tables += f"\nLEFT JOIN side{number} ON side{number}.customer_key = plain.customer_key"
    return f"level0 AS (SELECT {', '.join(['plain.customer_key', *columns])} FROM plain{tables})"


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
