"""Cohorts: customers by the month or week of their first touch or first order, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import duckdb

from tenure.reports.behind import Behind, behind
from tenure.reports.board import rows

__all__ = ["Cohort", "CohortCell", "Since", "Step", "cohort_customers", "cohorts", "period_after", "period_of"]

Since = Literal["touch", "order"]
Active = Literal["event", "order"]
Step = Literal["month", "week"]
#: What we do to customers is no sign of life of theirs.
OURS = ["Email Delivered", "Email Bounced", "Customer Contacted"]


@dataclass(frozen=True, slots=True)
class CohortCell:
    """A cohort `since` periods later: customers active in the period that begins on `period`, their net revenue then.

    `amount` is in minor units; `whole` is False while the period is not over.
    """

    since: int
    period: date
    active: int
    amount: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Cohort:
    """The customers whose first touch or first order fell into the period that begins on `period`."""

    period: date
    customers: int
    cells: tuple[CohortCell, ...]

    def retention(self, cell: CohortCell) -> float:
        """The share of the cohort that was active; n is `customers`."""
        return cell.active / self.customers

    def revenue_a_customer(self, since: int) -> float:
        """Net revenue up to and including that period for each customer of the cohort, in minor units."""
        return sum(cell.amount for cell in self.cells if cell.since <= since) / self.customers


def period_of(day: date, step: Step) -> date:
    """The first day of the month or (Monday's) week that a day belongs to."""
    return day.replace(day=1) if step == "month" else day - timedelta(days=day.weekday())


def period_after(period: date, step: Step, number: int = 1) -> date:
    """The first day of the period `number` periods later (or earlier: negative)."""
    if step == "week":
        return period + timedelta(days=7 * number)
    months = period.year * 12 + period.month - 1 + number
    return date(months // 12, months % 12 + 1, 1)


def cohorts(
    con: duckdb.DuckDBPyConnection,
    start: date,
    end: date,
    by: Since = "order",
    step: Step = "month",
    active: Active | None = None,
) -> tuple[Cohort, ...]:
    """Cohorts that begin on or after `start`, followed up to and including the day `end`, the oldest first.

    `by` touch: the first event of a customer's own; order: the first completed order. Active is a customer who did
    anything (by touch) or ordered (by order), unless `active` says otherwise.
    """
    values = {"start": start, "end": end, "by": by, "step": step, "ours": OURS, "active": _active(by, active)}
    found: dict[date, dict[int, tuple[int, int]]] = {}
    sizes: dict[date, int] = {}
    for cohort, since, customers, count, amount in rows(con, "cohorts", **values):
        sizes[cohort] = customers
        found.setdefault(cohort, {})[since] = (count, amount)
    return tuple(Cohort(cohort, sizes[cohort], _cells(cohort, cells, end, step)) for cohort, cells in found.items())


def _active(by: Since, active: Active | None) -> Active:
    return active or ("event" if by == "touch" else "order")


def _cells(cohort: date, cells: dict[int, tuple[int, int]], end: date, step: Step) -> tuple[CohortCell, ...]:
    """Every period up to the one of `end`; one in which nothing happened is a zero, not a gap."""
    made, period, since = [], cohort, 0
    while period <= end:
        following = period_after(period, step)
        made.append(CohortCell(since, period, *cells.get(since, (0, 0)), whole=following <= end + timedelta(days=1)))
        period, since = following, since + 1
    return tuple(made)


def cohort_customers(
    con: duckdb.DuckDBPyConnection,
    cohort: date,
    period: date | None,
    end: date,
    by: Since = "order",
    step: Step = "month",
    active: Active | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Behind:
    """The customers of a cohort who were active in the period beginning on `period`; None: all of the cohort."""
    values = {"cohort": cohort, "period": period, "end": end, "by": by, "step": step, "ours": OURS}
    return behind(con, "cohort_customers", {**values, "active": _active(by, active)}, limit, offset)
