"""The customers behind every figure of the board: in a stage on a day, who moved, whom a goal was measured on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import duckdb

from tenure.definitions import Goal, Lifecycle
from tenure.reports.behind import Behind, behind
from tenure.reports.board import query_text
from tenure.reports.goals import RATES, USUAL_DAYS

__all__ = ["goal_customers", "revenue_customers", "segment_movers", "stage_crossers", "stage_members"]


def stage_members(
    con: duckdb.DuckDBPyConnection,
    lifecycle: str,
    stage: str | None,
    day: date,
    limit: int | None = None,
    offset: int = 0,
) -> Behind:
    """Who was in a stage (None: in any) at the end of a day: those `counts` counts."""
    return behind(con, "stage_members", {"lifecycle": lifecycle, "stage": stage, "day": day}, limit, offset)


def revenue_customers(
    con: duckdb.DuckDBPyConnection,
    lifecycle: str,
    stage: str | None,
    start: date,
    day: date,
    currency: str,
    limit: int | None = None,
    offset: int = 0,
) -> Behind:
    """Whose orders and refunds are the revenue after `start` up to `day`: of everybody, or as `revenue_by_stage`."""
    values = {"lifecycle": lifecycle, "stage": stage, "start": start, "day": day, "currency": currency}
    return behind(con, "revenue_customers", values, limit, offset)


def stage_crossers(
    con: duckdb.DuckDBPyConnection,
    lifecycle: str,
    pairs: Iterable[tuple[str | None, str]],
    start: date,
    end: date,
    limit: int | None = None,
    offset: int = 0,
) -> Behind:
    """Who moved from one stage to another in one of these ways after `start` up to `end`; None: first entries."""
    listed = [f"{before or ''}>{after}" for before, after in pairs]
    values = {"lifecycle": lifecycle, "pairs": listed, "start": start, "end": end}
    return behind(con, "stage_crossers", values, limit, offset)


def goal_customers(
    con: duckdb.DuckDBPyConnection,
    lifecycle: Lifecycle,
    stage: str,
    goal: Goal,
    day: date,
    reached: bool | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Behind:
    """Those on whom `measure` measured a goal up to a day: all of them, those who reached it, or those who did not.

    A sum or a count is measured on everybody who is in the stage; nobody of them alone reaches it.
    """
    window = goal.days or USUAL_DAYS
    start = day - timedelta(days=window)
    if goal.metric in RATES:
        name, values = "stage_rate_customers", {
            "lifecycle": lifecycle.key,
            "start": start,
            "day": day,
            "stages": [each.key for each in lifecycle.stages],
            "leaving": [each.key for each in lifecycle.stages if each.leaving],
            "metric": goal.metric,
        }  # fmt: skip
    elif goal.metric == "contacted_rate":
        first = start - timedelta(days=window)
        name, values = "stage_contact_customers", {
            "lifecycle": lifecycle.key, "first": first, "start": start, "days": window
        }  # fmt: skip
    else:
        return stage_members(con, lifecycle.key, stage, day, limit, offset)
    which = "" if reached is None else f" WHERE {'' if reached else 'NOT '}reached"
    query = f"SELECT customer_key FROM ({query_text(name)}){which}"
    return behind(con, query, {**values, "stage": stage}, limit, offset)


def segment_movers(
    con: duckdb.DuckDBPyConnection,
    before: str | None,
    after: str,
    start: date,
    end: date,
    limit: int | None = None,
    offset: int = 0,
) -> Behind:
    """Those `segment_moves` counts from one value segment (None: not known then) to another between two months."""
    return behind(con, "segment_movers", {"from": before, "to": after, "start": start, "end": end}, limit, offset)
