"""Stages: where everyone is, since when, and why."""

from tenure.stages.assign import column, since_column, stage_sql
from tenure.stages.explain import Held, LifecycleReason, explain
from tenure.stages.history import compute_history
from tenure.stages.moves import Move, Stay, direction, moves_between
from tenure.stages.path import Step, fold

__all__ = [
    "Held",
    "LifecycleReason",
    "Move",
    "Stay",
    "Step",
    "column",
    "compute_history",
    "direction",
    "explain",
    "fold",
    "moves_between",
    "since_column",
    "stage_sql",
]
