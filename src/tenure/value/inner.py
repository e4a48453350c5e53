"""Hold-outs inside the past: what a forecaster is taught by, all of it before the instant it forecasts from.

One alone tells a level that moves with its few weeks (a festival, the first weeks of a shop); several, of different
lengths and ends, tell how far to believe it. Short windows, one after the other through the past, tell whether the
level moves with the time of the year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import duckdb
import numpy as np

from tenure.clock import AsOf, Clock
from tenure.store import Handed
from tenure.value.forecaster import ENOUGH, Held
from tenure.value.summary import Later, Summary, later, span, summarise

__all__ = ["LEAST", "Inner", "inner", "spans", "windows"]

LEAST = 14
FEW = 20_000  # customers of the further hold-outs: they tell one number each
WINDOWS = 8
SOME = 5_000  # customers of a window
SEEN = 100  # purchases below which a window tells chance more than a level
OTHERS = ((0.0, 0.75), (0.0, 0.5), (0.25, 1.0), (0.25, 0.5))  # (end before the newest, length), in lengths of the first


@dataclass(frozen=True)
class Inner:
    """The first hold-out (None when the history is too short), and further ones of fewer customers.

    `windows` follow one another without a gap; there are none where the first saw too little to learn a level from.
    """

    first: Held | None
    others: tuple[Held, ...]
    windows: tuple[Held, ...] = ()


def spans(history: int, horizon: float) -> list[tuple[int, int]]:
    """(days before the end, length) of each hold-out in a history of so many days, the first one first.

    The first has the ratio of the whole history to the horizon, so that it asks as far ahead as the forecast will.
    """
    length = round(history * horizon / (history + horizon)) if history else 0
    if length < LEAST or history - length < LEAST:
        return []
    asked = [(0, length), *((round(length * back), round(length * part)) for back, part in OTHERS)]
    return [(back, part) for back, part in asked if part >= LEAST and history - back - part >= LEAST]


def windows(history: int, length: int) -> list[tuple[int, int]]:
    """(days before the end, length) of quarters of the first hold-out, the newest first, none in the first quarter."""
    part = max(length // 4, LEAST)
    return [(back, part) for back in range(0, WINDOWS * part, part) if history - back - part >= max(history / 4, LEAST)]


def inner(con: duckdb.DuckDBPyConnection, clock: Clock, as_of: AsOf, horizon: float) -> Inner:
    """The hold-outs that a forecaster for the next `horizon` days is taught by, all before `as_of`."""
    found = span(con, as_of)
    history = (as_of.day - found.first).days if found.first else 0
    chosen = spans(history, horizon)
    if not chosen:
        return Inner(None, ())
    first = next(_held(con, clock, as_of, chosen[:1]), None)
    if first is None or first[1].purchases.sum() < ENOUGH:
        return Inner(first, ())
    with _few(con, found.customers) as few:
        short = _held(few, clock, as_of, windows(history, chosen[0][1]))
        told = tuple(_some(*each) for each in short if each[1].purchases.sum() >= SEEN)
        return Inner(first, tuple(_held(few, clock, as_of, chosen[1:])), told)


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


def _some(summary: Summary, followed: Later) -> Held:
    """About SOME of the customers, evenly chosen."""
    rows = slice(None, None, max(1, len(summary) // SOME))
    columns: dict[str, Any] = {
        name: value[rows] for name, value in vars(summary).items() if isinstance(value, np.ndarray)
    }
    some = replace(followed, purchases=followed.purchases[rows], spend=followed.spend[rows])
    return replace(summary, **columns), some
