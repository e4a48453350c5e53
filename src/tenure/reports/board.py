"""The lifecycle board's figures, from the derived tables `stage_history` and `events` of a snapshot.

A customer is in a stage on a day when the stay's `entered` ≤ day < `left`. A period runs from `start` (not counted) to
`end` (counted) for moves, so that customers at `end` = customers at `start` + entered − left, stage by stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb

from tenure.errors import UsageError

__all__ = [
    "Activity",
    "Flow",
    "Mover",
    "Movers",
    "Point",
    "Revenue",
    "StageCount",
    "activity",
    "counts",
    "event_names",
    "movers",
    "moves",
    "revenue",
    "timeline",
]


@dataclass(frozen=True, slots=True)
class StageCount:
    """Customers in a stage on a day, and the median number of days they have been there."""

    customers: int
    days: float | None


@dataclass(frozen=True, slots=True)
class Flow:
    """Moves from one stage to another in a period; first entries come from None.

    `days` is the median stay before the move.
    """

    from_stage: str | None
    to_stage: str
    moves: int
    customers: int
    days: float | None


@dataclass(frozen=True, slots=True)
class Mover:
    """One customer's move: its day, and the days in the stage before."""

    customer_key: int
    day: date
    days: int | None


@dataclass(frozen=True, slots=True)
class Movers:
    """How many moves one flow holds, and those of the page asked for."""

    total: int
    rows: tuple[Mover, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """Customers by stage on one day."""

    day: date
    customers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Revenue:
    """Money of a period in minor units after refunds, orders, and customers who ordered."""

    amount: int
    orders: int
    customers: int


@dataclass(frozen=True, slots=True)
class Activity:
    """Customers of one month or week (by its first day) who ordered first, again, after a pause, or stopped ordering.

    Returning: ordered in the period before too. Resurrected: ordered earlier, but not in the period before.
    Dormant: ordered in the period before and not in this one.
    """

    period: date
    new: int
    returning: int
    resurrected: int
    dormant: int


@cache
def query_text(name: str) -> str:
    """The text of one of this room's queries, `name`.sql."""
    return (Path(__file__).parent / f"{name}.sql").read_text("utf-8")


def rows(con: duckdb.DuckDBPyConnection, name: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of one of this room's queries, `name`.sql."""
    return con.execute(query_text(name), values).fetchall()


def counts(con: duckdb.DuckDBPyConnection, lifecycle: str, day: date) -> dict[str, StageCount]:
    """Who is where on a day; a stage without customers is absent."""
    found = rows(con, "stage_counts", lifecycle=lifecycle, day=day)
    return {stage: StageCount(customers, days) for stage, customers, days in found}


def moves(con: duckdb.DuckDBPyConnection, lifecycle: str, start: date, end: date) -> tuple[Flow, ...]:
    """All moves after `start` up to `end`, the largest first."""
    found = rows(con, "stage_moves", lifecycle=lifecycle, start=start, end=end)
    return tuple(
        sorted((Flow(*row) for row in found), key=lambda flow: (-flow.moves, flow.from_stage or "", flow.to_stage))
    )


def movers(
    con: duckdb.DuckDBPyConnection,
    lifecycle: str,
    from_stage: str | None,
    to_stage: str,
    start: date,
    end: date,
    limit: int | None = None,
    offset: int = 0,
) -> Movers:
    """Who is behind one flow of `moves`, the latest first, or a page of them; `from_stage` None for first entries."""
    values = {"lifecycle": lifecycle, "from": from_stage, "to": to_stage, "start": start, "end": end}
    query = query_text("stage_movers")
    page = "" if limit is None else f" LIMIT {int(limit)} OFFSET {int(offset)}"
    total = con.execute(f"SELECT count(*) FROM ({query})", values).fetchall()[0][0]
    return Movers(total, tuple(Mover(*row) for row in con.execute(f"{query}{page}", values).fetchall()))


def timeline(
    con: duckdb.DuckDBPyConnection, lifecycle: str, start: date, end: date, step: int = 7
) -> tuple[Point, ...]:
    """Customers by stage every `step` days; the last point is `end`, the first on or after `start`."""
    if step < 1 or end < start:
        raise UsageError("A timeline needs a step of at least one day and an end that is not before its start.")
    points = (end - start).days // step + 1
    days = [end - timedelta(days=step * (points - 1 - index)) for index in range(points)]
    found: list[dict[str, int]] = [{} for _ in days]
    for point, stage, customers in rows(con, "stage_timeline", lifecycle=lifecycle, end=end, step=step, points=points):
        found[point][stage] = customers
    return tuple(Point(day, customers) for day, customers in zip(days, found, strict=True))


def revenue(con: duckdb.DuckDBPyConnection, start: date, end: date, currency: str) -> Revenue:
    """Money, orders and ordering customers of the days `start` ≤ day < `end`, in one currency."""
    return Revenue(*rows(con, "revenue", start=start, end=end, currency=currency)[0])


def activity(
    con: duckdb.DuckDBPyConnection, start: date, end: date, step: Literal["month", "week"] = "month"
) -> tuple[Activity, ...]:
    """New, returning, resurrected and dormant customers of every period that begins in `start` ≤ day < `end`."""
    months, days = (1, 0) if step == "month" else (0, 7)
    found = rows(con, "activity", start=start, end=end, step=step, months=months, days=days)
    return tuple(Activity(*row) for row in found)


def event_names(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """The names of all tracked events, the most frequent first (200 at most)."""
    return tuple(name for name, _ in rows(con, "event_names"))
