"""Why a customer is in a stage: the rule that matched, with the values that met it, and those that failed before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from tenure.definitions import Lifecycle, Reason, Stage
from tenure.stages.assign import column, since_column

__all__ = ["Held", "LifecycleReason", "evidence", "explain"]

Failed = tuple[tuple[Stage, tuple[Reason, ...]], ...]


@dataclass(frozen=True)
class Held:
    """What keeps a customer in a stage though the rules want `wanted`.

    By a minimum stay: `until` is the first day it no longer holds. By a leave rule: `waiting` are its conditions. By
    forward only: neither.
    """

    by: Literal["minimum_stay", "leave", "forward_only"]
    wanted: Stage
    until: date | None = None
    waiting: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class LifecycleReason:
    """A stage with its evidence. `met` are the conditions of its rule, `failed` the rules tried before with theirs."""

    lifecycle: Lifecycle
    stage: Stage
    met: tuple[Reason, ...]
    failed: Failed
    held: Held | None = None

    @property
    def evidence(self) -> dict[str, Any]:
        """The feature values that decided, by feature."""
        found: dict[str, Any] = {}
        waiting = self.held.waiting if self.held else ()
        for reason in self.met or waiting or [reason for _, reasons in self.failed for reason in reasons]:
            found.update(reason.values)
        return found


def explain(lifecycle: Lifecycle, row: Mapping[str, Any], day: date | None = None) -> LifecycleReason:
    """Try the rules on one customer's features, as the SQL does for everybody.

    Where the lifecycle looks back, `row` holds where the customer stands (`stage_…`, `since_…`), and what holds it
    there is told; `day` is the day of the answer, without it a minimum stay counts as over.
    """
    found = _by_rules(lifecycle, row)
    key = row.get(column(lifecycle.key).strip('"'))
    if not lifecycle.looks_back or key is None or key == found.stage.key:
        return found
    stage = lifecycle.stage(key)
    met = tuple(stage.rule.why(row)) if stage.rule else ()
    held = _held(lifecycle, stage, found.stage, row, day)
    return LifecycleReason(lifecycle, stage, met, found.failed, held)


def evidence(lifecycle: Lifecycle, stage: Stage, row: Mapping[str, Any]) -> dict[str, Any]:
    """The values that put a customer of this row in a stage: what `explain` gives as evidence, without its words."""
    if stage.rule is not None:
        return stage.rule.evidence(row) or explain(lifecycle, row).evidence
    if lifecycle.looks_back:
        return explain(lifecycle, row).evidence
    found: dict[str, Any] = {}
    for tried in lifecycle.tried:
        if tried.rule is None:
            break
        found |= tried.rule.evidence(row)
    return found


def _by_rules(lifecycle: Lifecycle, row: Mapping[str, Any]) -> LifecycleReason:
    failed: list[tuple[Stage, tuple[Reason, ...]]] = []
    for stage in lifecycle.tried:
        if stage.rule is None:
            return LifecycleReason(lifecycle, stage, (), tuple(failed))
        reasons = tuple(stage.rule.why(row))
        if stage.rule.evaluate(row) is True:
            return LifecycleReason(lifecycle, stage, reasons, tuple(failed))
        failed.append((stage, reasons))
    return LifecycleReason(lifecycle, lifecycle.stages[0], (), tuple(failed))


def _held(lifecycle: Lifecycle, stage: Stage, wanted: Stage, row: Mapping[str, Any], day: date | None) -> Held:
    since = row.get(since_column(lifecycle.key).strip('"'))
    if stage.minimum_stay and since is not None and day is not None:
        until = since + timedelta(days=stage.minimum_stay)
        if day < until:
            return Held("minimum_stay", wanted, until)
    if stage.leave is not None and stage.leave.evaluate(row) is not True:
        return Held("leave", wanted, None, tuple(stage.leave.why(row)))
    return Held("forward_only", wanted)
