"""Segments: the eight value segments from recency, frequency and money, and a company's own."""

from tenure.segments.rfm import FEATURES, Cuts, learn_cuts, segment_columns

__all__ = ["FEATURES", "Cuts", "learn_cuts", "segment_columns"]
