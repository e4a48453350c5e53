"""Reports: figures about all customers, each with one written definition."""

from tenure.reports.board import (
    Activity,
    Flow,
    Mover,
    Point,
    Revenue,
    StageCount,
    activity,
    counts,
    movers,
    moves,
    revenue,
    timeline,
)

__all__ = [
    "Activity",
    "Flow",
    "Mover",
    "Point",
    "Revenue",
    "StageCount",
    "activity",
    "counts",
    "movers",
    "moves",
    "revenue",
    "timeline",
]
