"""Late events: what happened earlier and reached us a day or more afterwards, so that it corrected the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

import duckdb

from tenure.clock import AsOf, naive

__all__ = ["LateEvent", "late_events"]


@dataclass(frozen=True, slots=True)
class LateEvent:
    """An event with when it happened, when we received it, and the calendar days (UTC) in between."""

    name: str
    happened: datetime
    received: datetime
    days: int


def late_events(con: duckdb.DuckDBPyConnection, moment: AsOf) -> tuple[LateEvent, ...]:
    """The late events of a connection's `events` before an instant, the latest arrival first, fifty at most."""
    query = files("tenure.stages").joinpath("late.sql").read_text("utf-8")
    rows = con.execute(query, {"instant": naive(moment.instant)}).fetchall()
    return tuple(
        LateEvent(name or kind, ts.replace(tzinfo=UTC), received.replace(tzinfo=UTC), days)
        for name, kind, ts, received, days in rows
    )
