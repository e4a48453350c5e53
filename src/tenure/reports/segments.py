"""Value segments over time, from the derived table `segment_history` of a snapshot; own ones: `membership_history`.

A customer is in an own segment on a day when its time in it has `entered` ≤ day < `left`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from tenure.reports.behind import Behind, behind
from tenure.reports.board import rows

__all__ = [
    "MemberChanges",
    "SegmentMove",
    "SegmentSize",
    "member_changes",
    "member_customers",
    "member_sizes",
    "segment_members",
    "segment_moves",
    "segment_sizes",
]


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


@dataclass(frozen=True, slots=True)
class MemberChanges:
    """Who came into an own segment and who left it between two days, by customer key."""

    entered: tuple[int, ...]
    left: tuple[int, ...]


def segment_sizes(con: duckdb.DuckDBPyConnection) -> tuple[SegmentSize, ...]:
    """Every segment in every month there is, oldest first."""
    return tuple(SegmentSize(*row) for row in rows(con, "segment_sizes"))


def segment_moves(con: duckdb.DuckDBPyConnection, start: date, end: date) -> tuple[SegmentMove, ...]:
    """Where those of the month `end` were in the month `start`; those who stayed are told too."""
    return tuple(SegmentMove(*row) for row in rows(con, "segment_moves", start=start, end=end))


def member_sizes(con: duckdb.DuckDBPyConnection, segment: str, days: Sequence[date]) -> tuple[int, ...]:
    """How many customers an own segment had at the end of each of these days."""
    found = dict(rows(con, "member_sizes", segment=segment, days=list(days)))
    return tuple(found.get(day, 0) for day in days)


def member_changes(con: duckdb.DuckDBPyConnection, segment: str, start: date, end: date) -> MemberChanges:
    """Those in it at the end of the day `end` but not at that of `start`, and the other way round."""
    found = rows(con, "member_changes", segment=segment, start=start, end=end)
    return MemberChanges(
        tuple(key for key, entered in found if entered), tuple(key for key, entered in found if not entered)
    )


def segment_members(
    con: duckdb.DuckDBPyConnection, segments: Sequence[str], month: date, limit: int | None = None, offset: int = 0
) -> Behind:
    """Who was in one of these value segments at the first instant of a month: those `segment_sizes` counts."""
    return behind(con, "segment_members", {"segments": list(segments), "month": month}, limit, offset)


def member_customers(
    con: duckdb.DuckDBPyConnection, segment: str, day: date, limit: int | None = None, offset: int = 0
) -> Behind:
    """Who was in an own segment at the end of a day: those `member_sizes` counts."""
    return behind(con, "member_customers", {"segment": segment, "day": day}, limit, offset)
