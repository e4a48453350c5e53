"""Lifecycle flow: the customers behind the new, returning, resurrected and dormant of `activity`."""

from __future__ import annotations

from datetime import date
from typing import Literal

import duckdb

from tenure.reports.behind import Behind, behind
from tenure.reports.cohorts import Step, period_after

__all__ = ["FlowKind", "flow_customers"]

FlowKind = Literal["new", "returning", "resurrected", "dormant"]


def flow_customers(
    con: duckdb.DuckDBPyConnection,
    period: date,
    kind: FlowKind,
    end: date,
    step: Step = "month",
    limit: int | None = None,
    offset: int = 0,
) -> Behind:
    """The customers behind one bar: of that kind in the period beginning on `period`; orders before `end` count."""
    values = {"period": period, "before": period_after(period, step, -1), "kind": kind, "end": end, "step": step}
    return behind(con, "flow_customers", values, limit, offset)
