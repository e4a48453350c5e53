"""Stages: where everyone is, since when, and why."""

from tenure.stages.assign import column, stage_sql
from tenure.stages.explain import LifecycleReason, explain
from tenure.stages.history import compute_history

__all__ = ["LifecycleReason", "column", "compute_history", "explain", "stage_sql"]
