"""Stages: where everyone is, since when, and why."""

from tenure.stages.ahead import Ahead, Coming, Deed, ahead
from tenure.stages.assign import column, since_column, stage_sql
from tenure.stages.backtest import Backtest, Separation, StageOutcome, backtest, restate
from tenure.stages.explain import Held, LifecycleReason, evidence, explain
from tenure.stages.history import compute_history
from tenure.stages.late import LateEvent, late_events
from tenure.stages.moves import Move, Stay, Total, direction, moves_between, totals
from tenure.stages.past import Past, past
from tenure.stages.path import Step, fold

__all__ = [
    "Ahead",
    "Backtest",
    "Coming",
    "Deed",
    "Held",
    "LateEvent",
    "LifecycleReason",
    "Move",
    "Past",
    "Separation",
    "StageOutcome",
    "Stay",
    "Step",
    "Total",
    "ahead",
    "backtest",
    "column",
    "compute_history",
    "direction",
    "evidence",
    "explain",
    "fold",
    "late_events",
    "moves_between",
    "past",
    "restate",
    "since_column",
    "stage_sql",
    "totals",
]
