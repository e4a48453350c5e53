"""Recency, frequency, monetary: scores from cut points, and the eight value segments as SQL.

R is days since the last order, F the number of orders, M the revenue, all from the built-in features. Cut points are
quintiles of these values over customers with an order in the last 365 days, taken at the first instant of the as-of's
month and kept for the month, so that one order does not re-rank everybody. Equal values share a score. With fewer than
100 repeat customers the 40/90/180-day rule applies; without any revenue M follows F. A company may give its own cut
points, days and limits (`rfm:` in a file of its segments).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenure.clock import AsOf, Clock
from tenure.definitions import FEW_DAYS, Definitions, Rfm, value_segment, value_segment_few
from tenure.features import compute
from tenure.store import Connection

__all__ = ["FEATURES", "Cuts", "Learned", "cuts_of", "learn", "learn_cuts", "segment_columns", "segment_of"]

FEATURES = frozenset({"orders", "revenue", "average_order", "days_since_last_order"})


@dataclass(frozen=True)
class Cuts:
    """Four ascending cut points each for days, orders and revenue; `few` when there are too few repeat customers."""

    month: date
    repeat_customers: int
    days: tuple[float, ...]
    orders: tuple[float, ...]
    revenue: tuple[float, ...]
    high_order: float | None
    few: bool
    priced: bool
    few_days: tuple[int, int, int] = FEW_DAYS


@dataclass(frozen=True)
class Learned:
    """What a month's data say, before a company's own points: quintiles (none without orders), the median order."""

    month: date
    repeat_customers: int
    days: tuple[float, ...]
    orders: tuple[float, ...]
    revenue: tuple[float, ...]
    typical_order: float | None
    priced: bool

    def cuts(self, given: Rfm) -> Cuts:
        """The cut points with what a company gives in the place of what was learned."""
        days, orders, revenue = given.days or self.days, given.orders or self.orders, given.revenue or self.revenue
        own = bool(given.days and given.orders and given.revenue)
        return Cuts(
            self.month,
            self.repeat_customers,
            days,
            orders,
            revenue,
            None if self.typical_order is None else given.high_order * self.typical_order,
            not (days and orders and revenue) or (self.repeat_customers < given.few_customers and not own),
            self.priced,
            given.few_days,
        )


def learn_cuts(con: Connection, definitions: Definitions, clock: Clock, as_of: AsOf) -> Cuts:
    """The cut points of the as-of's month, from the view `events`, or those that the definitions give."""
    return learn(con, definitions, clock, as_of).cuts(definitions.rfm)


def learn(con: Connection, definitions: Definitions, clock: Clock, as_of: AsOf) -> Learned:
    """What the data of the as-of's month say, from the view `events`."""
    month = as_of.day.replace(day=1)
    compute(con, definitions, AsOf(clock.start_of(month), month), keys=FEATURES, table="rfm_population")
    found = _learned(con, month, "rfm_population")
    con.execute("DROP TABLE rfm_population").fetchall()
    return found


def cuts_of(con: Connection, definitions: Definitions, month: date, table: str) -> Cuts:
    """The month's cut points from a table of `FEATURES` as of its first instant."""
    return _learned(con, month, table).cuts(definitions.rfm)


def _learned(con: Connection, month: date, table: str) -> Learned:
    points = "[0.2, 0.4, 0.6, 0.8]"
    row = con.execute(
        f"SELECT count(*) FILTER (WHERE orders >= 2), quantile_disc(days_since_last_order, {points}),"
        f" quantile_disc(orders, {points}), quantile_disc(revenue, {points}),"
        " median(average_order), coalesce(max(abs(revenue)), 0) > 0"
        f" FROM {table} WHERE orders >= 1 AND days_since_last_order <= 365"
    ).fetchall()[0]
    repeat, days, orders, revenue, typical, priced = row
    return Learned(month, repeat, tuple(days or ()), tuple(orders or ()), tuple(revenue or ()), typical, bool(priced))


def segment_columns(cuts: Cuts) -> str:
    """SQL for the columns r, f, m (1 to 5, NULL for prospects and few data) and segment over a features table."""
    if cuts.few:
        nothing = "CAST(NULL AS SMALLINT)"
        return f"{nothing} AS r, {nothing} AS f, {nothing} AS m, {_few(cuts)} AS segment"
    r = f"6 - {_score('days_since_last_order', cuts.days)}"
    f = _score("orders", cuts.orders)
    m = _score("revenue", cuts.revenue) if cuts.priced else f
    scores = ", ".join(
        f"CAST(CASE WHEN orders >= 1 THEN {sql} END AS SMALLINT) AS {name}"
        for name, sql in (("r", r), ("f", f), ("m", m))
    )
    return f"{scores}, {_segment(r, f, m)} AS segment"


def segment_of(cuts: Cuts, row: Mapping[str, Any]) -> tuple[int | None, int | None, int | None, str]:
    """(r, f, m, segment) of one customer's features: what `segment_columns` says in SQL. Change both together."""
    orders = row["orders"] or 0
    if orders < 1:
        return None, None, None, "prospect"
    if cuts.few:
        average = row["average_order"]
        high = cuts.high_order is not None and average is not None and average >= cuts.high_order
        return None, None, None, value_segment_few(row["days_since_last_order"], orders, high, cuts.few_days)
    r = 6 - _points(row["days_since_last_order"], cuts.days)
    f = _points(orders, cuts.orders)
    m = _points(row["revenue"], cuts.revenue) if cuts.priced else f
    return r, f, m, value_segment(r, f, m)


def _points(value: float, points: tuple[float, ...]) -> int:
    return 1 + sum(value > point for point in points)


def _score(column: str, points: tuple[float, ...]) -> str:
    """1 + how many cut points lie below the value."""
    return "(1 + " + " + ".join(f"CAST({column} > {point!r} AS INTEGER)" for point in points) + ")"


def _segment(r: str, f: str, m: str) -> str:
    return (
        "CASE WHEN coalesce(orders, 0) < 1 THEN 'prospect'"
        f" WHEN {r} >= 4 THEN CASE WHEN {f} >= 4 AND {m} >= 4 THEN 'champion' WHEN {f} >= 3 THEN 'loyal'"
        f" WHEN {m} >= 4 THEN 'high_potential' ELSE 'recent' END"
        f" WHEN {r} = 3 THEN CASE WHEN {f} >= 3 OR {m} >= 4 THEN 'high_potential' ELSE 'nurture' END"
        f" WHEN {f} >= 4 OR {m} >= 4 THEN 'cant_lose' WHEN {r} = 2 THEN 'at_risk' ELSE 'about_to_lose' END"
    )


def _few(cuts: Cuts) -> str:
    near, middle, far = cuts.few_days
    high = "false" if cuts.high_order is None else f"coalesce(average_order >= {cuts.high_order!r}, false)"
    return (
        "CASE WHEN days_since_last_order IS NULL OR coalesce(orders, 0) < 1 THEN 'prospect'"
        f" WHEN days_since_last_order < {near} THEN CASE WHEN orders >= 2 THEN CASE WHEN {high} THEN 'champion'"
        f" ELSE 'loyal' END WHEN {high} THEN 'high_potential' ELSE 'recent' END"
        f" WHEN days_since_last_order < {middle} THEN CASE WHEN orders >= 2 OR {high} THEN 'high_potential'"
        " ELSE 'nurture' END"
        f" WHEN orders >= 2 OR {high} THEN 'cant_lose'"
        f" WHEN days_since_last_order < {far} THEN 'at_risk' ELSE 'about_to_lose' END"
    )
