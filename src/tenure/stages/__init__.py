"""Stages: where everyone is, since when, and why."""

from tenure.stages.assign import column, since_column, stage_sql
from tenure.stages.backtest import Backtest, Separation, StageOutcome, backtest
from tenure.stages.explain import Held, LifecycleReason, explain
from tenure.stages.history import compute_history
from tenure.stages.moves import Move, Stay, direction, moves_between
from tenure.stages.path import Step, fold

__all__ = [
    "Backtest",
    "Held",
    "LifecycleReason",
    "Move",
    "Separation",
    "StageOutcome",
    "Stay",
    "Step",
    "backtest",
    "column",
    "compute_history",
    "direction",
    "explain",
    "fold",
    "moves_between",
    "since_column",
    "stage_sql",
]
