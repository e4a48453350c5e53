"""Reads a journey from its tree of plain data (YAML or JSON), collecting every problem before it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from tenure.definitions import Words
from tenure.errors import DefinitionError, TenureError
from tenure.journeys.journey import (
    Arm,
    Branch,
    Check,
    Condition,
    Email,
    Goal,
    Journey,
    Step,
    Trigger,
    Wait,
    every_step,
)
from tenure.journeys.tree import numbered

__all__ = ["KINDS", "Parse", "Place", "read"]

Parse = Callable[[str], Condition]
Place = Callable[[str], str]  # "step 2" → how a sentence about it begins; "": about the journey as a whole
Tree = Mapping[str, Any]

ENTRIES = {"key", "title", "meaning", "trigger", "goal", "exit", "holdout", "again", "steps"}
KINDS = ("wait", "check", "branch", "email")
UNITS = ("minutes", "hours", "days")
LONGEST = timedelta(days=3660)
MOST_STEPS = 200
DEEPEST = 12


class _Never:
    """Stands where a rule could not be read; the journey is refused anyway."""

    def evaluate(self, row: Mapping[str, object]) -> bool | None:
        return None


def read(tree: Tree, parse: Parse, place: Place | None = None) -> Journey:
    """The journey of a tree. `parse` reads a rule, `place` says where a problem is (the journey's key, when not given).

    Raises DefinitionError with all problems.
    """
    name = str(tree.get("key", "")) or "journey"
    reader = _Reader(parse, place or (lambda where: f"{name}: {where}" if where else name))
    journey = reader.journey(_with_ids(tree))
    if reader.problems:
        raise DefinitionError(reader.problems)
    return journey


def _with_ids(tree: Tree) -> Tree:
    """The tree with the same ids that the web editor gives; as it is where it is too broken, to be told below."""
    try:
        return numbered(tree)
    except (TenureError, TypeError, AttributeError, KeyError):
        return tree


def _text(words: Tree, name: str) -> str:
    return str(words.get(name) or "")


class _Reader:
    def __init__(self, parse: Parse, place: Place) -> None:
        self.parse, self.place = parse, place
        self.problems: list[str] = []
        self.taken: set[str] = set()

    def fault(self, where: str, what: str) -> None:
        self.problems.append(f"{self.place(where)}: {what}")

    def journey(self, tree: Tree) -> Journey:
        for entry in tree:
            if entry not in ENTRIES:
                self.fault("", f'unknown entry "{entry}". Known: {", ".join(sorted(ENTRIES))}.')
        if not tree.get("key"):
            self.fault("", "give the journey a key.")
        leaving = self.mapping(tree.get("exit"), "exit")
        rule = str(leaving.get("when") or "")
        title = self.title(tree.get("title"), "title")
        if not (title.en or title.zh):
            self.fault("title", "give the journey a name.")
        steps = self.steps(tree.get("steps"), "step", 1)
        if len(list(every_step(steps))) > MOST_STEPS:
            self.fault("steps", f"a journey has at most {MOST_STEPS} steps.")
        return Journey(
            key=str(tree.get("key", "")),
            title=title,
            meaning=self.title(tree.get("meaning"), "meaning"),
            trigger=self.trigger(tree.get("trigger")),
            goal=self.goal(tree.get("goal")),
            leaves=leaving.get("leaves") is True,
            exit_rule=rule,
            exit_condition=self.rule(rule, "exit") if rule else None,
            holdout=self.number(tree.get("holdout", 0), "holdout", 0, 90),
            again=self.again(tree.get("again", "never")),
            steps=steps,
        )

    def mapping(self, value: Any, where: str) -> Tree:
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return value
        self.fault(where, "must be a list of `name: value` lines.")
        return {}

    def title(self, value: Any, where: str) -> Words:
        if isinstance(value, str):
            return Words(value, value)
        words = self.mapping(value, where)
        return Words(str(words.get("en") or ""), str(words.get("zh") or ""))

    def number(self, value: Any, where: str, least: int, most: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.fault(where, f"must be a whole number from {least} to {most}.")
        return least

    def rule(self, text: str, where: str) -> Condition:
        if not text.strip():
            self.fault(where, "write the condition.")
            return _Never()
        try:
            return self.parse(text)
        except DefinitionError as error:
            for problem in error.problems:
                self.fault(where, problem)
        except TenureError as error:
            self.fault(where, str(error))
        return _Never()

    def trigger(self, value: Any) -> Trigger:
        words = self.mapping(value, "trigger")
        leaves = words.get("leaves") is True
        trigger = Trigger(_text(words, "lifecycle"), _text(words, "stage"), _text(words, "segment"), leaves)
        if bool(trigger.segment) == bool(trigger.lifecycle and trigger.stage):
            self.fault("trigger", "choose either a lifecycle and one of its stages, or a segment.")
        elif trigger.leaves and not trigger.segment:
            self.fault("trigger", "only a segment can be left; to act on leaving a stage, choose the next stages.")
        return trigger

    def goal(self, value: Any) -> Goal | None:
        if not value:
            return None
        words = self.mapping(value, "goal")
        days = self.number(words.get("days", 30), "goal", 1, 365)
        goal = Goal(_text(words, "event"), _text(words, "lifecycle"), _text(words, "stage"), days)
        if bool(goal.event) == bool(goal.lifecycle and goal.stage):
            self.fault("goal", "choose either an event, or a lifecycle and one of its stages.")
        return goal

    def again(self, value: Any) -> timedelta | None:
        if value in ("never", None):
            return None
        if value == "always":
            return timedelta(0)
        words = self.mapping(value, "again")
        return timedelta(days=self.number(words.get("days"), "again", 0, 3650))

    def steps(self, value: Any, where: str, depth: int) -> tuple[Step, ...]:
        if value is None:
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.fault(where, "steps must be a list.")
            return ()
        if depth > DEEPEST:
            self.fault(where, f"branches are nested more than {DEEPEST} deep.")
            return ()
        return tuple(
            found
            for position, step in enumerate(value, 1)
            if (found := self.step(self.mapping(step, f"{where} {position}"), f"{where} {position}", depth))
        )

    def step(self, tree: Tree, where: str, depth: int) -> Step | None:
        kinds = [kind for kind in KINDS if kind in tree]
        if len(kinds) != 1:
            self.fault(where, f"must be exactly one of {', '.join(KINDS)}.")
            return None
        kind = kinds[0]
        step_id = self.id(tree, kind, where)
        otherwise = self.steps(tree.get("otherwise"), f"{where} otherwise", depth + 1)
        if kind == "wait":
            return Wait(step_id, self.time(tree["wait"], where))
        if kind == "email":
            if not tree["email"]:
                self.fault(where, "choose the template of the e-mail.")
            return Email(step_id, str(tree["email"] or ""))
        if kind == "check":
            rule = str(tree["check"] or "")
            return Check(step_id, rule, self.rule(rule, where), otherwise)
        return Branch(step_id, self.arms(tree["branch"], where, depth), otherwise)

    def id(self, tree: Tree, kind: str, where: str) -> str:
        chosen = str(tree.get("id") or "")
        if not chosen:
            number = 1
            while f"{kind}-{number}" in self.taken:
                number += 1
            chosen = f"{kind}-{number}"
        elif chosen in self.taken:
            self.fault(where, f'the id "{chosen}" is used twice.')
        self.taken.add(chosen)
        return chosen

    def time(self, value: Any, where: str) -> timedelta:
        words = self.mapping(value, where)
        if not words or any(unit not in UNITS for unit in words):
            self.fault(where, f"say how long to wait in {', '.join(UNITS)}.")
            return timedelta(0)
        amounts = {unit: self.number(words[unit], where, 0, 100_000) for unit in UNITS if unit in words}
        time = timedelta(**amounts)
        if not timedelta(0) < time <= LONGEST:
            self.fault(where, "the wait must be longer than nothing and at most ten years.")
        return time

    def arms(self, value: Any, where: str, depth: int) -> tuple[Arm, ...]:
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            self.fault(where, "a branch needs at least one way with a condition.")
            return ()
        arms = []
        for position, entry in enumerate(value, 1):
            at = f"{where} way {position}"
            tree = self.mapping(entry, at)
            rule = str(tree.get("when") or "")
            steps = self.steps(tree.get("steps"), at, depth + 1)
            arms.append(Arm(rule, self.rule(rule, at), steps, self.title(tree.get("title"), at)))
        return tuple(arms)
