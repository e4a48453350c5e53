"""Hold-outs inside the past: what a forecaster is taught by, all of it before the instant it forecasts from.

One alone tells a level that moves with its few weeks (a festival, the first weeks of a shop); several, of different
lengths and ends, tell how far to believe it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import duckdb

from tenure.clock import AsOf, Clock
from tenure.store import Handed
from tenure.value.forecaster import Held
from tenure.value.summary import later, span, summarise

__all__ = ["LEAST", "Inner", "inner", "spans"]

LEAST = 14
FEW = 20_000  # customers of the further hold-outs: they tell one number each
OTHERS = ((0.0, 0.75), (0.0, 0.5), (0.25, 1.0), (0.25, 0.5))  # (end before the newest, length), in lengths of the first


@dataclass(frozen=True)
class Inner:
    """The first hold-out (None when the history is too short), and further ones of fewer customers."""

    first: Held | None
    others: tuple[Held, ...]


def spans(history: int, horizon: float) -> list[tuple[int, int]]:
    """(days before the end, length) of each hold-out in a history of so many days, the first one first.

    The first has the ratio of the whole history to the horizon, so that it asks as far ahead as the forecast will.
    """
    length = round(history * horizon / (history + horizon)) if history else 0
    if length < LEAST or history - length < LEAST:
        return []
    asked = [(0, length), *((round(length * back), round(length * part)) for back, part in OTHERS)]
    return [(back, part) for back, part in asked if part >= LEAST and history - back - part >= LEAST]


def inner(con: duckdb.DuckDBPyConnection, clock: Clock, as_of: AsOf, horizon: float) -> Inner:
    """The hold-outs that a forecaster for the next `horizon` days is taught by, all before `as_of`."""
    found = span(con, as_of)
    chosen = spans((as_of.day - found.first).days if found.first else 0, horizon)
    if not chosen:
        return Inner(None, ())
    first = next(_held(con, clock, as_of, chosen[:1]), None)
    if first is None or len(chosen) == 1:
        return Inner(first, ())
    with _few(con, found.customers) as few:
        return Inner(first, tuple(_held(few, clock, as_of, chosen[1:])))


def _held(con: duckdb.DuckDBPyConnection, clock: Clock, as_of: AsOf, chosen: list[tuple[int, int]]) -> Iterator[Held]:
    """What was known at the start of each span and what followed, where there is something to learn from both."""
    for back, length in chosen:
        end, cut = (clock.as_of(as_of.day - timedelta(days=days)) if days else as_of for days in (back, back + length))
        summary = summarise(con, clock, cut)
        if not summary.frequency.any():
            continue
        followed = later(con, clock, summary, end)
        if followed.purchases.any():
            yield summary, followed


def _few(con: duckdb.DuckDBPyConnection, customers: int) -> duckdb.DuckDBPyConnection:
    """A connection whose `events` are the orders of about FEW customers, chosen by a hash, and what takes them back."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE few_orders AS"
        " SELECT customer_key, ts, day, kind, name, order_id, amount, original_amount FROM events"
        " WHERE kind = 'track' AND name >= 'Order C' AND name <= 'Order Refunded'"
        f" AND hash(customer_key) % {max(1, round(customers / FEW))} = 0"
    ).fetchall()
    few = duckdb.connect()
    few.register("in_memory", Handed(con.table("few_orders")))
    few.execute("CREATE TABLE events AS SELECT * FROM in_memory")
    few.unregister("in_memory")
    con.execute("DROP TABLE few_orders").fetchall()
    return few
