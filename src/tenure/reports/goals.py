"""How far the owner teams have come: the metrics of goals, measured stage by stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import duckdb

from tenure import money
from tenure.definitions import Goal, Lifecycle, Stage
from tenure.reports.board import Revenue, counts, rows

__all__ = ["GoalProgress", "Reached", "goals", "measure", "revenue_by_stage"]

RATES = ("forward_rate", "leaving_rate", "stay_rate", "return_rate")
USUAL_DAYS = 30


@dataclass(frozen=True, slots=True)
class Reached:
    """A metric's value and the number of customers it was measured on. Money is in whole units of the currency."""

    value: float | None
    customers: int

    def met(self, goal: Goal) -> bool | None:
        """Whether the goal's target is met; None where there is nothing to judge."""
        if self.value is None or goal.target is None or not self.customers:
            return None
        return self.value <= goal.target if goal.at_most else self.value >= goal.target


@dataclass(frozen=True, slots=True)
class GoalProgress:
    """How far a stage's owner team has come with one of its two goals; `reached` None where nothing can be measured."""

    stage: Stage
    kind: Literal["task", "outcome"]
    goal: Goal
    reached: Reached | None

    @property
    def behind(self) -> bool | None:
        """Whether the target is missed; None where there is nothing to judge."""
        met = None if self.reached is None else self.reached.met(self.goal)
        return None if met is None else not met


def goals(con: duckdb.DuckDBPyConnection, lifecycle: Lifecycle, day: date, currency: str) -> tuple[GoalProgress, ...]:
    """Both goals of every stage up to and including `day`, in the lifecycle's order; each metric is measured once."""
    measured: dict[tuple[str, int | None], Mapping[str, Reached]] = {}
    found = []
    for stage in lifecycle.stages:
        kinds: tuple[tuple[Literal["task", "outcome"], Goal], ...] = (
            ("task", stage.task_target),
            ("outcome", stage.outcome_target),
        )
        for kind, goal in kinds:
            reached = None
            if goal.metric is not None:
                name = (goal.metric, goal.days)
                if name not in measured:
                    measured[name] = measure(con, lifecycle, goal.metric, goal.days, day, currency)
                reached = measured[name].get(stage.key)
            found.append(GoalProgress(stage, kind, goal, reached))
    return tuple(found)


def measure(
    con: duckdb.DuckDBPyConnection, lifecycle: Lifecycle, metric: str, days: int | None, day: date, currency: str
) -> Mapping[str, Reached]:
    """One metric of the definitions' METRICS for every stage, over the `days` up to and including `day`.

    Rates follow those who were in the stage `days` earlier. Out of a leaving stage, forward means to any other stage.
    An unknown metric measures nothing.
    """
    window = days or USUAL_DAYS
    start = day - timedelta(days=window)
    if metric in RATES:
        return _rates(con, lifecycle, RATES.index(metric), start, day)
    if metric == "contacted_rate":
        first = start - timedelta(days=window)
        found = rows(con, "stage_contacts", lifecycle=lifecycle.key, first=first, start=start, days=window)
        return {stage: Reached(contacted / customers, customers) for stage, customers, contacted in found}
    if metric in ("revenue", "average_order"):
        return _revenue(con, lifecycle, metric, start, day, currency)
    if metric == "customers":
        here = counts(con, lifecycle.key, day)
        return {stage: Reached(float(count.customers), count.customers) for stage, count in here.items()}
    return {}


def _rates(
    con: duckdb.DuckDBPyConnection, lifecycle: Lifecycle, index: int, start: date, day: date
) -> dict[str, Reached]:
    found = rows(
        con,
        "stage_rates",
        lifecycle=lifecycle.key,
        start=start,
        day=day,
        stages=[stage.key for stage in lifecycle.stages],
        leaving=[stage.key for stage in lifecycle.stages if stage.leaving],
    )
    return {stage: Reached(values[index] / customers, customers) for stage, customers, *values in found}


def _revenue(
    con: duckdb.DuckDBPyConnection, lifecycle: Lifecycle, metric: str, start: date, day: date, currency: str
) -> dict[str, Reached]:
    reached = {}
    for stage, found in revenue_by_stage(con, lifecycle.key, start, day, currency).items():
        whole = float(money.major(found.amount, currency))
        value = whole if metric == "revenue" else whole / found.orders if found.orders else None
        reached[stage] = Reached(value, found.customers)
    return reached


def revenue_by_stage(
    con: duckdb.DuckDBPyConnection, lifecycle: str, start: date, day: date, currency: str
) -> dict[str, Revenue]:
    """What those in each stage at the end of `day` spent after `start` up to then; `customers` are all of them."""
    found = rows(con, "stage_revenue", lifecycle=lifecycle, start=start, day=day, currency=currency)
    return {stage: Revenue(amount, orders, customers) for stage, amount, orders, customers in found}
