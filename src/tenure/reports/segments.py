"""Value segments over time, from the derived table `segment_history` of a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from tenure.reports.board import rows

__all__ = ["SegmentMove", "SegmentSize", "segment_moves", "segment_sizes"]


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """A value segment at the first instant of a month: customers, and what they had spent (minor units)."""

    month: date
    segment: str
    customers: int
    revenue: int


@dataclass(frozen=True, slots=True)
class SegmentMove:
    """Customers in one segment on a month's first day and in another on a later one's; new ones come from None."""

    from_segment: str | None
    to_segment: str
    customers: int


def segment_sizes(con: duckdb.DuckDBPyConnection) -> tuple[SegmentSize, ...]:
    """Every segment in every month there is, oldest first."""
    return tuple(SegmentSize(*row) for row in rows(con, "segment_sizes"))


def segment_moves(con: duckdb.DuckDBPyConnection, start: date, end: date) -> tuple[SegmentMove, ...]:
    """Where those of the month `end` were in the month `start`; those who stayed are told too."""
    return tuple(SegmentMove(*row) for row in rows(con, "segment_moves", start=start, end=end))
