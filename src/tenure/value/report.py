"""The hold-out report: how well each model would have forecast what then happened, beside the naive baseline.

The time is split, never the customers: models see what was before the cut, and are asked about what came after it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Literal

import duckdb
import numpy as np

from tenure.clock import AsOf, Clock
from tenure.errors import UsageError
from tenure.value.forecaster import LEVEL, Forecaster, naive
from tenure.value.gamma_gamma import GammaGamma
from tenure.value.histories import Floats
from tenure.value.inner import LEAST, inner
from tenure.value.likely import whole
from tenure.value.metrics import Nearer, Score, nearer, score
from tenure.value.plots import Plot, lines
from tenure.value.summary import Later, Summary, later, span, summarise

__all__ = ["HoldOut", "Report", "Row", "Week", "against_naive", "report", "usual_cut"]

TRACKED = ("week", "actual", "expected", "naive")
WHOLE = "the same in whole purchases"
OWN = "each contract's own risk"


@dataclass(frozen=True)
class Row:
    """One way of forecasting: its purchases and its money (undiscounted, minor units) against the truth.

    `chosen` marks what the product uses; `coverage` is the part of customers whose purchases lay in the interval, which
    promises `LEVEL`; `verdict` is the fit's, empty for the baseline.
    """

    model: str
    chosen: bool
    purchases: Score
    spend: Score | None
    coverage: float | None
    verdict: str


@dataclass(frozen=True)
class Week:
    """Purchases of all customers together from the cut to the end of a week after it; `naive` is the baseline's."""

    week: int
    actual: float
    expected: float
    naive: float


@dataclass(frozen=True)
class HoldOut:
    """A split of time: what was known at the cut, and what followed until the end."""

    summary: Summary
    later: Later
    cut: AsOf
    end: AsOf


@dataclass(frozen=True)
class Report:
    """The hold-out table of one company, with its tracking curve. Times are days; money is in minor units.

    Where renewals were awaited, they stand in place of purchases, and the customers are those whose contract ran. Of a
    company with both, `contracts` is the report of its contracts beside that of its orders. `beside_naive` says whether
    what is used was nearer to the truth than the naive forecast, farther, or by no more than chance may bring: open.
    """

    cut: str
    end: str
    days: int
    customers: int
    purchases: int
    currency: str
    rows: tuple[Row, ...]
    tracking: tuple[Week, ...]
    notes: tuple[str, ...]
    level: float
    seconds: float
    awaited: Literal["purchase", "renewal"] = "purchase"
    contracts: Report | None = None
    beside_naive: Nearer = "open"

    @property
    def chosen(self) -> Row:
        """What the product uses."""
        return next(row for row in self.rows if row.chosen)

    def plot_tracking(self, axes: Any = None) -> Plot:
        """Purchases of all together since the cut, week by week: that came, were expected, and the baseline's."""
        table = {name: np.array([getattr(week, name) for week in self.tracking], float) for name in TRACKED}
        return lines(table, "purchases since the cut", "Tracking", axes)

    def plot_calibration(self, axes: Any = None) -> Plot:
        """Mean purchases of each tenth of the customers, the lowest forecast first: those that came, those expected."""
        tenths = self.chosen.purchases.deciles
        table = {
            "tenth": np.arange(1.0, len(tenths) + 1),
            "actual": np.array([tenth.actual for tenth in tenths]),
            "expected": np.array([tenth.expected for tenth in tenths]),
        }
        return lines(table, "purchases a customer", "Calibration", axes)

    def document(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]


def usual_cut(con: duckdb.DuckDBPyConnection, clock: Clock, as_of: AsOf) -> AsOf:
    """Where to split: so that the last third of the history, a year at most, is held out.

    Raises UsageError when the history is too short.
    """
    found = span(con, as_of)
    if found.first is None:
        raise UsageError(f"There are no orders before {as_of.day}. Import orders first: tenure import orders FILE")
    held = min(((as_of.day - found.first).days) // 3, 365)
    if held < LEAST:
        raise UsageError(
            f"The orders before {as_of.day} begin on {found.first}; a hold-out takes {3 * LEAST} days of orders."
            " Wait, or import older orders."
        )
    return clock.as_of(as_of.day - timedelta(days=held))


def split(con: duckdb.DuckDBPyConnection, clock: Clock, cut: AsOf, end: AsOf) -> HoldOut:
    """What was known at the cut and what followed. Raises UsageError when nobody had bought by then."""
    summary = summarise(con, clock, cut)
    if not len(summary):
        raise UsageError(f"Nobody had bought anything before {cut.day}.")
    return HoldOut(summary, later(con, clock, summary, end), cut, end)


def report(con: duckdb.DuckDBPyConnection, clock: Clock, as_of: AsOf, currency: str, cut: AsOf | None = None) -> Report:
    """Split at `cut` (default: `usual_cut`), fit everything to what was before it, and score what came after."""
    start = time.perf_counter()
    held = split(con, clock, cut or usual_cut(con, clock, as_of), as_of)
    taught = inner(con, clock, held.cut, held.later.days)
    forecaster = Forecaster.learn(held.summary, taught.first, held.later.days, taught.others, taught.windows)
    rows, beside = _rows(held, forecaster)
    left_out = *span(con, held.cut).notes(), *held.summary.notes()
    notes = *forecaster.texts, against_naive(rows, beside), *left_out
    return Report(
        held.cut.text,
        held.end.text,
        held.later.days,
        len(held.summary),
        int(held.later.purchases.sum()),
        currency,
        rows,
        _tracking(held, forecaster),
        tuple(filter(None, notes)),
        LEVEL,
        time.perf_counter() - start,
        beside_naive=beside,
    )


def against_naive(rows: Sequence[Row], beside: Nearer) -> str:
    """What is to be known when the line that is used was not surely nearer to the truth than the naive one, the first.

    Empty when it was.
    """
    if beside == "nearer":
        return ""
    used, plain = (row.purchases.rmse for row in (next(row for row in rows if row.chosen), rows[0]))
    if beside == "open":
        return (
            f"What was held out is too little to choose by: RMSE {used:.3f} of the forecast that is used and"
            f" {plain:.3f} of the naive one differ by no more than chance may bring."
        )
    return (
        "The naive forecast was nearer to the truth than the one that is used, by more than chance would bring: RMSE"
        f" {plain:.3f} against {used:.3f}. Use the forecast with care until a later hold-out says otherwise."
    )


def _rows(held: HoldOut, forecaster: Forecaster) -> tuple[tuple[Row, ...], Nearer]:
    """The baseline, every single model as it is, and what the product uses; whether that was nearer than the first."""
    days, summary = held.later.days, held.summary
    each = _spend_each(summary, forecaster.spend)
    plain = naive(summary, days)
    made = [_row(held, "naive", plain, each)]
    for model in forecaster.models:
        ahead, name = model.expected_purchases(days, *summary.history), type(model).__name__
        ends = model.purchases_interval(days, *summary.history, level=LEVEL)
        made.append(_row(held, name, ahead, each, False, _covered(held, *ends), model.verdict_.text))
    ahead = forecaster.purchases(summary, days)
    inside = _covered(held, *forecaster.purchases_interval(summary, days))
    used = _row(held, f"{forecaster.name}, recalibrated", ahead, each, True, inside, " ".join(forecaster.texts))
    made.append(used if forecaster.recalibrated else replace(used, model=forecaster.name))
    counted = whole(forecaster.models, summary.history, days, ahead)
    made.append(Row(WHOLE, False, score(counted, held.later.purchases, order=ahead), None, None, ""))
    return tuple(made), nearer(ahead, plain, held.later.purchases)


def _row(
    held: HoldOut,
    name: str,
    ahead: Floats,
    each: Floats | None,
    chosen: bool = False,
    coverage: float | None = None,
    verdict: str = "",
) -> Row:
    spend = None if each is None else score(ahead * each, held.later.spend)
    return Row(name, chosen, score(ahead, held.later.purchases), spend, coverage, verdict)


def _spend_each(summary: Summary, spend: GammaGamma | None) -> Floats | None:
    return None if spend is None else spend.expected_spend(summary.priced, summary.monetary)


def _covered(held: HoldOut, low: Floats, high: Floats) -> float:
    """The part of customers whose purchases lay in the interval."""
    return float(((held.later.purchases >= low) & (held.later.purchases <= high)).mean())


def _tracking(held: HoldOut, forecaster: Forecaster) -> tuple[Week, ...]:
    """Week by week, what all customers bought since the cut, what was expected of them, and the baseline's."""
    happened = np.cumsum(held.later.daily)
    weeks = range(1, held.later.days // 7 + 1)
    totals = forecaster.totals(held.summary, [7.0 * week for week in weeks])
    weekly = float(naive(held.summary, 7.0).sum())  # the baseline goes on at one rate
    return tuple(
        Week(week, float(happened[7 * week]), total, week * weekly) for week, total in zip(weeks, totals, strict=True)
    )
