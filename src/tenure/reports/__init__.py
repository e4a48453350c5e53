"""Reports: figures about all customers, each with one written definition."""

from tenure.reports.board import Activity, Flow, Point, Revenue, StageCount, activity, counts, moves, revenue, timeline

__all__ = [
    "Activity",
    "Flow",
    "Point",
    "Revenue",
    "StageCount",
    "activity",
    "counts",
    "moves",
    "revenue",
    "timeline",
]
