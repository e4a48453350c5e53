"""A feature of every kind over every window, and shops of a few customers for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from tenure.definitions import Definitions, Events, Feature, Since, Words
from tenure.definitions.kinds import KINDS, PERIODS
from tenure.definitions.rules import parse_event_condition
from tenure.store.scores import score_columns
from tests.engine import beside
from tests.rows import insert

from .slow import Event

__all__ = ["FIRST", "ORDERS", "SIGNED", "connect", "every_feature", "scores"]

W = Words("x", "x")
FIRST = date(2023, 11, 20)
ORDERS = Events(names=("Order Completed",))
SIGNED = Events(names=("Signed Up",))
RICH = parse_event_condition("amount >= 20 AND category IN ('c1', 'c2') AND NOT coupon = 'no'")
WINDOWS: dict[str, dict[str, Any]] = {
    "all": {},
    "within": {"within_days": 20},
    **{period: {"period": period} for period in PERIODS},
    "since_first": {"since": Since(SIGNED, "first")},
    "since_last": {"since": Since(SIGNED, "last")},
}
PLAIN = [
    ("count", None),
    ("sum", "amount"),
    ("sum", "property:points"),
    ("average", "amount"),
    ("min", "amount"),
    ("max", "property:points"),
    ("first", "property:city"),
    ("last", "category"),
    ("last", "day"),
    ("distinct", "day"),
    ("distinct", "category"),
    ("distinct", "property:city"),
    ("median_gap", None),
    ("mean_gap", None),
    ("days_since_first", None),
    ("days_since_last", None),
    ("share", "amount"),
    ("most_frequent", "product"),
    ("most_frequent", "property:city"),
]


def feature(name: str, kind: str, of: str | None, **more: Any) -> Feature:
    """A feature over orders."""
    type_, unit = (more.pop(name, shape) for name, shape in zip(("type", "unit"), KINDS[kind].shape(of), strict=True))
    events = more.pop("events", ORDERS)
    if kind == "share":
        more["part"] = RICH
    return Feature(name, W, W, kind, type_, unit, events, of, **more)


def every_feature(windows: Iterable[str] = WINDOWS) -> Definitions:
    """Each kind over each of these windows; trends, streaks and filtered ones besides."""
    found = [
        feature(f"{kind}_{(of or 'none').removeprefix('property:')}_{name}", kind, of, **WINDOWS[name])
        for kind, of in PLAIN
        for name in windows
    ]
    found += [feature(f"trend_{of}", "trend", of, within_days=15) for of in (None, "amount")]
    found += [feature(f"streak_{unit}", "streak", None, every=unit) for unit in ("day", "week", "month")]
    rich = Events(ORDERS.names, (), (), RICH)
    found += [
        feature("rich", "count", None, events=rich),
        feature("rich_30", "sum", "amount", events=rich, within_days=30),
    ]
    found.append(feature("gifts", "count", None, events=Events(ORDERS.names, (), (("coupon", ("no",)),))))
    return Definitions({each.key: each for each in found}, {}, {}, {}, "hash")


def connect(events: Iterable[Event]) -> Any:
    """The view `events` over a list of them."""
    con = duckdb.connect()
    con.execute("SET threads = 1")
    con.execute(
        "CREATE TABLE events (customer_key BIGINT, ingest_id BIGINT, kind VARCHAR, name VARCHAR, ts TIMESTAMP,"
        " day DATE, order_id VARCHAR, amount BIGINT, properties VARCHAR,"
        " products STRUCT(product VARCHAR, name VARCHAR, category VARCHAR, quantity DOUBLE, price BIGINT)[])"
    ).fetchall()
    rows = [
        [e.customer, e.number, "track", e.name, e.at, e.day, None, e.amount, json.dumps(e.properties),
         [{"product": p, "name": p, "category": c, "quantity": 1.0, "price": 1} for p, c in e.lines] or None]
        for e in events
    ]  # fmt: skip
    insert(con, "events", rows)
    con.execute("CREATE VIEW raw_events AS SELECT * FROM events").fetchall()
    return beside(con)


def scores(con: Any, source: str, rows: Iterable[tuple[int, datetime, tuple[Any, ...]]]) -> None:
    """The views of a source's scores over (customer, instant in UTC, scores), the newest of each customer apart."""
    columns = ", ".join(f"{name} {kind}" for name, kind in score_columns(source).items())
    con.execute(f"CREATE TABLE {source}_history ({columns}, own BOOLEAN)").fetchall()
    for customer, instant, values in rows:
        marks = ", ".join("?" * (6 + len(values)))
        inside = instant != datetime(instant.year, instant.month, instant.day)  # noqa: DTZ001
        row = [customer, instant.date(), inside, instant, instant, *values, True]
        con.execute(f"INSERT INTO {source}_history VALUES ({marks})", row).fetchall()
    newest = "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY customer_key ORDER BY as_of DESC) AS n"
    con.execute(
        f"CREATE VIEW {source}_scores AS SELECT * EXCLUDE (n) FROM ({newest} FROM {source}_history) WHERE n = 1)"
    ).fetchall()


def at(days: int, minutes: int) -> datetime:
    """A moment of the shop's time."""
    return datetime(FIRST.year, FIRST.month, FIRST.day) + timedelta(days=days, minutes=minutes)  # noqa: DTZ001
