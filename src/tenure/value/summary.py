"""Customers as the models take them, straight from the store's events; and what they did after a cut in time.

A purchase is a day with an order that stands (`net_orders`); orders of one day count once. Nothing at or after the cut
enters a summary, no refund either: the past and the outcome come from two queries that the same instant divides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from tenure.clock import AsOf, Clock, naive
from tenure.errors import UsageError
from tenure.value.buying_days import buyers, buying_days
from tenure.value.histories import Floats
from tenure.value.net_orders import net_orders

__all__ = ["Later", "Span", "Summary", "later", "span", "summarise"]


@dataclass(frozen=True)
class Summary:
    """One row a buyer, by customer_key. Times in days; money in minor units.

    `monetary` is the mean of its `priced` repeat buying days (those with money above zero); 0 where there is none.
    `returned` is how many orders are left out since they were taken back, `lowered` how many count for less.
    """

    as_of: AsOf
    customer_key: NDArray[np.int64]
    frequency: Floats
    recency: Floats
    T: Floats
    priced: Floats
    monetary: Floats
    first_amount: Floats
    returned: int = 0
    lowered: int = 0

    def __len__(self) -> int:
        return len(self.customer_key)

    @property
    def history(self) -> tuple[Floats, Floats, Floats]:
        """frequency, recency, T."""
        return self.frequency, self.recency, self.T

    def notes(self) -> tuple[str, ...]:
        """What refunds changed, in sentences."""
        return _told(
            (
                self.returned,
                "1 order was refunded in full or cancelled: it counts neither as a purchase nor as spend.",
                "{orders:,} orders were refunded in full or cancelled: they count neither as purchases nor as spend.",
            ),
            (
                self.lowered,
                "1 order was refunded in part: it counts as a purchase, and as spend with what is left of it.",
                "{orders:,} orders were refunded in part: they count as purchases, and as spend with what is left of"
                " them.",
            ),
        )

    @property
    def days_since_last(self) -> Floats:
        """Days from the last purchase to now."""
        return self.T - self.recency


@dataclass(frozen=True)
class Later:
    """What the customers of a summary bought after its cut: buying days, money, and how many bought on each day."""

    days: int
    purchases: Floats
    spend: Floats
    daily: Floats


@dataclass(frozen=True)
class Span:
    """What there is to learn from: days, orders and customers; and orders whose money cannot be counted."""

    first: date | None
    last: date | None
    orders: int
    customers: int
    unpriced: int
    foreign_orders: int
    unpaid: int

    def notes(self) -> tuple[str, ...]:
        """What was left out of money, in sentences."""
        return _told(
            (
                self.unpriced,
                "1 order has no amount: it counts as a purchase, but not as spend.",
                "{orders:,} orders have no amount: they count as purchases, but not as spend.",
            ),
            (
                self.foreign_orders,
                "1 order is in another currency: it counts as a purchase, but not as spend.",
                "{orders:,} orders are in another currency: they count as purchases, but not as spend.",
            ),
            (
                self.unpaid,
                "1 order has an amount of zero or less: it counts as a purchase, but not as spend.",
                "{orders:,} orders have an amount of zero or less: they count as purchases, but not as spend.",
            ),
        )


def _told(*counted: tuple[int, str, str]) -> tuple[str, ...]:
    """Of (count, the sentence of one, the sentence of several) what there is to tell."""
    return tuple(one if count == 1 else many.format(orders=count) for count, one, many in counted if count)


@cache
def _sql(name: str) -> str:
    return Path(__file__).with_name(f"{name}.sql").read_text("utf-8")


def _times(clock: Clock, as_of: AsOf) -> dict[str, Any]:
    """The instant, and the last day of which anything can have been seen: that of the moment before."""
    return {"before": naive(as_of.instant), "until": clock.day(as_of.instant - timedelta(microseconds=1))}


def summarise(con: duckdb.DuckDBPyConnection, clock: Clock, as_of: AsOf) -> Summary:
    """Every buyer as of an instant, from the view `events` of `con`."""
    times = _times(clock, as_of)
    orders = net_orders(con, times["before"])
    found = buyers(orders.customer_key, orders.day, orders.amount)
    until = _number(times["until"])
    return Summary(
        as_of,
        found.customer_key,
        (found.days - 1).astype(np.float64),
        (found.last - found.first).astype(np.float64),
        (until - found.first).astype(np.float64),
        found.repeat_priced,
        found.monetary,
        found.first_amount.astype(np.float64),
        orders.returned,
        orders.lowered,
    )


def later(con: duckdb.DuckDBPyConnection, clock: Clock, summary: Summary, end: AsOf) -> Later:
    """What the customers of a summary did from its instant until before `end`; those acquired since are not asked.

    Orders of that time count as they stood at its end: what was refunded later is not known yet, and refunds of orders
    from before it change nothing.
    """
    times, ends = _times(clock, summary.as_of), _times(clock, end)
    days = (ends["until"] - times["until"]).days
    if days < 1:
        raise UsageError("The end of a hold-out must come at least a day after its start.")
    orders = net_orders(con, ends["before"])
    since = (orders.ts >= np.datetime64(times["before"])) & np.isin(orders.customer_key, summary.customer_key)
    key, day, amount = buying_days(orders.customer_key[since], orders.day[since], orders.amount[since])
    row = np.searchsorted(summary.customer_key, key)
    count = len(summary)
    return Later(
        days,
        np.bincount(row, minlength=count).astype(np.float64),
        np.bincount(row, weights=amount, minlength=count).astype(np.float64),
        np.bincount(np.clip(day - _number(times["until"]), 0, days), minlength=days + 1).astype(np.float64),
    )


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def span(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> Span:
    """What the view `events` holds before an instant."""
    return Span(*con.execute(_sql("span"), {"before": naive(as_of.instant)}).fetchall()[0])
