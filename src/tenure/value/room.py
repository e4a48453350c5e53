"""The room of value in a workspace: fit when due, else only score; keep one row a customer in the store."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import numpy as np

from tenure.clock import AsOf, Clock, naive
from tenure.errors import UsageError
from tenure.settings import Settings
from tenure.store import Store
from tenure.value.forecaster import Forecast, Forecaster
from tenure.value.inner import inner
from tenure.value.renewals import Own, Renewals, renewals
from tenure.value.renewals_report import renewals_report
from tenure.value.report import Report, report
from tenure.value.running import Held, contracts, held, lasted
from tenure.value.summary import Summary, later, span, summarise

__all__ = ["CONTRACTS", "Kept", "Likeliest", "Renewal", "Value"]

Moment = str | date | datetime | AsOf | None

REFIT_DAYS = 30
DRIFT_DAYS = 7
DRIFT = 0.2
YEAR = 365.0
CONTRACTS = "ShiftedBetaGeometric"
DISCOUNT = 0.1


@dataclass(frozen=True)
class Kept:
    """A fit that was kept: when it was true, and what it is."""

    as_of: AsOf
    forecaster: Forecaster
    report: str | None


@dataclass(frozen=True)
class Likeliest:
    """The likeliest number of purchases in the next year, how likely it is, and how likely any purchase is."""

    number: int
    chance: float
    some: float

    @property
    def telling(self) -> bool:
        """Whether the likeliest number is likelier than all others together; of frequent buyers none is."""
        return self.chance >= 0.5


@dataclass(frozen=True)
class Renewal:
    """What bringing everybody's value up to date did: `refitted` with the cause why, and how long each part took."""

    as_of: AsOf
    customers: int
    model: str
    refitted: bool
    why: str
    fit_seconds: float
    score_seconds: float
    notes: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "as_of": self.as_of.text,
            "customers": self.customers,
            "model": self.model,
            "refitted": self.refitted,
            "why": self.why,
            "fit_seconds": round(self.fit_seconds, 3),
            "score_seconds": round(self.score_seconds, 3),
            "notes": list(self.notes),
        }


class Value:
    """What customers are worth. Reading needs nothing; `renew` writes and needs the workspace's lock."""

    def __init__(self, store: Store, settings: Callable[[], Settings], clock: Callable[[], Clock]) -> None:
        self._store, self._settings, self._clock = store, settings, clock

    def summarise(self, as_of: Moment = None) -> Summary:
        """Every buyer as the models take them: frequency, recency, T in days, monetary in minor units."""
        return summarise(self._store.snapshot().connect(), self._clock(), self._clock().as_of(as_of))

    def fit(self, as_of: Moment = None) -> Forecaster:
        """A forecaster for all that was before an instant. Raises UsageError when nobody had bought again by then."""
        clock = self._clock()
        moment, con = clock.as_of(as_of), self._store.snapshot().connect()
        return self._learned(con, clock, moment, summarise(con, clock, moment))

    def report(self, as_of: Moment = None, cut: Moment = None) -> Report:
        """How well the models forecast a time held out, beside the naive baseline. Raises UsageError when too short."""
        clock = self._clock()
        moment, con = clock.as_of(as_of), self._store.snapshot().connect()
        split = None if cut is None else clock.as_of(cut)
        judge = renewals_report if _of_contracts(con, moment) else report
        return judge(con, clock, moment, self._settings().currency, split)

    def kept(self) -> Kept | None:
        """The fit of purchases kept last; None before the first, and where contracts are what is forecast."""
        con = self._store.snapshot().connect("value_model")
        rows = con.execute("SELECT as_of, model, report FROM value_model").fetchall()
        document = json.loads(rows[-1][1]) if rows else {}
        if "models" not in document:
            return None
        return Kept(self._moment(rows[-1][0]), Forecaster.from_dict(document), rows[-1][2])

    def scored(self) -> AsOf | None:
        """The instant everybody was scored for last; None before the first time."""
        rows = self._store.snapshot().connect("value").execute("SELECT max(as_of) FROM value").fetchall()
        return None if rows[0][0] is None else self._moment(rows[0][0])

    def likeliest(self, customer_key: int) -> Likeliest | None:
        """A customer's purchases of the next year in whole numbers, as of the newest scores.

        None for somebody who had not ordered by then, or before anybody was scored.
        """
        kept, moment = self.kept(), self.scored()
        if kept is None or moment is None:
            return None
        summary = summarise(self._store.connect_few([customer_key]), self._clock(), moment)
        if customer_key not in summary.customer_key:
            return None
        assert len(summary) == 1
        number, chance, some = (float(each[0]) for each in kept.forecaster.likeliest(summary, YEAR))
        return Likeliest(int(number), chance, some)

    def renew(self, as_of: Moment = None, refit: bool = False) -> Renewal:
        """Bring the derived table `value` up to an instant; fit anew only when asked, due or drifted.

        Raises UsageError, and changes nothing, when there is nothing to learn from.
        """
        clock = self._clock()
        moment, con = clock.as_of(as_of), self._store.snapshot().connect()
        start = time.perf_counter()
        summary = summarise(con, clock, moment)
        if not len(summary) and (known := contracts(con, moment)).holders:
            return self._renewed(con, moment, held(con, moment, known), start)
        kept = self.kept()
        why = "asked" if refit else self._due(con, kept, moment)
        if why or kept is None:
            forecaster = self._learned(con, clock, moment, summary)
            self._keep_model(con, moment, forecaster)
        else:
            forecaster = kept.forecaster
        fitted = time.perf_counter()
        self._keep_values(con, moment, forecaster.name, _columns(summary, forecaster.forecast(summary, YEAR, DISCOUNT)))
        done = time.perf_counter()
        notes = (*forecaster.texts, *span(con, moment).notes())
        return Renewal(moment, len(summary), forecaster.name, bool(why), why, fitted - start, done - fitted, notes)

    def _moment(self, kept: datetime) -> AsOf:
        return self._clock().as_of(kept.replace(tzinfo=UTC))

    def _learned(self, con: duckdb.DuckDBPyConnection, clock: Clock, moment: AsOf, summary: Summary) -> Forecaster:
        if not len(summary):
            raise UsageError(f"There are no orders before {moment.day}. Import orders first: tenure import orders FILE")
        taught = inner(con, clock, moment, YEAR)
        return Forecaster.learn(summary, taught.first, YEAR, taught.others)

    def _due(self, con: duckdb.DuckDBPyConnection, kept: Kept | None, moment: AsOf) -> str:
        """Why to fit anew: unfitted, schedule, earlier (than the fit kept), drift; empty when not due."""
        if kept is None:
            return "unfitted"
        days = (moment.instant - kept.as_of.instant).days
        if days < 0:
            return "earlier"
        if days >= REFIT_DAYS:
            return "schedule"
        return "drift" if days >= DRIFT_DAYS and self._drifted(con, kept, moment) else ""

    def _drifted(self, con: duckdb.DuckDBPyConnection, kept: Kept, moment: AsOf) -> bool:
        """Whether those known at the fit have since bought a fifth more or less than expected, beyond chance."""
        then = summarise(con, self._clock(), kept.as_of)
        since = later(con, self._clock(), then, moment)
        expected = float(kept.forecaster.purchases(then, since.days).sum())
        off = float(since.purchases.sum()) - expected
        return abs(off) > DRIFT * expected and abs(off) > 4 * max(expected, 1.0) ** 0.5

    def _keep_model(self, con: duckdb.DuckDBPyConnection, moment: AsOf, forecaster: Forecaster) -> None:
        """Keep the fit, with the hold-out report of this moment."""
        self._keep_fit(con, moment, forecaster.to_dict(), report)

    def _keep_fit(
        self, con: duckdb.DuckDBPyConnection, moment: AsOf, model: dict[str, Any], judge: Callable[..., Report]
    ) -> None:
        try:
            told = json.dumps(judge(con, self._clock(), moment, self._settings().currency).document())
        except UsageError as error:
            told = json.dumps({"refused": str(error)})
        con.execute(
            "CREATE OR REPLACE TEMP TABLE fitted AS"
            " SELECT CAST(? AS TIMESTAMP) AS as_of, CAST(? AS VARCHAR) AS model, CAST(? AS VARCHAR) AS report",
            [naive(moment.instant), json.dumps(model), told],
        ).fetchall()
        self._store.overwrite("value_model", con, "SELECT * FROM fitted")

    def _renewed(self, con: duckdb.DuckDBPyConnection, moment: AsOf, known: Held, start: float) -> Renewal:
        """Keep what contracts are worth: fitted anew each time, since that takes no time, and judged anew too."""
        found = renewals(known, YEAR, DISCOUNT, self._own(con, moment, known))
        self._keep_fit(con, moment, {"contracts": lasted(known).to_dict()}, renewals_report)
        fitted = time.perf_counter()
        self._keep_stakes(con, moment, found)
        columns = {field.name: getattr(found, field.name) for field in fields(found) if field.name != "stake"}
        self._keep_values(con, moment, CONTRACTS, columns)
        done = time.perf_counter()
        return Renewal(moment, len(found.alive), CONTRACTS, True, "contracts", fitted - start, done - fitted, ())

    def _own(self, con: duckdb.DuckDBPyConnection, moment: AsOf, known: Held) -> Own | None:
        """Each contract's own chance to be renewed, from the scores of risk; None unless they are of this week."""
        scored = con.execute("SELECT max(as_of), max(days) FROM risk").fetchall()[0]
        if scored[0] is None or abs((moment.instant - self._moment(scored[0]).instant).days) > DRIFT_DAYS:
            return None
        rows = con.execute("SELECT customer_key, probability FROM risk ORDER BY customer_key").fetchnumpy()
        chance = np.full(len(known.runs), np.nan)
        told = np.isin(known.customer_key, rows["customer_key"])
        places = np.searchsorted(rows["customer_key"], known.customer_key[told])
        chance[told] = 1 - np.asarray(rows["probability"], float)[places]
        return Own(float(scored[1]), chance)

    def _keep_stakes(self, con: duckdb.DuckDBPyConnection, moment: AsOf, found: Renewals) -> None:
        """What the risk of each contract takes from its value; nothing of those without a risk of their own."""
        _load(con, {"customer_key": found.customer_key, "amount": found.stake})
        con.execute(
            "CREATE OR REPLACE TEMP TABLE staked AS SELECT customer_key, CAST(round(amount) AS BIGINT) AS amount,"
            " CAST(? AS TIMESTAMP) AS as_of FROM scored WHERE isfinite(amount) ORDER BY customer_key",
            [naive(moment.instant)],
        ).fetchall()
        self._store.overwrite("stakes", con, "SELECT * FROM staked")

    def _keep_values(
        self, con: duckdb.DuckDBPyConnection, moment: AsOf, model: str, columns: dict[str, np.ndarray | None]
    ) -> None:
        _load(con, {name: values for name, values in columns.items() if values is not None})
        money = ", ".join(
            f"CASE WHEN isfinite({name}) THEN CAST(round({name}) AS BIGINT) END AS {name}"
            if columns[name] is not None
            else f"CAST(NULL AS BIGINT) AS {name}"
            for name in ("value", "low", "high")
        )
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE valued AS SELECT customer_key, purchases, alive, {money},"
            " CAST(? AS VARCHAR) AS model, CAST(? AS TIMESTAMP) AS as_of FROM scored ORDER BY customer_key",
            [model, naive(moment.instant)],
        ).fetchall()
        self._store.overwrite("value", con, "SELECT * FROM valued")
        kept = "SELECT customer_key, value AS expected, purchases AS orders, alive FROM valued"
        self._store.keep_scores(con, "value", kept, moment, self._clock())


def _of_contracts(con: duckdb.DuckDBPyConnection, moment: AsOf) -> bool:
    """Whether there are contracts and no orders."""
    return span(con, moment).first is None and contracts(con, moment).holders > 0


def _columns(summary: Summary, found: Forecast) -> dict[str, np.ndarray | None]:
    money = {"value": found.value, "low": found.low, "high": found.high}
    return {"customer_key": summary.customer_key, "purchases": found.purchases, "alive": found.alive, **money}


def _load(con: duckdb.DuckDBPyConnection, columns: dict[str, np.ndarray]) -> None:
    """Make the temp table `scored` of columns that stand in memory."""
    con.register("in_memory", columns)
    con.execute("CREATE OR REPLACE TEMP TABLE scored AS SELECT * FROM in_memory").fetchall()
    con.unregister("in_memory")
