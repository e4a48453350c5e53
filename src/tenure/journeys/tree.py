"""Edits of a journey's tree of plain data, for the web editor. Each returns a new tree; the old one is never changed.

A list of steps is addressed by a path: "steps" for the outermost, "branch-1.0" for the first way of a branch,
"branch-1.otherwise" and "check-2.otherwise" for the other ways.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from typing import Any

from tenure.errors import NotFound, UsageError

__all__ = ["change", "insert", "lists", "remove", "step_of"]

Tree = dict[str, Any]
KINDS = ("wait", "check", "branch", "email")


def lists(tree: Mapping[str, Any]) -> Iterator[tuple[str, list[Tree]]]:
    """Every list of steps in the tree with its path, the outermost first."""
    yield from _lists("steps", tree["steps"])


def _lists(path: str, steps: list[Tree]) -> Iterator[tuple[str, list[Tree]]]:
    yield path, steps
    for step in steps:
        for position, arm in enumerate(step.get("branch") or ()):
            yield from _lists(f"{step['id']}.{position}", arm["steps"])
        if "branch" in step or "check" in step:
            yield from _lists(f"{step['id']}.otherwise", step["otherwise"])


def numbered(tree: Mapping[str, Any]) -> Tree:
    """A copy in which every step has an id and every list exists."""
    copy = deepcopy(dict(tree))
    copy["steps"] = copy.get("steps") or []
    taken: set[str] = set()
    _number(copy["steps"], taken, only_known=True)
    _number(copy["steps"], taken, only_known=False)
    return copy


def _number(steps: list[Tree], taken: set[str], only_known: bool) -> None:
    for step in steps:
        kind = kind_of(step)
        if only_known and step.get("id"):
            taken.add(step["id"])
        if not only_known and not step.get("id"):
            step["id"] = _free(kind, taken)
        for arm in step.get("branch") or ():
            arm["steps"] = arm.get("steps") or []
            _number(arm["steps"], taken, only_known)
        if kind in ("branch", "check"):
            step["otherwise"] = step.get("otherwise") or []
            _number(step["otherwise"], taken, only_known)


def _free(kind: str, taken: set[str]) -> str:
    number = 1
    while f"{kind}-{number}" in taken:
        number += 1
    taken.add(f"{kind}-{number}")
    return f"{kind}-{number}"


def kind_of(step: Mapping[str, Any]) -> str:
    """wait, check, branch or email. Raises UsageError for anything else."""
    for kind in KINDS:
        if kind in step:
            return kind
    raise UsageError(f"A step is one of {', '.join(KINDS)}.")


def step_of(tree: Mapping[str, Any], step_id: str) -> Tree:
    """The step with this id (in the tree itself, not a copy)."""
    for _, steps in lists(tree):
        for step in steps:
            if step["id"] == step_id:
                return step
    raise NotFound(f'There is no step "{step_id}" in this journey.')


def insert(
    tree: Mapping[str, Any], path: str, position: int, step: Mapping[str, Any], taken: Collection[str] = ()
) -> tuple[Tree, str]:
    """The tree with a new step at a position of a list, and the new step's id.

    `taken` are ids of earlier versions: a new step never takes over the figures of one that is gone.
    """
    copy = numbered(tree)
    target = next((steps for at, steps in lists(copy) if at == path), None)
    if target is None:
        raise NotFound(f'There is no list of steps "{path}" in this journey.')
    new = deepcopy(dict(step))
    kind = kind_of(new)
    new["id"] = _free(kind, {*taken, *(found["id"] for _, steps in lists(copy) for found in steps)})
    target.insert(max(0, min(position, len(target))), new)
    return numbered(copy), new["id"]


def remove(tree: Mapping[str, Any], step_id: str) -> Tree:
    """The tree without the step and all that hangs under it."""
    copy = numbered(tree)
    for _, steps in lists(copy):
        for position, step in enumerate(steps):
            if step["id"] == step_id:
                del steps[position]
                return copy
    raise NotFound(f'There is no step "{step_id}" in this journey.')


def change(tree: Mapping[str, Any], step_id: str, values: Mapping[str, Any]) -> Tree:
    """The tree with a step's values changed; its id and what hangs under it stay."""
    copy = numbered(tree)
    step = step_of(copy, step_id)
    step.update({name: value for name, value in values.items() if name != "id"})
    return numbered(copy)
