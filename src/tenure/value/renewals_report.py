"""The hold-out report of contracts: renewals expected of those that ran at a past cut, against those that came.

Beside the model stands the naive forecast: of all renewals that fall due, the part made in the span before goes on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Any

import duckdb
import numpy as np

from tenure.clock import AsOf, Clock
from tenure.errors import UsageError
from tenure.value.histories import Floats
from tenure.value.metrics import score
from tenure.value.renewals import ahead, due_alone
from tenure.value.report import Report, Row, Week
from tenure.value.running import Held, contracts, held, lasted
from tenure.value.shifted_beta_geometric import ShiftedBetaGeometric

__all__ = ["QUARTER", "renewals_report"]

QUARTER = 92  # days held out


@dataclass(frozen=True)
class _Came:
    """What all contracts brought from a day on: renewals and money of each, and renewals by the day."""

    renewals: Floats
    amount: Floats
    daily: Floats


def renewals_report(
    con: duckdb.DuckDBPyConnection, clock: Clock, as_of: AsOf, currency: str, cut: AsOf | None = None
) -> Report:
    """Hold out what came from `cut` on (default: the last quarter), and set it against what was known before it.

    Raises UsageError when no contract ran at the cut, none had ended by then, or nothing fell due before it.
    """
    start = time.perf_counter()
    cut = cut or clock.as_of(as_of.day - timedelta(days=QUARTER))
    days = (as_of.day - cut.day).days
    if days < 1:
        raise UsageError(f"Nothing can be held out from {cut.day} to {as_of.day}. Choose an earlier cut.")
    then = _running(con, cut)
    model, came = lasted(then), _came(con, then, cut, days)
    rate = _rate(con, clock, cut, days)
    expected, daily = _expected(then, model, days)
    naive = due_alone(then, days - 1) * rate
    rows = (
        _row("naive", then, naive, came),
        _row(type(model).__name__, then, expected, came, chosen=True, verdict=model.verdict_.text),
    )
    texts = () if model.verdict_.kind == "sound" else (model.verdict_.text,)
    return Report(
        cut.text,
        as_of.text,
        days,
        int(then.runs.sum()),
        int(came.renewals.sum()),
        currency,
        rows,
        _weeks(came.daily, daily),
        texts,
        0.0,
        time.perf_counter() - start,
        "renewal",
    )


def _running(con: duckdb.DuckDBPyConnection, cut: AsOf) -> Held:
    found = held(con, cut, contracts(con, cut))
    if not found.runs.any():
        raise UsageError(f"No contract ran on {cut.day}: there is nothing yet to judge the forecast of renewals by.")
    return found


def _came(con: duckdb.DuckDBPyConnection, then: Held, cut: AsOf, days: int) -> _Came:
    """What those whose contract ran at the cut brought in the days after it."""
    con.register("asked", {"customer_key": then.running})
    query = files("tenure.value").joinpath("renewed.sql").read_text("utf-8")
    rows = con.execute(query, {"start": cut.day, "end": cut.day + timedelta(days=days)}).fetchnumpy()
    con.unregister("asked")
    place = np.searchsorted(then.customer_key, rows["customer_key"])
    each = [_added(place, rows[name], len(then.runs)) for name in ("renewals", "amount")]
    return _Came(each[0], each[1], _added(rows["day"], rows["renewals"], days))


def _added(place: Any, worth: Any, count: int) -> Floats:
    return np.asarray(np.bincount(place, worth, count), np.float64)


def _rate(con: duckdb.DuckDBPyConnection, clock: Clock, cut: AsOf, days: int) -> float:
    """Of the renewals that fell due in as many days before the cut, the part that was made."""
    earlier = clock.as_of(cut.day - timedelta(days=days))
    before = _running(con, earlier)
    due = float(due_alone(before, days - 1).sum())
    if not due:
        raise UsageError(f"No renewal fell due in the {days} days before {cut.day}: there is no rate to go on with.")
    return float(_came(con, before, earlier, days).renewals.sum()) / due


def _expected(then: Held, model: ShiftedBetaGeometric, days: int) -> tuple[Floats, Floats]:
    """Renewals expected of each contract, and of all together by the day."""
    each, daily = np.zeros(len(then.runs)), np.zeros(days)
    for due in ahead(then, model, days - 1):
        each[due.rows] += due.chance
        daily += np.bincount(due.days.astype(np.intp), due.chance, days)
    return each, daily


def _row(name: str, then: Held, expected: Floats, came: _Came, chosen: bool = False, verdict: str = "") -> Row:
    """Contracts without a price count in renewals, not in money."""
    priced = then.runs & ~np.isnan(then.price)
    money = score((expected * then.price)[priced], came.amount[priced]) if priced.any() else None
    return Row(name, chosen, score(expected[then.runs], came.renewals[then.runs]), money, None, verdict)


def _weeks(came: Floats, expected: Floats) -> tuple[Week, ...]:
    happened, told = np.cumsum(came), np.cumsum(expected)
    weeks = range(1, len(came) // 7 + 1)
    return tuple(Week(week, float(happened[7 * week - 1]), float(told[7 * week - 1])) for week in weeks)
