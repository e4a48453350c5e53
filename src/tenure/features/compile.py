"""Feature declarations → one query of few passes over the events.

The result is the same on every engine: days are counted between DATEs, divisions are on DOUBLE, ties are broken by
ingest id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tenure.definitions import Definitions, Expression, Feature
from tenure.definitions.kinds import KINDS, Window
from tenure.definitions.kinds.events_sql import condition, name, of_lines, quoted, value_of
from tenure.errors import DefinitionError
from tenure.features.companies import company_column, company_known_sql
from tenure.features.here import Here
from tenure.store import known_sql

__all__ = ["Scan", "derived_levels", "given_by_source", "known_of", "rows_of", "within"]

_LIGHT = frozenset("count sum average min max days_since_first days_since_last first last distinct mean_gap".split())


def rows_of(feature: Feature) -> str:
    """Which rows a feature is computed from: events, different days, order lines, its own values, or none."""
    if feature.kind == "distinct":
        return "day" if feature.of == "day" else "lines" if of_lines(feature) else "value"
    if feature.kind in ("first", "last") and feature.of in ("time", "day"):
        return "event"
    return KINDS[feature.kind].grain


@dataclass(frozen=True)
class Scan:
    """The query for a set of features as of one instant. Grain: one row per customer with an event before it.

    Features of named events share one pass over just these, those of different days another; conditions stand in WHERE,
    where the engine skips what cannot match. What would cost something on events of others has a pass of its own. Given
    features are read from what was known of them at the instant.
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
        everybody = [feature for feature in features if _of_everybody(feature)]
        parts = [f"everybody AS ({_events_side(everybody, before, day, everything=True)})"]
        since = {_since(feature): f"since{n}" for n, feature in enumerate(features) if feature.since}
        parts += [f"{table} AS ({_reference(text, before)})" for text, table in since.items()]
        sides = _sides(feature for feature in features if feature not in everybody)
        for number, members in enumerate(sides):
            parts.append(f"side{number} AS ({_side(members, before, day, since)})")
        parts.append(self._joined(everybody, sides, since, day, instant))
        return "WITH " + ",\n".join(parts) + derived_levels(features, "level0", params)

    def _joined(
        self,
        everybody: Iterable[Feature],
        sides: Iterable[list[Feature]],
        since: Mapping[str, str],
        day: date,
        instant: str,
    ) -> str:
        columns = ["everybody.customer_key", *(f"everybody.{name(feature.key)}" for feature in everybody)]
        tables = ""
        for number, members in enumerate(sides):
            columns += [_column(feature, f"side{number}", since) for feature in members]
            tables += f"\nLEFT JOIN side{number} ON side{number}.customer_key = everybody.customer_key"
        for table in since.values():
            tables += f"\nLEFT JOIN {table} ON {table}.customer_key = everybody.customer_key"
        for feature in self.features():
            if feature.kind == "today":
                columns.append(f"DATE '{day}' AS {name(feature.key)}")
            elif feature.given_by:
                columns.append(f"given_{feature.given_by}.{within(feature)} AS {name(feature.key)}")
        for source, members in given_by_source(self.features()).items():
            known = known_of(source, members, instant)
            alias = f"given_{source}"
            tables += f"\nLEFT JOIN ({known}) AS {alias} ON {alias}.customer_key = everybody.customer_key"
        return f"level0 AS (SELECT {', '.join(columns)} FROM everybody{tables})"


def given_by_source(features: Iterable[Feature]) -> dict[str, list[Feature]]:
    """The features that no event of the customer's own gives, by what gives them."""
    found: dict[str, list[Feature]] = {}
    for feature in features:
        if feature.given_by is not None:
            found.setdefault(feature.given_by, []).append(feature)
    return found


def within(feature: Feature) -> str:
    """A given feature's column in its own tables: `value.expected` is `expected` there."""
    return company_column(feature) if feature.given_by == "company" else feature.key.rpartition(".")[2]


def known_of(source: str, members: Sequence[Feature], instant: str, customers: str = "true") -> str:
    """SQL for what was known at least of `customers` at an instant (naive UTC), a column a feature of `members`."""
    if source == "company":
        return company_known_sql(members, instant, customers)
    return known_sql(source, [within(each) for each in members], f"TIMESTAMP '{instant}'")


def _of_everybody(feature: Feature) -> bool:
    """Whether the feature is taken from the pass over all events, for it looks at most of them."""
    if rows_of(feature) != "event" or feature.since is not None:
        return False
    return condition(feature.events) == "true" or (_is_light(feature) and bool(feature.events and feature.events.kinds))


def _is_light(feature: Feature) -> bool:
    """Whether the feature costs next to nothing on events of others, so that it may share a pass with any."""
    said = feature.events is None or not (feature.events.where or feature.events.condition)
    return said and feature.since is None and feature.kind in _LIGHT and feature.of in (None, "amount", "time", "day")


def _value(feature: Feature, day: date, flag: str | None = None) -> str:
    """The feature over its rows, or over those with a flag."""
    return KINDS[feature.kind].value(feature, Here(feature, day, rows_of(feature) != "event", flag))


def _since(feature: Feature) -> str:
    """What identifies the event that a feature's window begins with."""
    if feature.since is None:
        return ""
    return f"SELECT customer_key, {'min' if feature.since.which == 'first' else 'max'}(day) AS since|" + condition(
        feature.since.events
    )


def _reference(text: str, before: str) -> str:
    select, _, where = text.partition("|")
    return f"{select} FROM events WHERE {before} AND {where} GROUP BY customer_key"


def _sides(features: Iterable[Feature]) -> list[list[Feature]]:
    """The features by the rows they can share."""
    found: dict[tuple[object, ...], list[Feature]] = {}
    for feature in features:
        rows = rows_of(feature)
        if rows in ("event", "day") and _is_light(feature):
            found.setdefault((rows,), []).append(feature)
        elif rows != "none":
            own = feature.key if rows == "value" else None
            gaps = feature.kind == "median_gap"
            window = None if rows == "event" else (Window.of(feature), gaps)
            found.setdefault((rows, own, condition(feature.events), _since(feature), window), []).append(feature)
    return list(found.values())


def _events_side(members: Sequence[Feature], before: str, day: date, everything: bool = False) -> str:
    """Features of events that share a pass: each has its own flagged."""
    by_events: dict[str, list[Feature]] = {}
    for each in members:
        by_events.setdefault(condition(each.events), []).append(each)
    flags = {text: f"f{number}" for number, text in enumerate(by_events) if text != "true"}
    if len(by_events) == 1 and not everything:
        flags = {}
    columns = "".join(
        f", {_value(each, day, flags.get(condition(each.events)))} AS {name(each.key)}" for each in members
    )
    rows = _flagged(flags, before)
    if not everything:
        wanted = " OR ".join(_all_of(flags.get(text, text), _bounds(each, day)) for text, each in by_events.items())
        rows += f" WHERE {wanted}" if flags else f" AND {wanted}"
    return f"SELECT customer_key{columns} FROM {rows} GROUP BY customer_key"


def _flagged(flags: Mapping[str, str], before: str) -> str:
    """The events, and of each whether it is one of those that a flag means."""
    marks = "".join(f", {text} AS {flag}" for text, flag in flags.items())
    return f"(SELECT *{marks} FROM events WHERE {before})" if flags else f"events WHERE {before}"


def _days_side(members: Sequence[Feature], before: str, day: date) -> str:
    """Features of different days that share a pass: of each customer's day it is said whose it is."""
    own = {each.key: _all_of(condition(each.events), Window.of(each).where(day)) for each in members}
    flags = {text: f"f{number}" for number, text in enumerate(dict.fromkeys(own.values()))}
    columns = "".join(f", {_value(each, day, f'{flags[own[each.key]]} = 1')} AS {name(each.key)}" for each in members)
    marks = "".join(f", max(CASE WHEN {flag} THEN 1 ELSE 0 END) AS {flag}" for flag in flags.values())
    rows = f"{_flagged(flags, before)} WHERE {' OR '.join(flags.values())}"
    days = f"SELECT customer_key, day{marks} FROM {rows} GROUP BY customer_key, day"
    return f"SELECT customer_key{columns} FROM ({days}) GROUP BY customer_key"


def _all_of(*parts: str) -> str:
    """Conditions that all must hold, as one."""
    said = [part for part in parts if part]
    return f"({' AND '.join(said)})" if len(said) > 1 else said[0]


def _side(members: list[Feature], before: str, day: date, since: Mapping[str, str]) -> str:
    first = members[0]
    if rows_of(first) == "event" and _is_light(first):
        return _events_side(members, before, day)
    if rows_of(first) == "day" and _is_light(first):
        return _days_side(members, before, day)
    source = "events"
    if first.since is not None:
        source = (
            f"(SELECT events.* FROM events JOIN {since[_since(first)]} AS s USING (customer_key) WHERE day >= since)"
        )
    where = " AND ".join(part for part in (before, condition(first.events), _bounds(members, day)) if part)
    columns = ", ".join(f"{_value(each, day)} AS {name(each.key)}" for each in members)
    rows = _rows(first, source, where)
    return f"SELECT customer_key, {columns} FROM {rows} GROUP BY customer_key"


def _bounds(members: list[Feature], day: date) -> str:
    """What bounds the days of all members: the whole window where rows belong to one, else the earliest first day."""
    if rows_of(members[0]) != "event":
        return "" if members[0].kind == "streak" else Window.of(members[0]).where(day)
    windows = [window for each in members for window in KINDS[each.kind].window_list(each)]
    starts = [window.first_day(day) for window in windows]
    return "" if None in starts or not starts else f"day >= DATE '{min(each for each in starts if each)}'"


def _rows(first: Feature, source: str, where: str) -> str:
    """The rows that a side is grouped from."""
    match rows_of(first):
        case "event":
            return f"{source} WHERE {where}"
        case "day":
            return _days(first, source, where)
        case "lines":
            return f"(SELECT customer_key, unnest(products) AS line FROM {source} WHERE {where})"
    return _values(first, source, where)


def _days(first: Feature, source: str, where: str) -> str:
    days = f"(SELECT DISTINCT customer_key, day FROM {source} WHERE {where})"
    if first.kind != "median_gap":
        return days
    before = "lag(day) OVER (PARTITION BY customer_key ORDER BY day)"
    return f"(SELECT customer_key, CAST(date_diff('day', {before}, day) AS DOUBLE) AS gap FROM {days})"


def _values(feature: Feature, source: str, where: str) -> str:
    """Only events that can have the value: the property's name must stand in the JSON before it is read."""
    if feature.kind == "streak":
        return Here.islands(feature, f"{source} WHERE {where}")
    prop = feature.property_name
    if prop is not None:
        where += f" AND contains(properties, {quoted(chr(34) + prop.replace(chr(34), '') + chr(34))})"
    if of_lines(feature):
        source, where = f"(SELECT *, unnest(products) AS line FROM {source} WHERE {where})", "true"
    rows = f"SELECT customer_key, ts, ingest_id, {value_of(feature)} AS v FROM {source} WHERE {where}"
    rows = f"(SELECT * FROM ({rows}) WHERE v IS NOT NULL)"
    if feature.kind == "most_frequent":
        latest = "max(struct_pack(t := ts, i := ingest_id)) AS l"
        return f"(SELECT customer_key, v, count(*) AS n, {latest} FROM {rows} GROUP BY customer_key, v)"
    return rows


def _column(feature: Feature, side: str, since: Mapping[str, str]) -> str:
    """A side's value for everybody: who has no such event has none, or zero of what is counted."""
    value, column = f"{side}.{name(feature.key)}", name(feature.key)
    if not KINDS[feature.kind].counted:
        return f"{value} AS {column}"
    value = f"CASE WHEN {side}.customer_key IS NULL THEN 0 ELSE {value} END"
    if feature.since is not None:
        value = f"CASE WHEN {since[_since(feature)]}.customer_key IS NOT NULL THEN {value} END"
    return f"{value} AS {column}"


def derived_levels(features: Iterable[Feature], source: str, params: list[object]) -> str:
    """Derived features, those that read others over these, so that every name they read is there; ends in a SELECT."""
    text = ""
    for number, members in enumerate(_levels(features)):
        columns = "".join(f", {expression.sql(params)} AS {name(key)}" for key, expression in members.items())
        text += f",\nderived{number} AS (SELECT *{columns} FROM {source})"
        source = f"derived{number}"
    return f"{text}\nSELECT * FROM {source}"


def _levels(features: Iterable[Feature]) -> list[dict[str, Expression]]:
    """Derived features by how many others stand below them. Each level costs the engine time: the fewer the better."""
    levels: list[dict[str, Expression]] = []
    for feature in features:
        if feature.kind == "derived":
            if feature.expression is None:
                raise DefinitionError([f'feature "{feature.key}": a derived feature needs an expression.'])
            reads = feature.expression.features
            depth = max((n for n, level in enumerate(levels, 1) if not reads.isdisjoint(level)), default=0)
            if depth == len(levels):
                levels.append({})
            levels[depth][feature.key] = feature.expression
    return levels
