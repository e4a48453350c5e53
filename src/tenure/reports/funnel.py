"""Funnels: over the stages of a lifecycle, and over events in a given order.

Over stages a customer who skipped a stage has passed through it. Over events the first step is the customer's first
event of that name in the period; each later step is the first such event at or after the step before (strictly after,
where the same event is asked for twice), not later than `within` days after the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import duckdb

from tenure.definitions import Lifecycle
from tenure.errors import UsageError
from tenure.reports.behind import Behind, behind
from tenure.reports.board import rows

__all__ = ["EVER", "Funnel", "FunnelStep", "event_funnel", "event_funnel_customers", "stage_funnel"]
__all__ += ["stage_funnel_customers"]

EVER = 36_500  # days: no limit
MOST_STEPS = 8
Outcome = Literal["reached", "lost"]
StageOutcome = Literal["reached", "lost", "skipped"]


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A step: customers who came this far, those who skipped it (stages only), median days from the beginning."""

    key: str
    customers: int
    passed_through: int
    days: float | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """`customers` began in the period; `unfinished` of them may still come further: their days are not over."""

    customers: int
    unfinished: int
    steps: tuple[FunnelStep, ...]

    def share(self, index: int) -> float | None:
        """The share of those who began that came to a step; n is `customers`."""
        return self.steps[index].customers / self.customers if self.customers else None

    def from_before(self, index: int) -> float | None:
        """The share of those at the step before that came on to this one."""
        before = self.steps[index - 1].customers if index else self.customers
        return self.steps[index].customers / before if before else None


def stage_funnel(
    con: duckdb.DuckDBPyConnection, lifecycle: Lifecycle, start: date, end: date, day: date, within: int = EVER
) -> Funnel:
    """Customers whose first stay began after `start`, up to `end`: how far they came within `within` days, by `day`.

    Leaving stages are no step. Who came to a later stage has passed through the earlier ones.
    """
    values: dict[str, Any] = {"lifecycle": lifecycle.key, "start": start, "end": end, "day": day, "within": within}
    stages = _steps(lifecycle)
    customers, unfinished = rows(con, "stage_funnel_entries", **values)[0]
    found = {place: rest for place, *rest in rows(con, "stage_funnel", **values, stages=stages)}
    steps = []
    for place, stage in enumerate(stages, 1):
        reached, was_in, days = found.get(place, (0, 0, None))
        steps.append(FunnelStep(stage, reached, reached - was_in, days))
    return Funnel(customers, unfinished if within < EVER else 0, tuple(steps))


def _steps(lifecycle: Lifecycle) -> list[str]:
    return [stage.key for stage in lifecycle.stages if not stage.leaving]


def stage_funnel_customers(
    con: duckdb.DuckDBPyConnection,
    lifecycle: Lifecycle,
    place: int,
    outcome: StageOutcome,
    start: date,
    end: date,
    day: date,
    within: int = EVER,
    limit: int | None = None,
    offset: int = 0,
) -> Behind:
    """Those who came to the step at `place` (from 1; 0: all who began), skipped it, or came to the one before only."""
    values: dict[str, Any] = {"lifecycle": lifecycle.key, "start": start, "end": end, "day": day, "within": within}
    values |= {"stages": _steps(lifecycle), "place": place, "outcome": outcome}
    return behind(con, "stage_funnel_customers", values, limit, offset)


def event_funnel(
    con: duckdb.DuckDBPyConnection, names: Sequence[str], start: date, end: date, day: date, within: int = 30
) -> Funnel:
    """Customers whose first `names[0]` of the period after `start` up to `end` came: how far they went on, by `day`."""
    query, values = _event_steps(names, start, end, day, within)
    counted = ", ".join(
        f"count(t{n}), median(date_diff('day', CAST(t0 AS DATE), CAST(t{n} AS DATE)))" for n in range(len(names))
    )
    open_ = "count(*) FILTER (WHERE CAST(t0 AS DATE) + CAST($within AS INTEGER) > CAST($day AS DATE))"
    row = con.execute(f"{query} SELECT count(*), {open_}, {counted} FROM walked", values).fetchall()[0]
    steps = (FunnelStep(name, row[2 + 2 * n], 0, row[3 + 2 * n]) for n, name in enumerate(names))
    return Funnel(row[0], row[1], tuple(steps))


def event_funnel_customers(
    con: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    place: int,
    outcome: Outcome,
    start: date,
    end: date,
    day: date,
    within: int = 30,
    limit: int | None = None,
    offset: int = 0,
) -> Behind:
    """Those who came to the step at `place` (from 1), or who came to the one before and no further."""
    query, values = _event_steps(names, start, end, day, within)
    if not 1 <= place <= len(names):
        raise UsageError(f"The funnel has {len(names)} steps; there is no step {place}.")
    here = f"t{place - 1} IS NOT NULL" if outcome == "reached" else f"t{place - 1} IS NULL"
    before = f" AND t{place - 2} IS NOT NULL" if outcome == "lost" and place > 1 else ""
    return behind(con, f"{query} SELECT customer_key FROM walked WHERE {here}{before}", values, limit, offset)


def _event_steps(names: Sequence[str], start: date, end: date, day: date, within: int) -> tuple[str, dict[str, Any]]:
    """The query's beginning, one row per customer in `walked` with the instant t0, t1 … of each step; its values."""
    if not 2 <= len(names) <= MOST_STEPS:
        raise UsageError(f"A funnel needs two to {MOST_STEPS} events.")
    values: dict[str, Any] = {"start": start, "end": end, "day": day, "within": within, "names": list(names)}
    values |= {f"name{number}": name for number, name in enumerate(names)}
    parts = [
        "WITH chosen AS (SELECT customer_key, name, ts, day FROM events WHERE kind = 'track'"
        " AND list_contains($names, name) AND day > CAST($start AS DATE) AND day <= CAST($day AS DATE))",
        "walked0 AS (SELECT customer_key, min(ts) AS t0 FROM chosen WHERE name = $name0 AND day <= CAST($end AS DATE)"
        " GROUP BY customer_key)",
    ]
    for number in range(1, len(names)):
        before, known = number - 1, ", ".join(f"w.t{each}" for each in range(number))
        after = ">" if names[number] == names[before] else ">="
        parts.append(
            f"walked{number} AS (SELECT w.customer_key, {known}, min(c.ts) AS t{number} FROM walked{before} AS w"
            f" LEFT JOIN chosen AS c ON c.customer_key = w.customer_key AND c.name = $name{number}"
            f" AND c.ts {after} w.t{before} AND c.ts <= w.t0 + CAST($within AS INTEGER) * INTERVAL '1' DAY"
            f" GROUP BY w.customer_key, {known})"
        )
    return ",\n".join([*parts, f"walked AS (SELECT * FROM walked{len(names) - 1})"]), values
