"""Everybody's health: scored now and 30 days before, kept, and set against what then happened."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from tenure.clock import AsOf, Clock, naive
from tenure.definitions import Definitions
from tenure.errors import UsageError
from tenure.features import compute
from tenure.risk.examples import Awaited, choose_horizon, first_day, lost_after
from tenure.risk.health import HEALTH_BANDS, HealthScore, Pulse, standing_pulses
from tenure.risk.health_contracts import know_contracts
from tenure.risk.health_reading import health_text, load_health, put_health, read_health
from tenure.risk.health_sql import score_all
from tenure.risk.scoring import auc
from tenure.store import Handed, Store

__all__ = ["TREND_DAYS", "Condition", "Fared", "Health", "HealthReport"]

Moment = str | date | datetime | AsOf | None
Standings = Callable[[AsOf], duckdb.DuckDBPyConnection]

TREND_DAYS = 30


@dataclass(frozen=True)
class Condition:
    """One customer's health as kept: score, band, the groups' scores, the score of 30 days before."""

    score: float | None
    band: str | None
    groups: dict[str, float | None]
    before: float | None
    segment: str | None
    as_of: datetime


@dataclass(frozen=True)
class Fared:
    """What then happened to one band: how many of them bought nothing, or did not renew, against all (`lift`).

    `share` is the band's precision as a warning, `caught` its part of all who were lost.
    """

    band: str
    customers: int
    lost: int
    share: float | None
    lift: float | None
    caught: float | None


@dataclass(frozen=True)
class HealthReport:
    """Customers by band now, and how each band of the newest complete span fared; `refused` says why not."""

    as_of: AsOf
    now: dict[str, int]
    unknown: int
    days: int
    cut: AsOf | None
    fared: tuple[Fared, ...]
    auc: float | None
    refused: str
    seconds: float
    awaited: Awaited = "purchase"

    def document(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "as_of": self.as_of.text,
            "bands": self.now,
            "unknown": self.unknown,
            "days": self.days,
            "cut": self.cut.text if self.cut else None,
            "fared": [asdict(each) for each in self.fared],
            "auc": self.auc,
            "refused": self.refused,
            "awaited": self.awaited,
            "seconds": round(self.seconds, 3),
        }


class Health:
    """How well customers are. Reading needs nothing; `renew` writes and needs the workspace's lock."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], Clock],
        definitions: Callable[[], Definitions],
        folder: Path,
        standings: Standings,
    ) -> None:
        self._store, self._clock, self._definitions = store, clock, definitions
        self._folder, self._standings = folder, standings

    @property
    def definition(self) -> HealthScore:
        """What counts. Raises DefinitionError when the workspace's own file is wrong."""
        return load_health(self._folder, self._definitions())

    @property
    def text(self) -> tuple[str, bool]:
        """What counts as YAML, and whether it is the built-in definition."""
        return health_text(self._folder)

    def define(self, text: str | None) -> None:
        """Put another definition to work from the next scoring on; None goes back to the built-in one.

        Raises DefinitionError with all problems, and changes nothing.
        """
        if text is not None:
            read_health(text, self._definitions())
        put_health(self._folder, text)

    def scored(self) -> AsOf | None:
        """The instant everybody was scored for last; None before the first time."""
        row = self._store.snapshot().connect("health").execute("SELECT max(as_of) FROM health").fetchall()[0]
        return None if row[0] is None else self._clock().as_of(row[0].replace(tzinfo=UTC))

    def renew(self, as_of: Moment = None, pulses: Sequence[Pulse] = ()) -> int:
        """Bring the derived table `health` up to an instant; how many customers have a row."""
        moment = self._clock().as_of(as_of)
        before = self._scored(self._back(moment, TREND_DAYS), pulses)
        con = self._scored(moment, pulses)
        con.register("before_given", Handed(before.table("scored").select("customer_key", "score")))
        con.execute(
            "CREATE OR REPLACE TEMP TABLE renewed AS"
            " SELECT s.customer_key, s.score, s.band, s.groups, b.score AS before, s.segment,"
            " CAST(? AS TIMESTAMP) AS as_of FROM scored AS s LEFT JOIN before_given AS b USING (customer_key)"
            " ORDER BY s.customer_key",
            [naive(moment.instant)],
        ).fetchall()
        con.unregister("before_given")
        self._store.overwrite("health", con, "SELECT * FROM renewed")
        kept = "SELECT customer_key, score, band FROM renewed"
        self._store.keep_scores(con, "health", kept, moment, self._clock())
        return int(con.execute("SELECT count(*) FROM renewed").fetchall()[0][0])

    def one(self, customer_key: int) -> Condition | None:
        """One customer's health as kept last; None where there is none."""
        query = "SELECT score, band, groups, before, segment, as_of FROM health WHERE customer_key = ?"
        rows = self._store.snapshot().connect("health").execute(query, [customer_key]).fetchall()
        if not rows:
            return None
        score, band, groups, before, segment, as_of = rows[0]
        return Condition(score, band, json.loads(groups), before, segment, as_of)

    def report(self, as_of: Moment = None, days: int | None = None, pulses: Sequence[Pulse] = ()) -> HealthReport:
        """Customers by band, and what happened to each band in the newest complete span of `days`."""
        start, clock = time.perf_counter(), self._clock()
        moment, con = clock.as_of(as_of), self._store.snapshot().connect()
        counted = self._scored(moment, pulses).execute("SELECT band, count(*) FROM scored GROUP BY 1").fetchall()
        found = dict(counted)
        horizon = choose_horizon(con, moment)
        span = days or horizon.days
        cut, refused = self._back(moment, span), ""
        fared: tuple[Fared, ...] = ()
        area = None
        try:
            fared, area = self._judged(con, cut, span, horizon.awaited, pulses)
        except UsageError as error:
            refused = str(error)
        now = {name: found.get(name, 0) for name, _ in reversed(HEALTH_BANDS)}
        told = (cut if fared else None), fared, area, refused
        seconds = time.perf_counter() - start
        return HealthReport(moment, now, found.get(None, 0), span, *told, seconds, horizon.awaited)

    def _back(self, moment: AsOf, days: int) -> AsOf:
        day = moment.day - timedelta(days=days)
        return AsOf(self._clock().start_of(day), day)

    def _scored(self, moment: AsOf, pulses: Sequence[Pulse]) -> duckdb.DuckDBPyConnection:
        """A connection with the table `scored`: everybody who had ordered or held a contract before an instant."""
        health = self.definition
        if health.weighs_by_segment:
            con, table, segment = self._standings(moment), "standing", "segment"
        else:
            con, table, segment = self._store.snapshot().connect(), "measured", "CAST(NULL AS VARCHAR) AS segment"
            compute(con, self._definitions(), moment, keys=health.features | {"orders"}, table=table)
        columns = ", ".join(f'm."{name}"' for name in sorted(health.features))
        know_contracts(con, moment)
        known = (
            f"(SELECT m.customer_key, {segment}, {columns or 'NULL'}, m.orders > 0 AS ordered,"
            f" c.* EXCLUDE (customer_key), c.customer_key IS NOT NULL AS contracted FROM {table} AS m"
            " LEFT JOIN known_contracts AS c ON c.customer_key = m.customer_key"
            " WHERE m.orders > 0 OR c.customer_key IS NOT NULL)"
        )
        score_all(con, health, known, standing_pulses(pulses, health.pulse, moment.day), "scored")
        return con

    def _judged(
        self, con: duckdb.DuckDBPyConnection, cut: AsOf, days: int, awaited: Awaited, pulses: Sequence[Pulse]
    ) -> tuple[tuple[Fared, ...], float | None]:
        start = first_day(con, awaited)
        if start is None or start.day >= cut.day:
            if awaited == "renewal":
                raise UsageError(f"No contract ran on {cut.day}: there is no complete span of {days} days yet.")
            raise UsageError(f"Nobody had ordered before {cut.day}: there is no complete span of {days} days yet.")
        keys, gone = lost_after(con, self._clock(), cut, days, awaited)
        scored = self._scored(cut, pulses)
        scored.register("outcome", {"customer_key": keys, "lost": gone})
        rows = scored.execute(
            "SELECT band, score, lost FROM scored JOIN outcome USING (customer_key) WHERE score IS NOT NULL"
        ).fetchnumpy()
        lost = np.asarray(rows["lost"], dtype=bool)
        area = auc(-np.asarray(rows["score"], dtype=float), lost)
        bands = np.asarray(rows["band"], dtype=object)
        return tuple(_fared(name, lost[bands == name], lost) for name, _ in reversed(HEALTH_BANDS)), area


def _fared(band: str, lost: np.ndarray[Any, Any], everybody: np.ndarray[Any, Any]) -> Fared:
    gone, all_gone = int(lost.sum()), int(everybody.sum())
    share = gone / len(lost) if len(lost) else None
    lift = share / (all_gone / len(everybody)) if share is not None and all_gone else None
    return Fared(band, len(lost), gone, share, lift, gone / all_gone if all_gone else None)
