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
from tenure.reports.goals import Reached, measure
from tenure.reports.segments import SegmentMove, SegmentSize, segment_moves, segment_sizes

__all__ = [
    "Activity",
    "Flow",
    "Mover",
    "Point",
    "Reached",
    "Revenue",
    "SegmentMove",
    "SegmentSize",
    "StageCount",
    "activity",
    "counts",
    "measure",
    "movers",
    "moves",
    "revenue",
    "segment_moves",
    "segment_sizes",
    "timeline",
]
