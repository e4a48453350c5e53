"""Orders less what was taken back of them by an instant: what value counts as purchases, and as their money.

A refund or cancellation lowers the order it names, on the day of that order. One that names none of the customer's
orders, as a credit note of a file does, lowers the latest before it, then the one before that. An order of which no
money is left, or that was cancelled, is no purchase.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

__all__ = ["NetOrders", "net_orders", "shown"]

ORDER, CANCELLED = 0, 2  # what a row is, in net_orders.sql; 1 is a refund
UNNAMED = 0  # of a row without an order's number
GONE = np.iinfo(np.int64).min

Integers = NDArray[np.int64]
Rows = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class NetOrders:
    """One row an order that stands, in any order: money in minor units, 0 where it cannot be counted.

    `day` counts from 1970, `ts` is the instant in UTC. `returned` is how many orders do not stand, `lowered` how many
    stand for less.
    """

    customer_key: Integers
    day: NDArray[np.int32]
    ts: NDArray[np.datetime64]
    amount: Integers
    returned: int
    lowered: int


@cache
def _sql() -> str:
    return Path(__file__).with_name("net_orders.sql").read_text("utf-8")


def net_orders(con: duckdb.DuckDBPyConnection, before: datetime) -> NetOrders:
    """The orders of the view `events` before an instant (UTC, without zone), as they stood then."""
    rows = {name: np.asarray(column) for name, column in con.execute(_sql(), {"before": before}).fetchnumpy().items()}
    amount, stands = rows["amount"], rows["sort"] == ORDER
    returned = lowered = 0
    if not stands.all():
        of = np.flatnonzero(np.isin(rows["customer_key"], rows["customer_key"][~stands]))
        few = {name: column[of] for name, column in rows.items()}
        left, ordered = _left(few), stands[of]
        stands[of], amount[of] = left != GONE, left
        returned = int((ordered & (left == GONE)).sum())
        lowered = int(((left != GONE) & (left < few["amount"])).sum())
    amount = np.where(rows["own"], amount, 0)
    key, day, ts, amount = (column[stands] for column in (rows["customer_key"], rows["day"], rows["ts"], amount))
    return NetOrders(key, day, ts, amount, returned, lowered)


@contextmanager
def shown(con: duckdb.DuckDBPyConnection, before: datetime) -> Iterator[None]:
    """While it lasts, the connection has a view `net_orders` of those orders: customer_key, day, amount."""
    found = net_orders(con, before)
    con.register("in_memory", {"customer_key": found.customer_key, "number": found.day, "amount": found.amount})
    con.execute(
        "CREATE OR REPLACE TEMP VIEW net_orders AS"
        " SELECT customer_key, CAST(DATE '1970-01-01' + number AS DATE) AS day, amount FROM in_memory"
    ).fetchall()
    try:
        yield
    finally:
        con.execute("DROP VIEW net_orders").fetchall()
        con.unregister("in_memory")


def _left(rows: Rows) -> Integers:
    """What is left of each order, in its own currency; GONE of one that does not stand and of every other row."""
    order, left = rows["sort"] == ORDER, rows["amount"].copy()
    number, place = np.unique(rows["number"], return_inverse=True)
    bought, named = np.zeros(len(number), bool), np.zeros(len(number), bool)
    bought[place[order]], named[place[~order]] = True, True
    named &= bought & (number != UNNAMED)
    asked = np.flatnonzero(named[place])
    cancelled = np.zeros(len(order), bool)
    if len(asked):
        left[asked], cancelled[asked] = _named({name: column[asked] for name, column in rows.items()}, place[asked])
    other, mine = ~order & ~named[place] & rows["own"], order & rows["own"]
    if other.any():
        money = np.where(mine | other, left, 0)
        tied = rows["number"]
        left = np.where(mine, _lowered(rows["customer_key"], rows["ts"], tied, mine, money), left)
    gone = (rows["amount"] > 0) & (left <= 0) | cancelled
    return np.where(order & ~gone, left, GONE)


def _named(rows: Rows, place: NDArray[np.int64]) -> tuple[Integers, NDArray[np.bool_]]:
    """Of orders and what names them, both by the order's `place`: what is left of each, whether it was cancelled."""
    order, ts, size = rows["sort"] == ORDER, rows["ts"], int(place.max()) + 1
    own, cancelled = np.zeros(size, bool), np.zeros(size, bool)
    own[place[order]], cancelled[place[rows["sort"] == CANCELLED]] = rows["own"][order], True
    # Money of another currency than the order's takes nothing off it: the two cannot be compared.
    money = np.where(order | (rows["own"] == own[place]), rows["amount"], 0)
    always = np.where(order, ts, ts.max())  # a wrong clock may put it before its order
    return _lowered(place, always, rows["amount"], order, money), cancelled[place]


def _lowered(
    group: NDArray[Any], ts: NDArray[Any], tied: NDArray[Any], order: NDArray[np.bool_], amount: Integers
) -> Integers:
    """Each order's amount less what is taken off it: by what came after it in its group and exceeds later orders.

    Of orders of one moment the greater in `tied` counts as the later one, so that no chance decides.

    Back in time, what is still to be taken rises by each refund and falls by each order, never below zero. What an
    order keeps is what would have brought it below: by so much the lowest point of the unbounded sum falls.
    """
    at = np.lexsort((tied, order, -ts.astype(np.int64), group))
    sold, by = order[at], np.where(order, np.maximum(amount, 0), np.minimum(amount, 0))[at]
    first = np.flatnonzero(np.append(True, group[at][1:] != group[at][:-1]))
    steps = -by
    fresh = np.zeros(len(at), np.int64)
    # Each group begins below all that was before it, so that the lowest point is its own.
    fresh[first[1:]] = np.add.reduceat(np.where(sold, 0, by), first)[:-1]
    path = np.cumsum(steps + fresh)
    start = path[first] - steps[first]
    path[first] = np.minimum(path[first], start)
    lowest = np.minimum.accumulate(path)
    before = np.append(0, lowest[:-1])
    before[first] = start
    left = np.empty(len(at), np.int64)
    left[at] = before - lowest
    return np.where(order & (amount > 0), left, amount)
