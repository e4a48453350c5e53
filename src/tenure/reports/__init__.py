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
from tenure.reports.costs import ChannelCost, Spent, Won, cac, spent, won
from tenure.reports.goals import Reached, measure
from tenure.reports.segments import SegmentMove, SegmentSize, segment_moves, segment_sizes

__all__ = [
    "Activity",
    "ChannelCost",
    "Flow",
    "Mover",
    "Point",
    "Reached",
    "Revenue",
    "SegmentMove",
    "SegmentSize",
    "Spent",
    "StageCount",
    "Won",
    "activity",
    "cac",
    "counts",
    "measure",
    "movers",
    "moves",
    "revenue",
    "segment_moves",
    "segment_sizes",
    "spent",
    "timeline",
    "won",
]
