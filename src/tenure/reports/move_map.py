"""The map of moves: how many customers went from where to where, at what rate, how fast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from tenure.definitions import Lifecycle
from tenure.reports.behind import Behind, behind
from tenure.reports.board import rows
from tenure.stages import direction

__all__ = ["MapMove", "move_customers", "move_map", "open_customers"]


@dataclass(frozen=True, slots=True)
class MapMove:
    """Moves from one stage to another in a period; first entries come from None and have neither stays nor speed.

    `stays` is how many stays in `from_stage` were open at some time of the period: `rate` is the share of them that
    this move ended. The days are the length of the ended stays: median and quartiles.
    """

    from_stage: str | None
    to_stage: str
    direction: str
    moves: int
    customers: int
    stays: int | None
    days: float | None
    days_low: float | None
    days_high: float | None

    @property
    def rate(self) -> float | None:
        """The share of the stays open in the period that this move ended; n is `stays`."""
        return self.moves / self.stays if self.stays else None


def move_map(con: duckdb.DuckDBPyConnection, lifecycle: Lifecycle, start: date, end: date) -> tuple[MapMove, ...]:
    """All moves after the day `start` up to and including `end`, the most frequent first."""
    found = [
        MapMove(before, after, direction(lifecycle, before, after), moves, customers, stays, half, low, high)
        for before, after, moves, customers, stays, low, half, high in rows(
            con, "move_map", lifecycle=lifecycle.key, start=start, end=end
        )
        if _known(lifecycle, before) and _known(lifecycle, after)
    ]
    return tuple(sorted(found, key=lambda move: (-move.moves, move.from_stage or "", move.to_stage)))


def _known(lifecycle: Lifecycle, stage: str | None) -> bool:
    """Kept stays may still name a stage that a newer definition has taken away; the next run restates them."""
    return stage is None or any(each.key == stage for each in lifecycle.stages)


def move_customers(
    con: duckdb.DuckDBPyConnection,
    lifecycle: str,
    from_stage: str | None,
    to_stage: str,
    start: date,
    end: date,
    limit: int | None = None,
    offset: int = 0,
) -> Behind:
    """The customers behind one cell of `move_map`."""
    values = {"lifecycle": lifecycle, "from": from_stage, "to": to_stage, "start": start, "end": end}
    return behind(con, "move_map_customers", values, limit, offset)


def open_customers(
    con: duckdb.DuckDBPyConnection,
    lifecycle: str,
    stage: str,
    start: date,
    end: date,
    limit: int | None = None,
    offset: int = 0,
) -> Behind:
    """The customers behind `stays`: those who were in the stage at some time of the period."""
    values = {"lifecycle": lifecycle, "stage": stage, "start": start, "end": end}
    return behind(con, "move_map_stays", values, limit, offset)
