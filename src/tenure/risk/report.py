"""How well churn would have been forecast: the newest complete cut held out, beside a naive baseline."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from tenure.clock import AsOf, Clock
from tenure.definitions import Definitions
from tenure.errors import UsageError
from tenure.risk.churn import BOOSTING, Churn, learn
from tenure.risk.examples import MOST, Awaited, Examples, Horizon, choose_horizon, examples, first_day
from tenure.risk.scoring import Figures, figures
from tenure.value import Nearer, by_age, contracts, held, nearer

__all__ = ["CUTS", "Report", "Row", "chosen", "cuts_of", "judged", "report"]

CUTS = 5
LEEWAY = 0.02
RECENCY = "days_since_last_order"
NAIVE = "naive"
SBG = "sBG"  # of contracts: their age alone
_BEGIN = {"purchase": "orders begin", "renewal": "contracts begin"}
_STAYS = {"purchase": "buys again", "renewal": "renews"}


@dataclass(frozen=True)
class Row:
    """One model in the hold-out table; `chosen` is of the kind that is used, learned from all that is known by now."""

    model: str
    figures: Figures
    chosen: bool


@dataclass(frozen=True)
class Report:
    """What was held out and how every model did. `cut` is the instant forecasts were made at.

    `beside_naive` says whether what is used was nearer to the truth than the baseline, farther, or by no more than
    chance may bring: open.
    """

    as_of: AsOf
    cut: AsOf
    horizon: Horizon
    cuts: int
    rows: tuple[Row, ...]
    seconds: float
    beside_naive: Nearer = "open"

    def document(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "as_of": self.as_of.text,
            "cut": self.cut.text,
            "days": self.horizon.days,
            "awaited": self.horizon.awaited,
            "gaps": self.horizon.gaps,
            "typical_gap_at_most": self.horizon.typical,
            "cuts": self.cuts,
            "beside_naive": self.beside_naive,
            "models": [{"model": row.model, "used": row.chosen, **row.figures.document()} for row in self.rows],
            "seconds": round(self.seconds, 3),
        }


def cuts_of(
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    clock: Clock,
    as_of: AsOf,
    days: int,
    awaited: Awaited = "purchase",
) -> list[Examples]:
    """The past cuts whose outcome is complete, newest first: one each horizon back. Raises UsageError without any."""
    start = first_day(con, awaited)
    if start is None:
        raise UsageError(f"There are no orders before {as_of.day}. Import orders first: tenure import orders FILE")
    found = []
    for number in range(1, CUTS + 1):
        day = as_of.day - timedelta(days=days * number)
        if (day - start.day).days < days:
            break
        cut = AsOf(clock.start_of(day), day)
        found.append(examples(con, definitions, clock, cut, days, MOST, awaited))
    if not found:
        raise UsageError(
            f"The history is too short: {_BEGIN[awaited]} on {start.day}, and at least {2 * days} days before"
            f" {as_of.day} are needed to learn who {_STAYS[awaited]} within {days} days."
        )
    return found


def chosen(models: Sequence[Churn], calibrating: Examples) -> Churn:
    """The model with the smaller log loss on the cut that calibrated it, never on the one that judges.

    Boosting is kept unless the plain model is better by more than LEEWAY: features that say much the same share a
    reason between them in trees, but get opposed slopes in a line, and reasons are read by people.
    """
    assert calibrating.lost is not None
    lost = calibrating.lost

    def loss(model: Churn) -> float:
        found = figures(model.probability(calibrating.values), lost).log_loss
        return found if model.kind == BOOSTING else found * (1 + LEEWAY)

    return min(models, key=loss)


def report(
    con: duckdb.DuckDBPyConnection, definitions: Definitions, clock: Clock, as_of: AsOf, days: int | None = None
) -> Report:
    """Hold the newest complete cut out and judge every model on it. Raises UsageError when the history is too short."""
    start = time.perf_counter()
    horizon = choose_horizon(con, as_of)
    span = days or horizon.days
    cuts = cuts_of(con, definitions, clock, as_of, span, horizon.awaited)
    used = chosen(learn(span, cuts, horizon.awaited), cuts[0]).kind
    return replace(judged(con, as_of, span, cuts, used), seconds=time.perf_counter() - start)


def judged(con: duckdb.DuckDBPyConnection, as_of: AsOf, days: int, cuts: Sequence[Examples], used: str) -> Report:
    """The report of cuts that are there already, newest first, with the kind of model that is used now.

    Raises UsageError with fewer than two.
    """
    start = time.perf_counter()
    horizon = replace(choose_horizon(con, as_of), days=days)
    if len(cuts) < 2:
        raise UsageError(
            f"There is one complete span of {days} days to learn from, and none to judge by. Wait for more history,"
            " or choose fewer days."
        )
    newest, earlier = cuts[0], cuts[1:]
    lost = _lost(newest).astype(float)
    told = {model.kind: model.probability(newest.values) for model in learn(days, earlier, horizon.awaited)}
    name, plain = _baseline(con, earlier[0], newest, horizon.awaited)
    rows = [Row(kind, figures(found, _lost(newest)), kind == used) for kind, found in {**told, name: plain}.items()]
    beside = nearer(told[used], plain, lost)
    return Report(as_of, newest.cut, horizon, len(cuts), tuple(rows), time.perf_counter() - start, beside)


def _baseline(
    con: duckdb.DuckDBPyConnection, before: Examples, judged: Examples, awaited: Awaited
) -> tuple[str, NDArray[np.float64]]:
    """What costs nothing to forecast by, with its name: silence alone, or of contracts their age alone."""
    if awaited == "renewal":
        expected = by_age(held(con, judged.cut, contracts(con, judged.cut)), judged.customer_key)
        if expected is not None:
            return SBG, expected
    return NAIVE, _naive(before, judged)


def _lost(each: Examples) -> NDArray[np.bool_]:
    assert each.lost is not None
    return each.lost


def _naive(before: Examples, judged: Examples) -> NDArray[np.float64]:
    """The share lost among those who had been silent as long, at the cut before: ten groups of silence."""
    if RECENCY not in before.names or np.isnan(before.values[:, before.names.index(RECENCY)]).all():
        return np.full(len(judged), _lost(before).mean())
    place = before.names.index(RECENCY)
    edges = np.unique(np.quantile(before.values[:, place], np.arange(0.1, 1.0, 0.1)))
    groups = np.searchsorted(edges, before.values[:, place], side="left")
    lost = _lost(before)
    shares = np.array([lost[groups == g].mean() if (groups == g).any() else lost.mean() for g in range(len(edges) + 1)])
    return np.asarray(shares[np.searchsorted(edges, judged.values[:, place], side="left")])
