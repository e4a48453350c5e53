"""Segments: the eight value segments from recency, frequency and money, now and month by month."""

from tenure.segments.history import compute_segment_history, month_starts
from tenure.segments.rfm import FEATURES, Cuts, learn_cuts, segment_columns, segment_of

__all__ = [
    "FEATURES",
    "Cuts",
    "compute_segment_history",
    "learn_cuts",
    "month_starts",
    "segment_columns",
    "segment_of",
]
