"""The room of needs in a workspace: when everybody orders next and what to offer, kept in the store."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from tenure.clock import AsOf, Clock, naive
from tenure.errors import UsageError
from tenure.needs.affinity import leanings, make_affinities
from tenure.needs.limits import Limits, load_limits
from tenure.needs.offers import make_offers
from tenure.needs.report import Report, report, sample
from tenure.needs.rhythm import Rhythm, Rhythms, learn, read
from tenure.needs.titles import Titles, load_titles
from tenure.needs.words import Offer
from tenure.store import Store

__all__ = ["Inclination", "Needs", "Renewal", "Wanted"]

DIGITS = 9  # decimals that are kept
BASKET = 10
JUDGED_EVERY = timedelta(days=7)
Moment = str | date | datetime | AsOf | None


@dataclass(frozen=True)
class Inclination:
    """A category that a customer buys in more than others do: the share of its lines, against the shop's."""

    category: str
    share: float
    lift: float


@dataclass(frozen=True)
class Wanted:
    """What one customer needs: the day of its next order as expected, the usual gap behind it, and what to offer.

    `basket` is what that order likely holds, ten products: its own (as in `again`), then the most bought by all.
    """

    next_day: date
    gap: float
    offers: tuple[Offer, ...]
    basket: tuple[str, ...] = ()
    categories: tuple[Inclination, ...] = ()


@dataclass(frozen=True)
class Renewal:
    """What bringing everybody's needs up to date did."""

    as_of: AsOf
    customers: int
    offers: int
    due: int
    middle_gap: float
    weight: float
    judged: bool
    seconds: float

    def document(self) -> dict[str, object]:
        """Plain values for JSON."""
        said = {"as_of": self.as_of.text, "customers": self.customers, "offers": self.offers, "due": self.due}
        told = {"middle_gap": self.middle_gap, "weight": self.weight, "judged": self.judged}
        return {**said, **told, "seconds": round(self.seconds, 3)}


class Needs:
    """What customers need next. Reading needs nothing; `renew` writes and needs the workspace's lock."""

    def __init__(self, store: Store, clock: Callable[[], Clock], folder: Path) -> None:
        self._store, self._clock, self._folder = store, clock, folder

    @property
    def limits(self) -> Limits:
        """What may not be offered. Raises DefinitionError when definitions/needs.yml is wrong."""
        return load_limits(self._folder)

    @property
    def titles(self) -> Titles:
        """What products and categories are called. Raises DefinitionError when definitions/titles.csv is wrong."""
        return load_titles(self._folder)

    def report(self, as_of: Moment = None) -> Report:
        """How well baskets, dates and each kind of offer would have been told. Raises UsageError where none can be."""
        con, moment = self._store.snapshot().connect(), self._clock().as_of(as_of)
        sample(con)
        return report(con, self._clock(), moment, self.limits)

    def kept_report(self) -> tuple[AsOf, dict[str, Any]] | None:
        """The newest report kept by `renew` with its instant; {"refused": why} where it could not be made."""
        rows = (
            self._store.snapshot().connect("needs_report").execute("SELECT as_of, report FROM needs_report").fetchall()
        )
        if not rows:
            return None
        as_of, text = max(rows)
        return self._clock().as_of(as_of.replace(tzinfo=UTC)), json.loads(text)

    def scored(self) -> AsOf | None:
        """The instant needs were worked out for last; None before the first time."""
        row = self._store.snapshot().connect("next_orders").execute("SELECT max(as_of) FROM next_orders").fetchall()[0]
        return None if row[0] is None else self._clock().as_of(row[0].replace(tzinfo=UTC))

    def renew(self, as_of: Moment = None, judge: bool | None = None) -> Renewal:
        """Bring the derived tables of needs up to an instant. Raises UsageError without orders.

        Offers are judged anew once a week; `judge` says otherwise.
        """
        moment, con, start = self._clock().as_of(as_of), self._store.snapshot().connect(), time.perf_counter()
        limits, rhythms = self.limits, read(con, moment)
        if not len(rhythms.customer_key):
            raise UsageError(f"There are no orders before {moment.day}. Import orders first: tenure import orders FILE")
        rhythm = learn(rhythms)
        _date(con, rhythms, rhythm)
        make_offers(con, moment, limits)
        self._keep(con, moment)
        kept = "SELECT customer_key, next_day AS next_order_day, gap AS gap_days FROM dated"
        self._store.keep_scores(con, "needs", kept, moment, self._clock())
        if judge is None:
            known = self.kept_report()
            judge = known is None or not timedelta(0) <= moment.instant - known[0].instant < JUDGED_EVERY
        if judge:
            sample(con)
            self._judge(con, moment, limits)
        offers, due = (
            int(con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]) for name in ("kept_offers", "kept_due")
        )
        spent = time.perf_counter() - start
        return Renewal(moment, len(rhythms.gaps), offers, due, rhythm.middle, rhythm.weight, judge, spent)

    def _keep(self, con: duckdb.DuckDBPyConnection, moment: AsOf) -> None:
        """Write every derived table anew."""
        weight = make_affinities(con)
        con.execute("CREATE OR REPLACE TEMP TABLE kept_offers AS SELECT * FROM offered").fetchall()
        con.execute("CREATE OR REPLACE TEMP TABLE kept_due AS SELECT * FROM due").fetchall()
        con.execute(f"CREATE OR REPLACE TEMP TABLE daily AS {_DAILY}", {"before": naive(moment.instant)}).fetchall()
        con.execute(
            "CREATE OR REPLACE TEMP TABLE leaning (segment VARCHAR, category VARCHAR, customers BIGINT, share DOUBLE,"
            " lift DOUBLE, low DOUBLE, high DOUBLE)"
        ).fetchall()
        found = [list(vars(each).values()) for each in leanings(con, weight)]
        if found:
            con.executemany("INSERT INTO leaning VALUES (?, ?, ?, ?, ?, ?, ?)", found)
        for table, query in _KEPT.items():
            self._overwrite(table, con, query, moment)

    def _overwrite(self, table: str, con: duckdb.DuckDBPyConnection, query: str, moment: AsOf) -> None:
        """Write a table anew; numbers are rounded, for their last bits follow the order in which rows were summed."""
        instant = f"TIMESTAMP '{naive(moment.instant):%Y-%m-%d %H:%M:%S.%f}'"
        listed = ", ".join(
            f'round("{name}", {DIGITS}) AS "{name}"' if kind == "DOUBLE" else f'"{name}"'
            for name, kind in self._store.tables[table].spec.columns.items()
        )
        rows = query.replace("$as_of", f"{instant} AS as_of")
        self._store.overwrite(table, con, f"SELECT {listed} FROM ({rows})")

    def _judge(self, con: duckdb.DuckDBPyConnection, moment: AsOf, limits: Limits) -> None:
        try:
            told = report(con, self._clock(), moment, limits).document()
        except UsageError as error:
            told = {"refused": str(error)}
        text = json.dumps(told).replace("'", "''")
        self._overwrite("needs_report", con, f"SELECT $as_of, '{text}' AS report", moment)

    def of(self, customer_key: int) -> Wanted | None:
        """One customer's needs as kept last; None where nothing is known."""
        tables = ("next_orders", "recommendations", "products", "category_affinities")
        con = self._store.snapshot().connect(*tables)
        dated = con.execute("SELECT next_day, gap FROM next_orders WHERE customer_key = ?", [customer_key]).fetchall()
        if not dated:
            return None
        offers = tuple(Offer(*row) for row in con.execute(_OFFERS, [customer_key]).fetchall())
        leaning = con.execute(
            "SELECT category, share, lift FROM category_affinities WHERE customer_key = ? ORDER BY lift DESC, category",
            [customer_key],
        ).fetchall()
        own = tuple(each.title for each in offers if each.kind == "again")
        rest = [row[0] for row in con.execute(_MOST_BOUGHT).fetchall() if row[0] not in own]
        basket = (*own, *rest)[:BASKET]
        return Wanted(dated[0][0], float(dated[0][1]), offers, basket, tuple(Inclination(*row) for row in leaning))

    def due(self, within: timedelta, as_of: Moment = None) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The keys of customers whose next order falls within a time from now, the soonest first."""
        today = self._clock().as_of(as_of).day
        rows = (
            self._store.snapshot()
            .connect("next_orders")
            .execute(
                "SELECT customer_key FROM next_orders WHERE next_day BETWEEN ? AND ? ORDER BY next_day, customer_key",
                [today, today + within],
            )
        )
        return np.array([row[0] for row in rows.fetchall()], dtype=np.int64)


def _date(con: duckdb.DuckDBPyConnection, rhythms: Rhythms, rhythm: Rhythm) -> None:
    """Make the temp table `dated`: everybody's next day as expected, and the gap behind it."""
    gap, last = rhythm.days(rhythms), rhythms.last_day.astype(np.int64)
    con.register("in_memory", {"customer_key": rhythms.customer_key, "gap": gap, "last": last})
    con.execute(
        "CREATE OR REPLACE TEMP TABLE dated AS SELECT customer_key, gap, DATE '1970-01-01' + CAST(last AS INTEGER)"
        " + CAST(round(gap) AS INTEGER) AS next_day FROM in_memory"
    ).fetchall()
    con.unregister("in_memory")


_KEPT = {
    "next_orders": "SELECT *, $as_of FROM dated ORDER BY customer_key",
    "recommendations": "SELECT *, $as_of FROM kept_offers ORDER BY customer_key, kind, place",
    "replenishments": "SELECT *, $as_of FROM kept_due ORDER BY customer_key, due_day",
    "category_affinities": "SELECT *, $as_of FROM affinities WHERE lift > 1 QUALIFY row_number() OVER"
    " (PARTITION BY customer_key ORDER BY lift DESC, category) <= 3 ORDER BY customer_key",
    "category_leanings": "SELECT *, $as_of FROM leaning",
    "products": "SELECT g.*, exp(i.log_gap) AS days, i.rebuyers, $as_of FROM goods AS g"
    " LEFT JOIN (SELECT * FROM intervals WHERE steady) AS i ON i.good = g.good ORDER BY g.product",
    "product_bundles": "SELECT *, $as_of FROM bundles ORDER BY place",
    "daily_sales": "SELECT * FROM daily ORDER BY category, day",
}
_DAILY = """
SELECT day, '' AS category, count(DISTINCT customer_key) AS orders FROM events
WHERE kind = 'track' AND name = 'Order Completed' AND ts < CAST($before AS TIMESTAMP) GROUP BY day
UNION ALL
SELECT day, category, count(*) FROM (
  SELECT DISTINCT l.customer_key, l.day, g.category FROM lines AS l JOIN goods AS g ON g.good = l.good
  WHERE g.category <> '')
GROUP BY day, category
"""
_MOST_BOUGHT = (
    "SELECT coalesce(title, product) FROM products WHERE state = 'sold' AND buyers_now > 0"
    f" ORDER BY buyers_now DESC, product LIMIT {2 * BASKET}"
)
_OFFERS = """
SELECT r.kind, r.place, r.product, coalesce(p.title, r.product), r.because, coalesce(b.title, r.because), r.figure, r.n,
  r.days, r.day, r.amount
FROM recommendations AS r LEFT JOIN products AS p ON p.product = r.product
LEFT JOIN products AS b ON b.product = r.because
WHERE r.customer_key = ? ORDER BY r.kind, r.place
"""
