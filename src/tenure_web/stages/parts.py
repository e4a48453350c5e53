"""The parts of the board that the template draws."""

from dataclasses import dataclass

from tenure import reports
from tenure.definitions import Goal, Stage


@dataclass(frozen=True)
class Progress:
    """How far the owner team has come with a goal; `kind` is task or outcome."""

    goal: Goal
    name: str
    reached: reports.Reached | None
    kind: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is nothing to judge."""
        return None if self.reached is None else self.reached.met(self.goal)

    @property
    def measured(self) -> bool:
        """Whether there is a figure to show beside the target."""
        return self.met is not None

    @property
    def share(self) -> float:
        """Of the target, for the bar."""
        if self.reached is None or not self.reached.value or not self.goal.target:
            return 0.0
        return min(self.reached.value / self.goal.target, 1.0)

    @property
    def far(self) -> bool:
        """Whether the target is missed by half: that needs a person."""
        if self.met is not False or self.reached is None or not self.goal.target:
            return False
        ratio = (self.reached.value or 0.0) / self.goal.target
        return ratio > 2 if self.goal.at_most else ratio < 0.5

    @property
    def is_rate(self) -> bool:
        """Whether figure and target are shares."""
        return bool(self.goal.metric and self.goal.metric.endswith("_rate"))


@dataclass(frozen=True)
class Column:
    """One stage of the board. `revenue` is what those in it spent in the period.

    `height` and `before_height` are shares of the tallest column.
    """

    stage: Stage
    slot: str
    customers: int
    before: int
    share: float
    height: float
    before_height: float
    days: int | None
    entered: int
    left: int
    revenue: int
    goals: tuple[Progress, ...] = ()


@dataclass(frozen=True)
class Totals:
    """The top line: each figure with the same of the period before."""

    customers: int
    customers_before: int
    revenue: reports.Revenue
    revenue_before: reports.Revenue
    forward: int
    forward_before: int
    backward: int
    backward_before: int
    at_risk: int
    at_risk_value: int
    at_risk_before: int | None


@dataclass(frozen=True)
class Attention:
    """Something a person should look at, and where."""

    icon: str
    title: str
    words: str
    href: str
