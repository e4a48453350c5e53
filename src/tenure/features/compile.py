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
        plain = [
            feature for feature in features if feature.kind not in ("derived", "median_gap") and not _nested(feature)
        ]
        columns = ",\n  ".join(f"{self._aggregate(feature, day)} AS {name(feature.key)}" for feature in plain)
        parts = [f"WITH seen AS (SELECT * FROM events WHERE ts < TIMESTAMP '{instant}')"]
        flags = "".join(f", {sql} AS {flag}" for sql, flag in self._flags.items())
        values = "".join(f", {sql} AS {alias}" for sql, alias in self._values.items())
        parts.append(f"marked AS (SELECT customer_key, ts, day, ingest_id{flags}{values} FROM seen)")
        parts.append(
            f"plain AS (SELECT customer_key,\n  {columns or 'count(*) AS events'}\nFROM marked GROUP BY customer_key)"
        )
        joins = []
        for number, feature in enumerate(features):
            if feature.kind == "median_gap":
                parts.append(f"side{number} AS ({_median_gap(feature, day)})")
                joins.append((number, feature))
            elif _nested(feature):
                parts.append(f"side{number} AS ({_distinct_products(feature, day)})")
                joins.append((number, feature))
        parts.append(_joined(plain, joins))
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
            case "distinct":
                return f"count(DISTINCT {self._value(feature)}) FILTER (WHERE {flag})"
            case "days_since_last":
                return f"date_diff('day', max(day) FILTER (WHERE {flag}), DATE '{day}')"
            case "days_since_first":
                return f"date_diff('day', min(day) FILTER (WHERE {flag}), DATE '{day}')"
            case "first" | "last":
                return self._edge(feature, flag)
        raise DefinitionError([f'feature "{feature.key}": the kind "{feature.kind}" is not known.'])

    def _edge(self, feature: Feature, flag: str) -> str:
        if feature.of in ("time", "day"):
            function = "min" if feature.kind == "first" else "max"
            return f"{function}({'ts' if feature.of == 'time' else 'day'}) FILTER (WHERE {flag})"
        function, value = ("arg_min" if feature.kind == "first" else "arg_max"), self._value(feature)
        order = "struct_pack(t := ts, i := ingest_id)"
        return f"{function}({value}, {order}) FILTER (WHERE {flag} AND {value} IS NOT NULL)"


def _nested(feature: Feature) -> bool:
    return feature.kind == "distinct" and feature.of in ("product", "category")


def _window(feature: Feature, day: date) -> str:
    return condition(feature.events) + (
        f" AND day >= DATE '{day}' - {feature.within_days}" if feature.within_days is not None else ""
    )


def _median_gap(feature: Feature, day: date) -> str:
    return (
        f"SELECT customer_key, median(gap) AS {name(feature.key)} FROM ("
        "SELECT customer_key,"
        " CAST(date_diff('day', lag(day) OVER (PARTITION BY customer_key ORDER BY day), day) AS DOUBLE)"
        f" AS gap FROM (SELECT DISTINCT customer_key, day FROM seen WHERE {_window(feature, day)}))"
        " GROUP BY customer_key"
    )


def _distinct_products(feature: Feature, day: date) -> str:
    return (
        f"SELECT customer_key, count(DISTINCT line.{feature.of}) AS {name(feature.key)} FROM ("
        f"SELECT customer_key, unnest(products) AS line FROM seen WHERE {_window(feature, day)}) GROUP BY customer_key"
    )


def _joined(plain: Iterable[Feature], joins: Iterable[tuple[int, Feature]]) -> str:
    columns = [f"plain.{name(feature.key)}" for feature in plain]
    tables = ""
    for number, feature in joins:
        default = "0" if feature.kind == "distinct" else "NULL"
        columns.append(f"coalesce(side{number}.{name(feature.key)}, {default}) AS {name(feature.key)}")
        tables += f"\nLEFT JOIN side{number} ON side{number}.customer_key = plain.customer_key"
    listed = ", ".join(["plain.customer_key", *columns])
    return f"level0 AS (SELECT {listed} FROM plain{tables})"


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
