"""The room of value in a workspace: fit when due, else only score; keep one row a customer in the store."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
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
from tenure.value.keeping import keep_renewals, keep_values
from tenure.value.parts import Columns, Parts, parts, together, without_contracts
from tenure.value.renewals import Chances, Own, Renewals, renewals
from tenure.value.renewals_report import Foretold, renewals_report
from tenure.value.report import OWN, Report, report
from tenure.value.running import Held, lasted
from tenure.value.summary import Summary, later, span, summarise

__all__ = ["CONTRACTS", "Kept", "Likeliest", "Renewal", "Value"]

Moment = str | date | datetime | AsOf | None

REFIT_DAYS = 30
DRIFT_DAYS = 7
DRIFT = 0.2
YEAR = 365.0
CONTRACTS = "ShiftedBetaGeometric"
DISCOUNT = 0.1
COLUMNS = ("customer_key", "purchases", "alive", "value", "low", "high")


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


@dataclass(frozen=True)
class _Bought:
    """What orders bring, one row a buyer; why the forecaster was learned anew, empty where the kept one serves."""

    forecaster: Forecaster
    why: str
    fitted: float
    columns: Columns
    notes: tuple[str, ...]


class Value:
    """What customers are worth. Reading needs nothing; `renew` writes and needs the workspace's lock.

    `foretold` tells the own chances of contracts at a past instant, for the hold-out.
    """

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        clock: Callable[[], Clock],
        foretold: Foretold | None = None,
    ) -> None:
        self._store, self._settings, self._clock, self._foretold = store, settings, clock, foretold

    def summarise(self, as_of: Moment = None) -> Summary:
        """Every buyer as the models take them, of all orders: frequency, recency, T in days; money in minor units."""
        return summarise(self._store.snapshot().connect(), self._clock(), self._clock().as_of(as_of))

    def fit(self, as_of: Moment = None) -> Forecaster:
        """A forecaster for all that was before an instant. Raises UsageError when nobody had bought again by then."""
        clock = self._clock()
        moment = clock.as_of(as_of)
        con = self._parts(moment)[1].orders
        return self._learned(con, clock, moment, summarise(con, clock, moment))

    def report(self, as_of: Moment = None, cut: Moment = None) -> Report:
        """How well the models forecast a time held out, beside the naive baseline. Raises UsageError when too short.

        Of a company with orders and contracts it holds both.
        """
        clock = self._clock()
        moment = clock.as_of(as_of)
        con, paid = self._parts(moment)
        return self._judged(con, paid, moment, None if cut is None else clock.as_of(cut))

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
        few = self._store.connect_few([customer_key])
        without_contracts(few)
        summary = summarise(few, self._clock(), moment)
        if customer_key not in summary.customer_key:
            return None
        assert len(summary) == 1
        number, chance, some = (float(each[0]) for each in kept.forecaster.likeliest(summary, YEAR))
        return Likeliest(int(number), chance, some)

    def renew(self, as_of: Moment = None, refit: bool = False) -> Renewal:
        """Bring the derived table `value` up to an instant; fit anew only when asked, due or drifted.

        What orders and contracts bring is added up. Raises UsageError, and changes nothing, when there is nothing to
        learn from.
        """
        start = time.perf_counter()
        moment = self._clock().as_of(as_of)
        con, paid = self._parts(moment)
        bought, refused = self._tried(lambda: self._bought(paid, moment, refit))
        why = bought.why if bought else "asked" if refit else self._stale(con, moment)
        judging = time.perf_counter()
        made, unjudged = self._tried(lambda: self._judged(con, paid, moment)) if why else (None, "")
        fit = (bought.fitted if bought else 0.0) + time.perf_counter() - judging
        by_age = _aged(made) if why else self._kept_by_age(con)
        renewed, unlearned = self._tried(lambda: self._renewed(con, paid.held, moment, by_age))
        if bought is None and renewed is None:
            raise UsageError(refused or unlearned)
        if why:
            told = {"refused": unjudged} if made is None else made.document()
            self._keep_model(con, moment, _document(bought, paid, renewed, by_age), json.dumps(told))
        model, columns = _all(bought, renewed)
        keep_renewals(self._store, con, moment, renewed)
        keep_values(self._store, con, self._clock(), moment, model, columns)
        notes = (*(bought.notes if bought else ()), *paid.notes(), *filter(None, (refused, unlearned)))
        count, took = len(np.asarray(columns["customer_key"])), time.perf_counter() - start
        return Renewal(moment, count, model, bool(why), why, fit, took - fit, notes)

    def _parts(self, moment: AsOf) -> tuple[duckdb.DuckDBPyConnection, Parts]:
        """A connection to everything, and what the company is paid by."""
        snapshot = self._store.snapshot()
        con = snapshot.connect()
        return con, parts(con, snapshot.connect, moment)

    @staticmethod
    def _tried(make: Callable[[], Any]) -> tuple[Any, str]:
        """What was made, or why it could not be."""
        try:
            return make(), ""
        except UsageError as error:
            return None, str(error)

    def _bought(self, paid: Parts, moment: AsOf, refit: bool) -> _Bought | None:
        """What orders bring; None where there are contracts and no orders."""
        clock, con, start = self._clock(), paid.orders, time.perf_counter()
        summary = summarise(con, clock, moment)
        if not len(summary) and paid.held is not None:
            return None
        kept = self.kept()
        gone = kept is not None and not len(summary) and summary.returned  # all was refunded since: nobody has a value
        why = "" if gone else "asked" if refit else self._due(con, kept, moment)
        forecaster = self._learned(con, clock, moment, summary) if why or kept is None else kept.forecaster
        fitted = time.perf_counter() - start
        notes = *forecaster.texts, *span(con, moment).notes(), *summary.notes()
        columns = _columns(summary, forecaster.forecast(summary, YEAR, DISCOUNT))
        return _Bought(forecaster, why, fitted, columns, notes)

    def _renewed(
        self, con: duckdb.DuckDBPyConnection, known: Held | None, moment: AsOf, by_age: bool
    ) -> Renewals | None:
        """What contracts bring, fitted anew each time, since that takes no time; None without contracts."""
        return None if known is None else renewals(known, YEAR, DISCOUNT, self._own(con, moment, known), by_age)

    @staticmethod
    def _kept_by_age(con: duckdb.DuckDBPyConnection) -> bool:
        """Whether the hold-out of the last fit chose the age of contracts over the own risk of each."""
        rows = con.execute("SELECT model FROM value_model").fetchall()
        return bool(rows and json.loads(rows[-1][0]).get("contracts_by_age"))

    def _moment(self, kept: datetime) -> AsOf:
        return self._clock().as_of(kept.replace(tzinfo=UTC))

    def _learned(self, con: duckdb.DuckDBPyConnection, clock: Clock, moment: AsOf, summary: Summary) -> Forecaster:
        if not len(summary) and summary.returned:
            raise UsageError(
                f"All orders before {moment.day} were refunded or cancelled, so there is nothing to learn from."
            )
        if not len(summary):
            raise UsageError(f"There are no orders before {moment.day}. Import orders first: tenure import orders FILE")
        taught = inner(con, clock, moment, YEAR)
        return Forecaster.learn(summary, taught.first, YEAR, taught.others, taught.windows)

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

    def _stale(self, con: duckdb.DuckDBPyConnection, moment: AsOf) -> str:
        """Why to judge contracts anew where there is nothing else: as for a fit of purchases."""
        rows = con.execute("SELECT as_of FROM value_model").fetchall()
        if not rows:
            return "unfitted"
        days = (moment.instant - self._moment(rows[-1][0]).instant).days
        return "earlier" if days < 0 else "schedule" if days >= REFIT_DAYS else ""

    def _judged(self, con: duckdb.DuckDBPyConnection, paid: Parts, moment: AsOf, cut: AsOf | None = None) -> Report:
        """The hold-out of what the company is paid by; of both parts that of orders, with that of contracts inside."""
        clock, currency = self._clock(), self._settings().currency
        if span(paid.orders, moment).first is None and paid.held is not None:
            return renewals_report(con, clock, moment, currency, cut, self._foretold)
        found = report(paid.orders, clock, moment, currency, cut)
        if paid.held is None:
            return found
        other, refused = self._tried(lambda: renewals_report(con, clock, moment, currency, cut, self._foretold))
        return replace(found, contracts=other, notes=(*found.notes, *paid.notes(), *filter(None, (refused,))))

    def _keep_model(self, con: duckdb.DuckDBPyConnection, moment: AsOf, model: dict[str, Any], told: str) -> None:
        """Keep the fit, with the hold-out report of this moment."""
        con.execute(
            "CREATE OR REPLACE TEMP TABLE fitted AS"
            " SELECT CAST(? AS TIMESTAMP) AS as_of, CAST(? AS VARCHAR) AS model, CAST(? AS VARCHAR) AS report",
            [naive(moment.instant), json.dumps(model), told],
        ).fetchall()
        self._store.overwrite("value_model", con, "SELECT * FROM fitted")

    def _own(self, con: duckdb.DuckDBPyConnection, moment: AsOf, known: Held) -> Own | None:
        """Each contract's own chance to be renewed, from the scores of risk; None unless they are of this week."""
        scored = con.execute("SELECT max(as_of), max(days) FROM risk").fetchall()[0]
        if scored[0] is None or abs((moment.instant - self._moment(scored[0]).instant).days) > DRIFT_DAYS:
            return None
        if self._awaited(con) != "renewal":
            return None
        rows = con.execute("SELECT customer_key, probability FROM risk ORDER BY customer_key").fetchnumpy()
        keys = np.asarray(rows["customer_key"], np.int64)
        return Chances(float(scored[1]), keys, 1 - np.asarray(rows["probability"], float)).among(known)

    @staticmethod
    def _awaited(con: duckdb.DuckDBPyConnection) -> str:
        """What loss means to the risk that was scored: that no purchase comes, or no renewal."""
        rows = con.execute("SELECT model FROM risk_model").fetchall()
        return str(json.loads(rows[-1][0]).get("awaited", "purchase")) if rows else "purchase"


def _aged(made: Report | None) -> bool:
    """Whether a hold-out chose the age of contracts over the own risk of each."""
    judged = made if made is None or made.awaited == "renewal" else made.contracts
    return judged is not None and any(row.model == OWN for row in judged.rows) and judged.chosen.model != OWN


def _document(bought: _Bought | None, paid: Parts, renewed: Renewals | None, by_age: bool) -> dict[str, Any]:
    """A fit as it is kept."""
    model = bought.forecaster.to_dict() if bought else {}
    if renewed is not None and paid.held is not None:
        model |= {"contracts": lasted(paid.held).to_dict(), "contracts_by_age": by_age}
    return model


def _columns(summary: Summary, found: Forecast) -> Columns:
    money = {"value": found.value, "low": found.low, "high": found.high}
    return {"customer_key": summary.customer_key, "purchases": found.purchases, "alive": found.alive, **money}


def _all(bought: _Bought | None, renewed: Renewals | None) -> tuple[str, Columns]:
    """By which models everybody is valued, and what each is worth by orders and contracts together."""
    if renewed is None:
        assert bought is not None
        return bought.forecaster.name, bought.columns
    if bought is None:
        return CONTRACTS, {name: getattr(renewed, name) for name in COLUMNS}
    return f"{bought.forecaster.name} + {CONTRACTS}", together(bought.columns, renewed)
