"""Stages: where everyone is, since when, and why."""

from tenure.stages.assign import column, stage_sql
from tenure.stages.explain import LifecycleReason, explain
from tenure.stages.history import compute_history
from tenure.stages.moves import Move, Stay, direction, moves_between

__all__ = [
    "LifecycleReason",
    "Move",
    "Stay",
    "column",
    "compute_history",
    "direction",
    "explain",
    "moves_between",
    "stage_sql",
]
