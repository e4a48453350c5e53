"""The room of needs in a workspace: when everybody orders next and what to offer, kept in the store."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from tenure.clock import AsOf, Clock
from tenure.errors import UsageError
from tenure.needs.offers import make_offers
from tenure.needs.report import Report, report
from tenure.needs.rhythm import learn, read
from tenure.store import Store, keep_scores

__all__ = ["Needs", "Offer", "Renewal", "Wanted"]

Moment = str | date | datetime | AsOf | None


@dataclass(frozen=True)
class Offer:
    """A product to offer: bought before ("again"), or bought by others with `because` ("with")."""

    kind: str
    place: int
    product: str
    because: str | None


@dataclass(frozen=True)
class Wanted:
    """What one customer needs: the day of its next order as expected, the usual gap behind it, and what to offer."""

    next_day: date
    gap: float
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Renewal:
    """What bringing everybody's needs up to date did."""

    as_of: AsOf
    customers: int
    offers: int
    middle_gap: float
    weight: float
    seconds: float

    def document(self) -> dict[str, object]:
        """Plain values for JSON."""
        said = {"as_of": self.as_of.text, "customers": self.customers, "offers": self.offers}
        return {**said, "middle_gap": self.middle_gap, "weight": self.weight, "seconds": round(self.seconds, 3)}


class Needs:
    """What customers need next. Reading needs nothing; `renew` writes and needs the workspace's lock."""

    def __init__(self, store: Store, clock: Callable[[], Clock]) -> None:
        self._store, self._clock = store, clock

    def report(self, as_of: Moment = None) -> Report:
        """How well the last basket and the last gap would have been told. Raises UsageError with too little history."""
        return report(self._store.snapshot().connect(), self._clock().as_of(as_of))

    def scored(self) -> AsOf | None:
        """The instant needs were worked out for last; None before the first time."""
        row = self._store.snapshot().connect().execute("SELECT max(as_of) FROM next_orders").fetchall()[0]
        return None if row[0] is None else self._clock().as_of(row[0].replace(tzinfo=UTC))

    def renew(self, as_of: Moment = None) -> Renewal:
        """Bring the derived tables `next_orders` and `offers` up to an instant. Raises UsageError without orders."""
        moment, con, start = self._clock().as_of(as_of), self._store.snapshot().connect(), time.perf_counter()
        rhythms = read(con, moment)
        if not len(rhythms.customer_key):
            raise UsageError(f"There are no orders before {moment.day}. Import orders first: tenure import orders FILE")
        rhythm = learn(rhythms)
        gap = rhythm.days(rhythms)
        con.register(
            "in_memory", {"customer_key": rhythms.customer_key, "gap": gap, "last": rhythms.last_day.astype(np.int64)}
        )
        instant = f"TIMESTAMP '{moment.instant.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
        con.execute(
            "CREATE OR REPLACE TEMP TABLE dated AS SELECT customer_key, gap, DATE '1970-01-01' + CAST(last AS INTEGER)"
            f" + CAST(round(gap) AS INTEGER) AS next_day, {instant} AS as_of FROM in_memory"
        ).fetchall()
        con.unregister("in_memory")
        make_offers(con, moment)
        for table, query in (
            ("next_orders", "SELECT * FROM dated ORDER BY customer_key"),
            ("offers", f"SELECT *, {instant} AS as_of FROM offered ORDER BY customer_key, kind, place"),
        ):
            self._store.append(table, con, query, overwrite=True)
            self._store.tables[table].vacuum()
        kept = "SELECT customer_key, next_day AS next_order_day, gap AS gap_days FROM dated"
        keep_scores(self._store, con, "needs", kept, moment, self._clock())
        count = int(con.execute("SELECT count(*) FROM offered").fetchall()[0][0])
        spent = time.perf_counter() - start
        return Renewal(moment, len(gap), count, rhythm.middle, rhythm.weight, spent)

    def of(self, customer_key: int) -> Wanted | None:
        """One customer's needs as kept last; None where nothing is known."""
        con = self._store.snapshot().connect()
        dated = con.execute("SELECT next_day, gap FROM next_orders WHERE customer_key = ?", [customer_key]).fetchall()
        if not dated:
            return None
        rows = con.execute(
            "SELECT kind, place, product, because FROM offers WHERE customer_key = ? ORDER BY kind, place",
            [customer_key],
        ).fetchall()
        return Wanted(dated[0][0], float(dated[0][1]), tuple(Offer(*row) for row in rows))

    def due(self, within: timedelta, as_of: Moment = None) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The keys of customers whose next order falls within a time from now, the soonest first."""
        today = self._clock().as_of(as_of).day
        rows = (
            self._store.snapshot()
            .connect()
            .execute(
                "SELECT customer_key FROM next_orders WHERE next_day BETWEEN ? AND ? ORDER BY next_day, customer_key",
                [today, today + within],
            )
        )
        return np.array([row[0] for row in rows.fetchall()], dtype=np.int64)
