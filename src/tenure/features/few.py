"""Features of a few customers without one query a feature: the engine says what each event is worth, Python adds up.

For a handful of customers the time goes into planning a query, not into reading rows. So one plain query gives every
event's marks and values, by the same SQL as everywhere, and the adding up is done here, for kinds that are exact in
whole numbers. Other kinds are left to the query of `Scan`. Held equal to it by a property test; change both together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from statistics import median
from typing import Any

import duckdb

from tenure.clock import AsOf, naive
from tenure.definitions import Definitions, Feature
from tenure.definitions.kinds.events_sql import condition, value_of
from tenure.features.compile import Scan, given_by_source, known_of

__all__ = ["few_rows"]

Event = tuple[Any, ...]
#: What this file knows about a feature; one that says anything else is left to the query.
_KNOWN = frozenset(
    "key title meaning kind type unit events of within_days default counter phrase some none built_in digits".split()
)
_EXACT = frozenset({"amount", "order_id", "day", "time"})
_LINES = ("product", "category")
_CUSTOMER, _DAY, _TS, _INGEST, _FIRST = 0, 1, 2, 3, 4


def few_rows(con: duckdb.DuckDBPyConnection, definitions: Definitions, as_of: AsOf) -> dict[int, dict[str, Any]]:
    """{customer_key: {feature: value}} of every customer with an event before `as_of`, from the view `events` of `con`.

    Equal to the table that `compute` makes, for views of few customers.
    """
    plain = [feature for feature in definitions.in_order() if feature.kind != "derived"]
    mine = [feature for feature in plain if _is_mine(feature)]
    rows = _added_up(con, mine, as_of)
    for source, members in given_by_source(plain).items():
        _give(con, rows, source, members, as_of)
    others = frozenset(each.key for each in plain if each.given_by is None and not _is_mine(each))
    if others:
        for key, found in _queried(con, definitions, others, as_of):
            rows[key] |= found
    for row in rows.values():
        for feature in definitions.in_order():
            if feature.expression is not None:
                row[feature.key] = feature.expression.evaluate(row)
    return {key: {name: row[name] for name in ("customer_key", *definitions.features)} for key, row in rows.items()}


def _give(
    con: duckdb.DuckDBPyConnection,
    rows: dict[int, dict[str, Any]],
    source: str,
    members: Sequence[Feature],
    as_of: AsOf,
) -> None:
    """Put into the rows what one source knew; most shops and customers have nothing of some."""
    unknown = [None] * len(members)
    known: dict[int, list[Any]] = {}
    table = "company_calls" if source == "company" else f"{source}_scores"
    if con.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall():
        mine = f"customer_key IN ({', '.join(map(str, rows)) or 'NULL'})"
        query = known_of(source, members, naive(as_of.instant).isoformat(sep=" "), mine)
        known = {key: values for key, *values in con.execute(query).fetchall()}
    for key, row in rows.items():
        row.update(zip((each.key for each in members), known.get(key, unknown), strict=True))


def _is_mine(feature: Feature) -> bool:
    if any(f.name not in _KNOWN and getattr(feature, f.name) != f.default for f in dataclasses.fields(feature)):
        return False
    match feature.kind:
        case "count" | "days_since_first" | "days_since_last" | "median_gap" | "today":
            return True
        case "sum" | "average":
            return feature.of == "amount"
        case "first" | "last":
            return feature.of in _EXACT or feature.property_name is not None
        case "distinct":
            return feature.of in _EXACT or feature.of in _LINES or feature.property_name is not None
    return False


def _queried(
    con: duckdb.DuckDBPyConnection, definitions: Definitions, keys: frozenset[str], as_of: AsOf
) -> Iterator[tuple[int, dict[str, Any]]]:
    params: list[object] = []
    query = Scan(definitions, keys).sql(as_of.day, naive(as_of.instant).isoformat(sep=" "), params)
    cursor = con.execute(query, params)
    names = [column[0] for column in cursor.description or ()]
    for values in cursor.fetchall():
        row = dict(zip(names, values, strict=True))
        yield row.pop("customer_key"), row


def _added_up(con: duckdb.DuckDBPyConnection, features: Sequence[Feature], as_of: AsOf) -> dict[int, dict[str, Any]]:
    columns: dict[str, int] = {}
    plan = [(feature, *_columns(feature, columns)) for feature in features]
    listed = "".join(f", {sql}" for sql in columns)
    events = con.execute(
        f"SELECT customer_key, day, ts, ingest_id{listed} FROM events"
        f" WHERE ts < TIMESTAMP '{naive(as_of.instant).isoformat(sep=' ')}' ORDER BY customer_key, ts, ingest_id"
    ).fetchall()
    rows: dict[int, dict[str, Any]] = {}
    for key, group in groupby(events, key=lambda event: event[_CUSTOMER]):
        mine = list(group)
        row: dict[str, Any] = {"customer_key": key}
        for feature, flag, value in plan:
            row[feature.key] = _value(feature, _chosen(feature, mine, flag, as_of.day), value, as_of.day)
        rows[key] = row
    return rows


def _columns(feature: Feature, columns: dict[str, int]) -> tuple[int | None, int | None]:
    """Where the mark of a feature's events stands in a row, and their value; None when it needs none."""
    chosen = condition(feature.events)
    flag = None if chosen == "true" else _place(columns, chosen)
    if feature.of in _LINES:
        # A NULL list of lines stays NULL, lines without the word are passed over below.
        return flag, _place(columns, f"list_transform(products, lambda line: line.{feature.of})")
    own = {"day": _DAY, "time": _TS}.get(feature.of or "")
    if own is not None or feature.of is None or feature.kind in ("count", "median_gap"):
        return flag, own
    return flag, _place(columns, value_of(feature))


def _place(columns: dict[str, int], sql: str) -> int:
    return columns.setdefault(sql, _FIRST + len(columns))


def _chosen(feature: Feature, events: Sequence[Event], flag: int | None, day: date) -> Sequence[Event]:
    if feature.within_days is not None:
        first = day - timedelta(days=feature.within_days)
        events = [event for event in events if event[_DAY] >= first]
    return events if flag is None else [event for event in events if event[flag]]


def _value(feature: Feature, events: Sequence[Event], value: int | None, day: date) -> Any:
    match feature.kind:
        case "count":
            return len(events)
        case "today":
            return day
        case "median_gap":
            return _median_gap({event[_DAY] for event in events})
        case "days_since_first":
            return (day - min(event[_DAY] for event in events)).days if events else None
        case "days_since_last":
            return (day - max(event[_DAY] for event in events)).days if events else None
        case "distinct" if feature.of in _LINES:
            return len({word for event in events for word in event[value or 0] or () if word is not None})
    return _OF_VALUES[feature.kind]([event[value or 0] for event in events if event[value or 0] is not None])


def _edge(last: bool) -> Callable[[list[Any]], Any]:
    """Events come in the order of their time and arrival, so that the edge of their values is that of the list.

    Of days and times the least and the greatest are the edges too.
    """
    return lambda values: values[-1 if last else 0] if values else None


_OF_VALUES: dict[str, Callable[[list[Any]], Any]] = {
    "sum": lambda values: total if (total := sum(values)) < 2**63 else None,  # more than the store can hold
    "average": lambda values: sum(values) / len(values) if values else None,
    "first": _edge(False),
    "last": _edge(True),
    "distinct": lambda values: len(set(values)),
}


def _median_gap(days: set[date]) -> float | None:
    ordered = sorted(days)
    gaps = [float((after - before).days) for before, after in pairwise(ordered)]
    return median(gaps) if gaps else None
