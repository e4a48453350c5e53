"""Stages that depend on the way there: minimum stays, leave rules, forward only. One fold over a customer's moments.

A moment is a day's start or end (`x` = 2·day or 2·day + 1, as in `features.Timeline`). At a customer's first moment the
first rule that is true decides. At every later one, in stage s since day e:
1. before day e + minimum_stay(s) nothing moves;
2. while s has a leave rule that is not true, nothing moves;
3. else the first rule that is true decides; with `forward_only` an answer that lies before the furthest stage reached
   counts as that furthest stage. Leaving stages have no place in that order: they may always be entered, and whoever
   comes back stands where it stood furthest.
`fold` is the slow, obvious way for one customer; `fold_sql` says the same for everybody and is held equal to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tenure.definitions import Lifecycle, Stage
from tenure.stages.assign import position_sql

__all__ = ["Step", "fold", "fold_sql", "free_after", "settled", "vector_sql"]


#: A step is one whole number while it is folded: x · MOST + the stage's position. No lifecycle has so many stages.
MOST = 64


@dataclass(frozen=True)
class Step:
    """A stay's beginning: the moment x at which a stage was entered."""

    x: int
    stage: str


def settled(lifecycle: Lifecycle, wanted: Stage, furthest: int) -> Stage:
    """The stage that an answer of the rules stands for, given the position of the furthest stage reached."""
    if not lifecycle.forward_only or wanted.leaving:
        return wanted
    return lifecycle.stages[max(lifecycle.position(wanted.key), furthest)]


def free_after(stage: Stage, entered: int) -> int:
    """The first day, as a number, on which the minimum stay no longer holds somebody who entered on a day."""
    return entered + (stage.minimum_stay or 0)


def fold(lifecycle: Lifecycle, moments: Iterable[tuple[int, Mapping[str, Any]]]) -> list[Step]:
    """The stays of one customer from its features at every moment (x ascending): all day's starts and ends."""
    steps: list[Step] = []
    furthest = -1
    for x, row in moments:
        here = lifecycle.stage(steps[-1].stage) if steps else None
        if here is not None:
            if x // 2 < free_after(here, steps[-1].x // 2):
                continue
            if here.leave is not None and here.leave.evaluate(row) is not True:
                continue
        now = settled(lifecycle, lifecycle.assign(row), furthest)
        if here is None or now.key != here.key:
            steps.append(Step(x, now.key))
        if not now.leaving:
            furthest = max(furthest, lifecycle.position(now.key))
    return steps


def vector_sql(lifecycle: Lifecycle, params: list[object]) -> tuple[str, str]:
    """SQL for what the rules say at a moment: the wanted stage's position, and a bit for each stage one may leave."""
    wanted = position_sql(lifecycle, params)
    always = sum(1 << number for number, stage in enumerate(lifecycle.stages) if stage.leave is None)
    bits = [
        f"CASE WHEN {stage.leave.sql(params)} THEN {1 << number} ELSE 0 END"
        for number, stage in enumerate(lifecycle.stages)
        if stage.leave is not None
    ]
    return f"CAST({wanted} AS BIGINT)", f"CAST({' + '.join([str(always), *bits])} AS BIGINT)"


def fold_sql(lifecycle: Lifecycle, moments: str, last_day: int) -> str:
    """Stays of everybody from the table `moments` (customer_key, x, wanted, free); `last_day` counts from 1970-01-01.

    Grain: one row per customer and stay: customer_key, x of its beginning, stage (its position). Only moments at which
    an answer changes are folded; the days on which minimum stays end are worked out where they fall between two.
    """
    return f"""
    WITH changed AS (
      SELECT customer_key, x, wanted, free FROM (
        SELECT *, lag(wanted) OVER byx AS was, lag(free) OVER byx AS could FROM {moments}
        WINDOW byx AS (PARTITION BY customer_key ORDER BY x)
      ) WHERE was IS NULL OR was <> wanted OR could <> free
    ),
    tried AS ({_tried(lifecycle, last_day)}),
    walks AS (
      SELECT customer_key, list({_struct("x", "wanted", "free", "ends")} ORDER BY x, ends DESC) AS walk
      FROM tried GROUP BY customer_key
    ),
    folded AS (
      SELECT customer_key, list_reduce(walk, lambda a, m: {_step(lifecycle)}, {_struct("-1", "-1", "0", "false")}).steps
        AS steps
      FROM walks
    )
    SELECT customer_key, step // {MOST} AS x, step % {MOST} AS stage
    FROM (SELECT customer_key, unnest(steps) AS step FROM folded)"""


def _tried(lifecycle: Lifecycle, last_day: int) -> str:
    """The moments to fold: first whether a minimum stay ended before (`ends`), then what is new at the moment."""
    new = "SELECT customer_key, x, wanted, free, false AS ends FROM changed"
    if not any(stage.minimum_stay for stage in lifecycle.stages):
        return new
    return (
        f"{new} UNION ALL SELECT customer_key, x, wanted, free, true FROM changed"
        f" UNION ALL SELECT customer_key, {2 * last_day + 2}, 0, 0, true FROM changed GROUP BY customer_key"
    )


def _struct(x: str, wanted: str, free: str, ends: str, furthest: str = "-1", stage: str = "-1",
            day: str = "-1", steps: str = "[]") -> str:  # fmt: skip
    """A moment and, once folded, where the customer stands after it."""
    numbers = {"x": x, "wanted": wanted, "free": free, "furthest": furthest, "stage": stage, "day": day}
    written = ", ".join(f"{name} := CAST({value} AS BIGINT)" for name, value in numbers.items())
    return f"struct_pack({written}, ends := {ends}, steps := CAST({steps} AS BIGINT[]))"


def _step(lifecycle: Lifecycle) -> str:
    """SQL for one step of the fold: `a` is where the customer stands, `m` the moment."""
    least = _pick([str(stage.minimum_stay or 0) for stage in lifecycle.stages], "a.stage")
    x = f"CASE WHEN m.ends THEN 2 * (a.day + {least}) ELSE m.x END"
    wanted, free = (f"CASE WHEN m.ends THEN a.{name} ELSE m.{name} END" for name in ("wanted", "free"))
    leaving = _pick([str(stage.leaving).lower() for stage in lifecycle.stages], f"({wanted})")
    now = f"({wanted})"
    if lifecycle.forward_only:
        now = f"CASE WHEN {leaving} THEN {wanted} ELSE greatest({wanted}, a.furthest) END"
    due = f"CASE WHEN m.ends THEN {x} > a.x AND {x} < m.x ELSE {x} // 2 >= a.day + {least} END"
    may = f"(({free}) >> greatest(a.stage, 0)) & 1 = 1"
    moved = f"CASE WHEN a.stage < 0 THEN NOT m.ends ELSE ({now}) <> a.stage AND {may} AND ({due}) END"
    reached = f"CASE WHEN {leaving} THEN a.furthest ELSE greatest(a.furthest, {now}) END"

    def then(new: str, old: str) -> str:
        return f"CASE WHEN {moved} THEN {new} ELSE {old} END"

    return _struct(
        "CASE WHEN m.ends THEN a.x ELSE m.x END",
        wanted,
        free,
        "m.ends",
        then(reached, "a.furthest"),
        then(now, "a.stage"),
        then(f"({x}) // 2", "a.day"),
        then(f"list_append(a.steps, CAST({x} AS BIGINT) * {MOST} + ({now}))", "a.steps"),
    )


def _pick(values: list[str], position: str) -> str:
    """One of several written values by its position from 0."""
    return f"([{', '.join(values)}])[{position} + 1]"
