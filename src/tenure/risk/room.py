"""The room of risk in a workspace: fit when due, else only score; keep one row a buyer in the store."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import duckdb
import numpy as np

from tenure.clock import AsOf, Clock, naive
from tenure.definitions import Definitions
from tenure.errors import NotFound, UsageError
from tenure.risk.bands import BANDS, band_sql
from tenure.risk.churn import Churn, learn
from tenure.risk.drivers import Driver, drivers
from tenure.risk.examples import Awaited, Examples, choose_horizon, examples
from tenure.risk.reasons import Why, why
from tenure.risk.report import Report, chosen, cuts_of, judged, report
from tenure.risk.survival import By, Survival, survival
from tenure.settings import Settings
from tenure.store import Store
from tenure.value import Chances

__all__ = ["Kept", "Losses", "Renewal", "Risk", "Saved"]

Moment = str | date | datetime | AsOf | None
Fitted = tuple[Churn, dict[str, Any]]

REFIT_DAYS = 30
DRIFT_DAYS = 7
DRIFT = 0.05  # of the mean probability
SHRUNK, STEADY = 0.7, 0.85
CHUNK = 200_000
NOBODY = {"purchase": "Nobody had ordered before {day}", "renewal": "No contract ran on {day}"}
NOTHING = {
    "purchase": "Customer #{customer} has never ordered: there is nothing to lose yet.",
    "renewal": "Customer #{customer} has no running contract: there is nothing to lose.",
}


@dataclass(frozen=True)
class Kept:
    """A fit that was kept: when it was true, what it is, and how it did (None: not to be judged yet)."""

    as_of: AsOf
    model: Churn
    report: dict[str, Any]


@dataclass(frozen=True)
class Renewal:
    """What bringing everybody's risk up to date did, and how long each part took."""

    as_of: AsOf
    customers: int
    days: int
    model: str
    refitted: bool
    why: str
    fit_seconds: float
    score_seconds: float
    awaited: Awaited = "purchase"

    def document(self) -> dict[str, object]:
        """Plain values for JSON."""
        said = {"as_of": self.as_of.text, "customers": self.customers, "days": self.days, "awaited": self.awaited}
        times = {"fit_seconds": round(self.fit_seconds, 3), "score_seconds": round(self.score_seconds, 3)}
        return {**said, "model": self.model, "refitted": self.refitted, "why": self.why, **times}


@dataclass(frozen=True)
class Losses:
    """What told the lost from the kept in the last complete span: how many of each, and the drivers."""

    cut: AsOf
    days: int
    gone: int
    kept: int
    drivers: tuple[Driver, ...]
    awaited: Awaited = "purchase"


@dataclass(frozen=True)
class Saved:
    """Of those at medium or high risk at a past cut: how many stayed, and what they spent in the `days` since then."""

    cut: AsOf
    days: int
    endangered: int
    stayed: int
    spend: int


class Risk:
    """Who may be lost. Reading needs nothing; `renew` writes and needs the workspace's lock."""

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        clock: Callable[[], Clock],
        definitions: Callable[[], Definitions],
    ) -> None:
        self._store, self._settings, self._clock, self._definitions = store, settings, clock, definitions

    def report(self, as_of: Moment = None, days: int | None = None) -> Report:
        """How well loss would have been forecast on the newest complete span. Raises UsageError when too short."""
        clock = self._clock()
        con = self._store.snapshot().connect()
        return report(con, self._definitions(), clock, clock.as_of(as_of), days)

    def kept(self) -> Kept | None:
        """The fit kept last; None before the first."""
        con = self._store.snapshot().connect("risk_model")
        rows = con.execute("SELECT as_of, model, report FROM risk_model").fetchall()
        if not rows:
            return None
        as_of, document, told = rows[-1]
        moment = self._clock().as_of(as_of.replace(tzinfo=UTC))
        return Kept(moment, Churn.from_dict(json.loads(document)), json.loads(told))

    def scored(self) -> AsOf | None:
        """The instant everybody was scored for last; None before the first time."""
        row = self._store.snapshot().connect("risk").execute("SELECT max(as_of) FROM risk").fetchall()[0]
        return None if row[0] is None else self._clock().as_of(row[0].replace(tzinfo=UTC))

    def renew(self, as_of: Moment = None, refit: bool = False, days: int | None = None) -> Renewal:
        """Bring the derived table `risk` up to an instant; fit anew only when asked, due, or when the data drifted.

        Raises UsageError, and changes nothing, when there is nothing to learn from.
        """
        clock = self._clock()
        moment, con = clock.as_of(as_of), self._store.snapshot().connect()
        kept = self.kept()
        cause = "asked" if refit or days is not None else self._due(con, kept, moment)
        if not cause and kept is not None:
            start = time.perf_counter()
            count, mean = self._score(con, moment, kept.model)
            if not _drifted(kept, moment, mean):
                return _renewal(moment, count, kept.model, "", 0.0, time.perf_counter() - start)
            cause = "drift"
        start = time.perf_counter()
        model, told = self._fitted(con, clock, moment, days)
        fitted = time.perf_counter()
        count, mean = self._score(con, moment, model)
        self._keep_model(con, moment, model, {**told, "mean": mean})
        return _renewal(moment, count, model, cause, fitted - start, time.perf_counter() - fitted)

    def foretold(self, con: duckdb.DuckDBPyConnection, cut: AsOf) -> Chances | None:
        """The chances that would have been told at a past instant of the contracts that ran then.

        Learned from what was before it alone, as `renew` would have. None where loss did not mean that a contract is
        not renewed; raises UsageError when there was too little to learn from.
        """
        horizon, clock, definitions = choose_horizon(con, cut), self._clock(), self._definitions()
        if horizon.awaited != "renewal":
            return None
        cuts = cuts_of(con, definitions, clock, cut, horizon.days, horizon.awaited)
        model = chosen(learn(horizon.days, cuts, horizon.awaited), cuts[0])
        found = examples(con, definitions, clock, cut, None, None, horizon.awaited)
        lost = model.probability(_named(found, model.names))
        return Chances(float(horizon.days), found.customer_key, 1 - lost)

    def why(self, customer_key: int, as_of: Moment = None) -> Why:
        """One buyer's forecast taken apart, from the kept fit and the features as of an instant.

        Raises NotFound for somebody who never ordered, UsageError before the first fit.
        """
        return self.whys([customer_key], as_of)[customer_key]

    def whys(self, keys: list[int], as_of: Moment = None) -> dict[int, Why]:
        """The forecasts of a few buyers taken apart. Raises as `why` does."""
        clock, kept = self._clock(), self.kept()
        if kept is None:
            raise UsageError("Risk has not been learned yet: tenure risk fit")
        con = self._store.connect_few(keys)
        found = examples(con, self._definitions(), clock, clock.as_of(as_of), None, None, kept.model.awaited)
        if missing := set(keys) - set(found.customer_key.tolist()):
            raise NotFound(NOTHING[kept.model.awaited].format(customer=min(missing)))
        values = _named(found, kept.model.names)
        told = why(kept.model, values, self._definitions().features, self._settings().currency)
        return dict(zip(found.customer_key.tolist(), told, strict=True))

    def losses(self, as_of: Moment = None, days: int | None = None) -> Losses:
        """What told those who then stopped buying from those who went on, as of the newest complete cut."""
        newest, span, awaited = self._newest(as_of, days)
        assert newest.lost is not None
        return self._compared(newest, span, newest.lost, frozenset(), awaited)

    def declines(self, as_of: Moment = None, days: int | None = None) -> Losses:
        """Of those who went on buying: what told the shrinking (spend at most 70 %) from the steady (85 % up)."""
        newest, span, awaited = self._newest(as_of, days)
        clock = self._clock()
        con = self._store.snapshot().connect()
        change = _changes(con, clock, newest, span)
        group = (change <= SHRUNK) | (change >= STEADY)
        part = Examples(newest.cut, newest.names, newest.customer_key[group], newest.values[group], None)
        leave_out = frozenset(name for name in newest.names if "ratio" in name)
        return self._compared(part, span, change[group] <= SHRUNK, leave_out, awaited)

    def saved(self, as_of: Moment = None) -> Saved:
        """Who stayed of those in danger at the newest complete cut, by the kept fit, and what they spent since then.

        Raises UsageError before the first fit, or when no span is complete.
        """
        kept = self.kept()
        if kept is None:
            raise UsageError("Risk has not been learned yet: tenure risk fit")
        newest, span, _ = self._newest(as_of, kept.model.days)
        assert newest.lost is not None
        danger = kept.model.probability(_named(newest, kept.model.names)) >= BANDS[1][1]
        con, end = self._store.snapshot().connect(), self._clock().start_of(newest.cut.day + timedelta(days=span))
        con.register("stayed", {"customer_key": newest.customer_key[danger & ~newest.lost]})
        asked = {"cut": naive(newest.cut.instant), "end": naive(end)}
        spend = con.execute(files("tenure.risk").joinpath("spend.sql").read_text("utf-8"), asked).fetchall()[0][0]
        return Saved(newest.cut, span, int(danger.sum()), int((danger & ~newest.lost).sum()), int(spend))

    def survival(
        self, by: By = "all", as_of: Moment = None, lifecycle: str | None = None, days: int | None = None
    ) -> Survival:
        """How long customers last, by stage, channel or cohort; lost after `days` of silence (default: as for risk).

        Raises UsageError when nobody bought or held a contract.
        """
        con, definitions = self._store.snapshot().connect(), self._definitions()
        moment, kept = self._clock().as_of(as_of), self.kept()
        horizon = choose_horizon(con, moment)
        span = days or (kept.model.days if kept and kept.model.awaited == horizon.awaited else horizon.days)
        stages = lifecycle or self._settings().lifecycle
        return survival(con, definitions, moment, replace(horizon, days=span), by, stages)

    def _newest(self, as_of: Moment, days: int | None) -> tuple[Examples, int, Awaited]:
        clock = self._clock()
        con = self._store.snapshot().connect()
        moment = clock.as_of(as_of)
        kept = self.kept()
        horizon = choose_horizon(con, moment)
        span = days or (kept.model.days if kept else horizon.days)
        cut_day = moment.day - timedelta(days=span)
        cut = AsOf(clock.start_of(cut_day), cut_day)
        found = examples(con, self._definitions(), clock, cut, span, CHUNK, horizon.awaited)
        if not len(found):
            nobody = NOBODY[horizon.awaited].format(day=cut_day)
            raise UsageError(f"{nobody}: there is no complete span of {span} days yet.")
        return found, span, horizon.awaited

    def _compared(self, found: Examples, days: int, gone: Any, leave_out: frozenset[str], awaited: Awaited) -> Losses:
        features, currency = self._definitions().features, self._settings().currency
        listed = drivers(found.names, found.values, gone, features, currency, leave_out)
        return Losses(found.cut, days, int(gone.sum()), int((~gone).sum()), tuple(listed), awaited)

    def _due(self, con: duckdb.DuckDBPyConnection, kept: Kept | None, moment: AsOf) -> str:
        """Why to fit anew: unfitted, features (one is gone), contracts (come or gone), schedule, earlier; or empty."""
        if kept is None:
            return "unfitted"
        if set(kept.model.names) - set(self._definitions().features):
            return "features"
        if choose_horizon(con, moment).awaited != kept.model.awaited:
            return "contracts"
        days = (moment.instant - kept.as_of.instant).days
        return "earlier" if days < 0 else "schedule" if days >= REFIT_DAYS else ""

    def _fitted(self, con: duckdb.DuckDBPyConnection, clock: Clock, moment: AsOf, days: int | None) -> Fitted:
        definitions = self._definitions()
        horizon = choose_horizon(con, moment)
        span = days or horizon.days
        cuts = cuts_of(con, definitions, clock, moment, span, horizon.awaited)
        models = learn(span, cuts, horizon.awaited)
        model = chosen(models, cuts[0])
        try:
            told = judged(con, moment, span, cuts, model.kind).document()
        except UsageError as error:
            told = {"refused": str(error)}
        return model, told

    def _keep_model(self, con: duckdb.DuckDBPyConnection, moment: AsOf, model: Churn, told: dict[str, Any]) -> None:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE fitted AS"
            " SELECT CAST(? AS TIMESTAMP) AS as_of, CAST(? AS VARCHAR) AS model, CAST(? AS VARCHAR) AS report",
            [naive(moment.instant), json.dumps(model.to_dict()), json.dumps(told)],
        ).fetchall()
        self._store.overwrite("risk_model", con, "SELECT * FROM fitted")

    def _score(self, con: duckdb.DuckDBPyConnection, moment: AsOf, model: Churn) -> tuple[int, float]:
        """Keep everybody's risk; returns how many, and the mean."""
        clock = self._clock()
        found = examples(con, self._definitions(), clock, moment, None, None, model.awaited)
        chances = model.probability(_named(found, model.names))
        columns = {"customer_key": found.customer_key, "probability": chances}
        con.register("in_memory", columns)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE scored AS SELECT customer_key, probability, {band_sql()} AS band,"
            " CAST(? AS INTEGER) AS days, CAST(? AS VARCHAR) AS model, CAST(? AS TIMESTAMP) AS as_of FROM in_memory"
            " ORDER BY customer_key",
            [model.days, model.kind, naive(moment.instant)],
        ).fetchall()
        con.unregister("in_memory")
        self._store.overwrite("risk", con, "SELECT * FROM scored")
        kept = "SELECT customer_key, probability, band FROM scored"
        self._store.keep_scores(con, "risk", kept, moment, clock)
        return len(found), float(chances.mean()) if len(found) else 0.0


def _renewal(moment: AsOf, count: int, model: Churn, cause: str, fit: float, score: float) -> Renewal:
    return Renewal(moment, count, model.days, model.kind, bool(cause), cause, fit, score, model.awaited)


def _drifted(kept: Kept, moment: AsOf, mean: float) -> bool:
    """Whether the customers look otherwise than when the model was learned: their mean forecast moved by so much."""
    days = (moment.instant - kept.as_of.instant).days
    return days >= DRIFT_DAYS and abs(mean - kept.report.get("mean", mean)) > DRIFT


def _named(found: Examples, names: tuple[str, ...]) -> np.ndarray[Any, Any]:
    """The values in the order the model learned them; what is no longer measured is unknown."""
    places = {name: place for place, name in enumerate(found.names)}
    missing = np.full(len(found), np.nan)
    if not names:
        return found.values
    return np.column_stack([found.values[:, places[name]] if name in places else missing for name in names])


def _changes(con: duckdb.DuckDBPyConnection, clock: Clock, judged: Examples, days: int) -> np.ndarray[Any, Any]:
    """Spend in the days after the cut against as many before it; NaN for those who did not buy in both."""
    start, end = (clock.start_of(judged.cut.day + timedelta(days=shift)) for shift in (-days, days))
    rows = con.execute(
        files("tenure.risk").joinpath("changes.sql").read_text("utf-8"),
        {"cut": naive(judged.cut.instant), "start": naive(start), "end": naive(end)},
    ).fetchall()
    found = {key: change for key, change in rows if change is not None}
    return np.array([found.get(key, np.nan) for key in judged.customer_key.tolist()])
