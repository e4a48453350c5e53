"""journeys.decide: where a customer stands, what is known and what time it is → what should be done. Nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tenure.journeys.journey import END, Branch, Check, Email, Journey, Wait, first_of

__all__ = ["Facts", "Fail", "Intent", "Leave", "Pass", "Place", "Send", "Stay", "decide"]


@dataclass(frozen=True)
class Place:
    """Where somebody stands: the step ("" before the first), since when, and whether the goal was reached."""

    step: str
    since: datetime
    goal_at: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """What is known about the customer now: a row for the rules, and whether the trigger still holds."""

    row: Mapping[str, object]
    still_there: bool = True


@dataclass(frozen=True)
class Pass:
    """The step is behind them."""

    step: str


@dataclass(frozen=True)
class Fail:
    """The check at this step was not met."""

    step: str


@dataclass(frozen=True)
class Send:
    """Make a message from the template and hand it to the send gate."""

    step: str
    template: str


@dataclass(frozen=True)
class Stay:
    """Wait at this step until the instant."""

    step: str
    until: datetime


@dataclass(frozen=True)
class Leave:
    """It is over for them: goal, exit, left (the trigger no longer holds), check, end, or gone (no such step)."""

    reason: str
    step: str


Intent = Pass | Fail | Send | Stay | Leave


def decide(journey: Journey, place: Place, facts: Facts, now: datetime) -> tuple[Intent, ...]:
    """All that is to be done now, in order; the last intent is always Stay or Leave.

    Each step is taken at most once, so this ends. A rule that cannot be answered counts as not met.
    """
    intents: list[Intent] = []
    step_id, since = place.step or journey.first, place.since
    while True:
        over = _over(journey, place, facts, step_id)
        if over:
            return (*intents, Leave(over, step_id))
        step = journey.by_id[step_id]
        if isinstance(step, Wait):
            until = since + step.time
            if now < until:
                return (*intents, Stay(step.id, until))
            intents.append(Pass(step.id))
            step_id = journey.following[step.id]
        elif isinstance(step, Email):
            intents += [Send(step.id, step.template), Pass(step.id)]
            step_id = journey.following[step.id]
        elif isinstance(step, Check):
            met = step.condition.evaluate(facts.row) is True
            intents.append(Pass(step.id) if met else Fail(step.id))
            if not met and not step.otherwise:
                return (*intents, Leave("check", step.id))
            step_id = journey.following[step.id] if met else step.otherwise[0].id
        else:
            intents.append(Pass(step.id))
            step_id = _way(journey, step, facts)
        since = now


def _over(journey: Journey, place: Place, facts: Facts, step_id: str) -> str:
    """Why the journey ends before this step, or nothing."""
    if place.goal_at:
        return "goal"
    if step_id == END:
        return "end"
    if step_id not in journey.by_id:
        return "gone"
    if journey.leaves and not facts.still_there:
        return "left"
    if journey.exit_condition and journey.exit_condition.evaluate(facts.row) is True:
        return "exit"
    return ""


def _way(journey: Journey, branch: Branch, facts: Facts) -> str:
    """The first step of the first way whose rule holds."""
    behind = journey.following[branch.id]
    for arm in branch.arms:
        if arm.condition.evaluate(facts.row) is True:
            return first_of(arm.steps, behind)
    return first_of(branch.otherwise, behind)
