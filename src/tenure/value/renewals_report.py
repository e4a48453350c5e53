"""The hold-out report of contracts: renewals expected of those that ran at a past cut, against those that came.

Judged is what is shown of a customer: the renewals that its own chance tells of, and the model for all later ones.
Beside it stand the model alone, which knows the age of a contract and nothing else, and the naive forecast: of all
renewals that fall due, the part made in the span before goes on. The model alone is the one used where it was nearer
to the truth by more than chance would bring.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Any

import duckdb
import numpy as np

from tenure.clock import AsOf, Clock
from tenure.errors import UsageError
from tenure.value.histories import Floats
from tenure.value.metrics import Nearer, nearer, score
from tenure.value.renewals import Chances, Own, ahead, due_alone
from tenure.value.report import OWN, Report, Row, Week, against_naive
from tenure.value.running import Held, contracts, held, lasted
from tenure.value.shifted_beta_geometric import ShiftedBetaGeometric

__all__ = ["QUARTER", "Foretold", "renewals_report"]

QUARTER = 92  # days held out

#: The own chances of the contracts that run at an instant, learned from what was before it; None where there are none.
Foretold = Callable[[duckdb.DuckDBPyConnection, AsOf], Chances | None]


@dataclass(frozen=True)
class _Came:
    """What all contracts brought from a day on: renewals and money of each, and renewals by the day."""

    renewals: Floats
    amount: Floats
    daily: Floats


def renewals_report(
    con: duckdb.DuckDBPyConnection,
    clock: Clock,
    as_of: AsOf,
    currency: str,
    cut: AsOf | None = None,
    foretold: Foretold | None = None,
) -> Report:
    """Hold out what came from `cut` on (default: the last quarter), and set it against what was known before it.

    `foretold` gives the own chances of then. Raises UsageError when no contract ran at the cut, none had ended by then,
    or nothing fell due before it.
    """
    start = time.perf_counter()
    cut = cut or clock.as_of(as_of.day - timedelta(days=QUARTER))
    days = (as_of.day - cut.day).days
    if days < 1:
        raise UsageError(f"Nothing can be held out from {cut.day} to {as_of.day}. Choose an earlier cut.")
    then = _running(con, cut)
    model, came = lasted(then), _came(con, then, cut, days)
    rate = _rate(con, clock, cut, days)
    own, note = _own(con, cut, then, foretold)
    rows, daily, beside = _rows(then, model, own, due_alone(then, days - 1) * rate, came)
    notes = (
        note,
        _nearer(rows),
        against_naive(rows, beside),
        "" if model.verdict_.kind == "sound" else model.verdict_.text,
    )
    return Report(
        cut.text,
        as_of.text,
        days,
        int(then.runs.sum()),
        int(came.renewals.sum()),
        currency,
        rows,
        _weeks(came.daily, daily, [rate * float(due_alone(then, day - 1).sum()) for day in _ends(days)]),
        tuple(filter(None, notes)),
        0.0,
        time.perf_counter() - start,
        "renewal",
        beside_naive=beside,
    )


def _own(con: duckdb.DuckDBPyConnection, cut: AsOf, then: Held, foretold: Foretold | None) -> tuple[Own | None, str]:
    """Each contract's own chance as it would have been told at the cut; without one, why not."""
    try:
        found = foretold(con, cut) if foretold else None
    except UsageError as error:
        return None, f"The own risk of contracts could not be learned from what was before {cut.day}. {error}"
    return (None, "") if found is None else (found.among(then), "")


def _rows(
    then: Held, model: ShiftedBetaGeometric, own: Own | None, naive: Floats, came: _Came
) -> tuple[tuple[Row, ...], Floats, Nearer]:
    """The lines of the table; what the one that is used expected of all together by the day, and how near it was."""
    name, verdict, days = type(model).__name__, model.verdict_.text, len(came.daily)
    first = _row("naive", then, naive, came)
    age, daily = _expected(then, model, days)
    ran = then.runs
    if own is None:
        beside = nearer(age[ran], naive[ran], came.renewals[ran])
        return (first, _row(name, then, age, came, True, verdict)), daily, beside
    told, told_daily = _expected(then, model, days, own)
    by_age = nearer(age[ran], told[ran], came.renewals[ran]) == "nearer"
    rows = first, _row(name, then, age, came, by_age, verdict), _row(OWN, then, told, came, not by_age, verdict)
    used, used_daily = (age, daily) if by_age else (told, told_daily)
    return rows, used_daily, nearer(used[ran], naive[ran], came.renewals[ran])


def _nearer(rows: tuple[Row, ...]) -> str:
    """Which was nearer to the truth, the own risk or age alone, and which is used, where both were asked."""
    if rows[-1].model != OWN:
        return ""
    age, own = (row.purchases.rmse for row in rows[-2:])
    if own <= age:
        return (
            f"Each contract's own risk was nearer to the truth than its age alone: RMSE {own:.3f} against {age:.3f}"
            " renewals a contract."
        )
    if rows[-1].chosen:
        return (
            "Age alone was nearer to the truth than each contract's own risk, but by no more than chance may bring:"
            f" RMSE {age:.3f} against {own:.3f} renewals a contract."
            " The own risk is used, so that value and risk say the same of a customer."
        )
    return (
        "Age alone was nearer to the truth than each contract's own risk, by more than chance would bring: RMSE"
        f" {age:.3f} against {own:.3f} renewals a contract. So contracts are valued by their age."
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
        raise UsageError(f"No renewal fell due from {earlier.day} to {cut.day}: there is no rate to go on with.")
    return float(_came(con, before, earlier, days).renewals.sum()) / due


def _expected(then: Held, model: ShiftedBetaGeometric, days: int, own: Own | None = None) -> tuple[Floats, Floats]:
    """Renewals expected of each contract, and of all together by the day."""
    each, daily = np.zeros(len(then.runs)), np.zeros(days)
    for due in ahead(then, model, days - 1, own):
        each[due.rows] += due.chance
        daily += np.bincount(due.days.astype(np.intp), due.chance, days)
    return each, daily


def _row(name: str, then: Held, expected: Floats, came: _Came, chosen: bool = False, verdict: str = "") -> Row:
    """Contracts without a price count in renewals, not in money."""
    priced = then.runs & ~np.isnan(then.price)
    money = score((expected * then.price)[priced], came.amount[priced]) if priced.any() else None
    return Row(name, chosen, score(expected[then.runs], came.renewals[then.runs]), money, None, verdict)


def _ends(days: int) -> range:
    """After how many days each whole week ends."""
    return range(7, days + 1, 7)


def _weeks(came: Floats, expected: Floats, naive: list[float]) -> tuple[Week, ...]:
    happened, told = np.cumsum(came), np.cumsum(expected)
    ends = zip(_ends(len(came)), naive, strict=True)
    return tuple(Week(end // 7, float(happened[end - 1]), float(told[end - 1]), baseline) for end, baseline in ends)
