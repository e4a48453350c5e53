"""Why a customer is in a stage: the rule that matched, with the values that met it, and those that failed before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenure.definitions import Lifecycle, Reason, Stage

__all__ = ["LifecycleReason", "explain"]


@dataclass(frozen=True)
class LifecycleReason:
    """A stage with its evidence. `failed` are the rules tried before, each with its conditions."""

    lifecycle: Lifecycle
    stage: Stage
    met: tuple[Reason, ...]
    failed: tuple[tuple[Stage, tuple[Reason, ...]], ...]

    @property
    def evidence(self) -> dict[str, Any]:
        """The feature values that decided, by feature."""
        found: dict[str, Any] = {}
        for reason in self.met or [reason for _, reasons in self.failed for reason in reasons]:
            found.update(reason.values)
        return found


def explain(lifecycle: Lifecycle, row: Mapping[str, Any]) -> LifecycleReason:
    """Try the rules on one customer's features, as the SQL does for everybody."""
    failed: list[tuple[Stage, tuple[Reason, ...]]] = []
    for stage in lifecycle.tried:
        if stage.rule is None:
            return LifecycleReason(lifecycle, stage, (), tuple(failed))
        reasons = tuple(stage.rule.why(row))
        if stage.rule.evaluate(row) is True:
            return LifecycleReason(lifecycle, stage, reasons, tuple(failed))
        failed.append((stage, reasons))
    return LifecycleReason(lifecycle, lifecycle.stages[0], (), tuple(failed))
