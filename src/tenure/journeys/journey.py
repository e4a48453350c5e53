"""What a journey is, once checked: frozen objects, the same whether they came from YAML or from the web editor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from tenure.definitions import Words

__all__ = ["END", "Arm", "Branch", "Check", "Condition", "Email", "Goal", "Journey", "Step", "Trigger", "Wait"]

END = ""  # the place behind the last step
NO_WORDS = Words("", "")


class Condition(Protocol):
    """A checked rule over a customer's row; None means the row does not say."""

    def evaluate(self, row: Mapping[str, object]) -> bool | None: ...


@dataclass(frozen=True)
class Trigger:
    """Who enters: those who enter a stage of a lifecycle, or a segment (value or own), or with `leaves` leave it."""

    lifecycle: str = ""
    stage: str = ""
    segment: str = ""
    leaves: bool = False


@dataclass(frozen=True)
class Goal:
    """What the journey is for: an event or a stage, reached within so many days of entering."""

    event: str = ""
    lifecycle: str = ""
    stage: str = ""
    days: int = 30


@dataclass(frozen=True)
class Wait:
    """Stay here for a time."""

    id: str
    time: timedelta
    kind: str = "wait"


@dataclass(frozen=True)
class Check:
    """Go on only if the rule holds now; who fails takes the other steps, then leaves."""

    id: str
    rule: str
    condition: Condition = field(compare=False, repr=False)
    otherwise: tuple[Step, ...] = ()
    kind: str = "check"


@dataclass(frozen=True)
class Arm:
    """One way of a branch."""

    rule: str
    condition: Condition = field(compare=False, repr=False)
    steps: tuple[Step, ...] = ()
    title: Words = NO_WORDS


@dataclass(frozen=True)
class Branch:
    """Take the first way whose rule holds, else the last; all ways meet again behind the branch."""

    id: str
    arms: tuple[Arm, ...]
    otherwise: tuple[Step, ...] = ()
    kind: str = "branch"


@dataclass(frozen=True)
class Email:
    """Send an e-mail made from a template."""

    id: str
    template: str
    kind: str = "email"


Step = Wait | Check | Branch | Email


@dataclass(frozen=True)
class Journey:
    """A checked journey. `holdout` is a percentage; `again` None means a customer enters once only."""

    key: str
    title: Words
    trigger: Trigger
    steps: tuple[Step, ...]
    goal: Goal | None = None
    meaning: Words = NO_WORDS
    leaves: bool = False
    exit_rule: str = ""
    exit_condition: Condition | None = field(default=None, compare=False, repr=False)
    holdout: int = 0
    again: timedelta | None = None
    by_id: Mapping[str, Step] = field(default_factory=dict, compare=False, repr=False)
    following: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {step.id: step for step in every_step(self.steps)})
        object.__setattr__(self, "following", dict(_following(self.steps, END)))

    @property
    def first(self) -> str:
        """The id of the first step, or END."""
        return first_of(self.steps, END)

    @property
    def templates(self) -> frozenset[str]:
        """The keys of all templates that the journey sends."""
        return frozenset(step.template for step in self.by_id.values() if isinstance(step, Email))


def first_of(steps: tuple[Step, ...], after: str) -> str:
    """Where a list of steps begins: its first step, or what comes after it when it is empty."""
    return steps[0].id if steps else after


def every_step(steps: tuple[Step, ...]) -> Iterator[Step]:
    """All steps of a tree, in the order in which they are drawn."""
    for step in steps:
        yield step
        if isinstance(step, Branch):
            for arm in step.arms:
                yield from every_step(arm.steps)
        if isinstance(step, Branch | Check):
            yield from every_step(step.otherwise)


def _following(steps: tuple[Step, ...], after: str) -> Iterator[tuple[str, str]]:
    """(step, the step behind it); the ways of a branch meet again, the other way of a check ends."""
    for position, step in enumerate(steps):
        behind = steps[position + 1].id if position + 1 < len(steps) else after
        yield step.id, behind
        if isinstance(step, Branch):
            for arm in (*(arm.steps for arm in step.arms), step.otherwise):
                yield from _following(arm, behind)
        if isinstance(step, Check):
            yield from _following(step.otherwise, END)
