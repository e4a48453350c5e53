"""One customer's past, move by move: which way, past which stages, by which rule, and the values that met it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from tenure.clock import AsOf, naive
from tenure.definitions import Definitions, Lifecycle, Stage
from tenure.features import Timeline
from tenure.stages.assign import column, since_column
from tenure.stages.explain import LifecycleReason, explain
from tenure.stages.moves import Stay, direction

__all__ = ["Past", "past"]

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Past:
    """A stay and the move that began it.

    `direction` is first, forward, backward or leaving; `passed` are the stages it skipped, which count as passed
    through; `reason` is why, from the features at the moment of the move.
    """

    stay: Stay
    direction: str
    passed: tuple[Stage, ...]
    reason: LifecycleReason


def past(
    con: duckdb.DuckDBPyConnection, definitions: Definitions, moment: AsOf, customer_key: int, stays: Sequence[Stay]
) -> tuple[Past, ...]:
    """Tell how each of the customer's `stays` up to an instant began, in their order. `con` has its `events`."""
    rows = _values(con, definitions, moment, customer_key, {_x(stay) for stay in stays})
    return tuple(_told(definitions.lifecycles[stay.lifecycle], stay, rows[_x(stay)]) for stay in stays)


def _x(stay: Stay) -> int:
    """The moment a stay began, on the axis of `features.Timeline`: time moves at a day's start, events at its end."""
    return 2 * (stay.entered - EPOCH).days + (stay.cause != "time")


def _values(
    con: duckdb.DuckDBPyConnection, definitions: Definitions, moment: AsOf, customer_key: int, moments: set[int]
) -> dict[int, dict[str, Any]]:
    """{x: features} of one customer at these moments."""
    if not moments:
        return {}
    keys = frozenset(key for lifecycle in definitions.lifecycles.values() for key in lifecycle.features)
    listed = ", ".join(f"({int(customer_key)}, {x})" for x in sorted(moments))
    asked = f" UNION ALL BY NAME (SELECT * FROM (VALUES {listed}) AS asked(customer_key, x))"
    params: list[object] = []
    query = Timeline(definitions, keys, by_column=True).sql(
        f"customer_key = {int(customer_key)}",
        naive(moment.instant).isoformat(sep=" "),
        (moment.day - EPOCH).days,
        params,
        asked,
    )
    wanted = ", ".join(map(str, sorted(moments)))
    cursor = con.execute(f"SELECT DISTINCT ON (x) * FROM ({query}) WHERE x IN ({wanted})", params)
    names = [each[0] for each in cursor.description or ()]
    found = (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
    return {row["x"]: row for row in found}


def _told(lifecycle: Lifecycle, stay: Stay, row: Mapping[str, Any]) -> Past:
    here = {**row, column(lifecycle.key).strip('"'): stay.stage, since_column(lifecycle.key).strip('"'): stay.entered}
    which = direction(lifecycle, stay.previous, stay.stage)
    return Past(stay, which, _passed(lifecycle, stay, which), explain(lifecycle, here, stay.entered))


def _passed(lifecycle: Lifecycle, stay: Stay, which: str) -> tuple[Stage, ...]:
    """The stages between the two of a move forward; before the first one, all that come earlier."""
    if which not in ("first", "forward") or lifecycle.stage(stay.stage).leaving:
        return ()
    came_back = stay.previous is not None and lifecycle.stage(stay.previous).leaving
    start = -1 if stay.previous is None else lifecycle.position(stay.previous)
    between = () if came_back else lifecycle.stages[start + 1 : lifecycle.position(stay.stage)]
    return tuple(stage for stage in between if not stage.leaving)
