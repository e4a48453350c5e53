"""Segments: the eight value segments from recency, frequency and money, and own ones; now and over time."""

from tenure.segments.history import compute_segment_history, month_starts
from tenure.segments.members import (
    Outside,
    add_members,
    belongs,
    fixed_lists,
    member_column,
    member_row,
    member_view,
    needs_consent,
    needs_everyone,
    prepare_lists,
    segments_of,
    unknown_customers,
    with_members,
)
from tenure.segments.membership_history import compute_membership_history, followed
from tenure.segments.profiles import ProfileFigures, ProfileInChannel, TraitFigures, profile_figures
from tenure.segments.rfm import FEATURES, Cuts, Learned, learn, learn_cuts, segment_columns, segment_of

__all__ = [
    "FEATURES",
    "Cuts",
    "Learned",
    "Outside",
    "ProfileFigures",
    "ProfileInChannel",
    "TraitFigures",
    "add_members",
    "belongs",
    "compute_membership_history",
    "compute_segment_history",
    "fixed_lists",
    "followed",
    "learn",
    "learn_cuts",
    "member_column",
    "member_row",
    "member_view",
    "month_starts",
    "needs_consent",
    "needs_everyone",
    "prepare_lists",
    "profile_figures",
    "segment_columns",
    "segment_of",
    "segments_of",
    "unknown_customers",
    "with_members",
]
