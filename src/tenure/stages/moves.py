"""Stays of one customer, and the moves of everybody in a period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from tenure.definitions import Lifecycle
from tenure.store import Connection

__all__ = ["Move", "Stay", "Total", "direction", "moves_between", "totals"]


@dataclass(frozen=True)
class Stay:
    """One stay of a customer in a stage; `left` is None while it lasts. `cause` of its beginning: event or time."""

    lifecycle: str
    stage: str
    entered: date
    left: date | None
    previous: str | None
    cause: str


@dataclass(frozen=True)
class Move:
    """How often customers moved from one stage to another in a period (`from_stage` None: their first stage).

    `direction` is first, forward, backward or leaving; `median_days` what they had spent in `from_stage`.
    """

    from_stage: str | None
    to_stage: str
    count: int
    customers: int
    direction: str
    median_days: float | None


@dataclass(frozen=True)
class Total:
    """All stays of a customer in one stage: how many, their days together, and the days of the latest."""

    stage: str
    stays: int
    days: int
    latest_days: int


def totals(stays: Iterable[Stay], lifecycle: str, day: date) -> tuple[Total, ...]:
    """What a customer's stays in a lifecycle come to by a day, stages in the order first entered; oldest stay first."""
    found: dict[str, Total] = {}
    for stay in stays:
        if stay.lifecycle == lifecycle and stay.entered <= day:
            until = day if stay.left is None else min(stay.left, day)
            days, before = (until - stay.entered).days, found.get(stay.stage, Total(stay.stage, 0, 0, 0))
            found[stay.stage] = Total(stay.stage, before.stays + 1, before.days + days, days)
    return tuple(found.values())


def direction(lifecycle: Lifecycle, before: str | None, after: str) -> str:
    """first, forward, backward or leaving. Who comes back out of a leaving stage moves forward, wherever to."""
    if before is None:
        return "first"
    if lifecycle.stage(after).leaving:
        return "leaving"
    back = not lifecycle.stage(before).leaving and lifecycle.position(after) < lifecycle.position(before)
    return "backward" if back else "forward"


def moves_between(con: Connection, lifecycle: Lifecycle, start: date, end: date, last_day_counts: bool) -> list[Move]:
    """The moves after the first instant of `start` up to that of `end`, from the table `stays`, most frequent first.

    What time alone did at the first instant of `end` belongs to the period, so that the counts as of `start` plus the
    moves give the counts as of `end`. With `last_day_counts` all of the day `end` belongs to it too.
    """
    query = files("tenure.stages").joinpath("moves.sql").read_text("utf-8")
    rows = con.execute(query, {"start": start, "end": end, "last_day_counts": last_day_counts}).fetchall()
    return [
        Move(before, after, count, customers, direction(lifecycle, before, after), days)
        for before, after, count, customers, days in rows
    ]
