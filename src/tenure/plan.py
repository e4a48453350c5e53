"""The plan of a draft: who would be where, beside where they are, as of one instant. Nothing is changed by it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from tenure import pipeline
from tenure.clock import AsOf
from tenure.definitions import Definitions
from tenure.reports import customer_ids
from tenure.segments import member_column
from tenure.stages import column
from tenure.workspace import RESTATEMENTS, Workspace

__all__ = ["LifecyclePlan", "Plan", "Relocation", "SegmentPlan", "plan"]

EXAMPLES = 3
VALUE_SEGMENT = "segment"


@dataclass(frozen=True, slots=True)
class Relocation:
    """Customers who would be in another stage than now; `examples` are the ids of the first of them."""

    from_stage: str
    to_stage: str
    customers: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LifecyclePlan:
    """One lifecycle: customers by stage now (None: it is new) and under the draft, and who would change places."""

    lifecycle: str
    before: dict[str, int] | None
    after: dict[str, int]
    relocations: tuple[Relocation, ...]

    @property
    def relocated(self) -> int:
        """How many customers would be somewhere else."""
        return sum(each.customers for each in self.relocations)


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """One own segment: members now (None: it is new) and under the draft, who would enter and leave, examples."""

    segment: str
    before: int | None
    after: int
    entering: int
    leaving: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a draft would do as of an instant; lifecycles and segments that it leaves alone are not named.

    `value_segments` are told like the stages of a lifecycle, where the draft has other cut points.
    """

    as_of: AsOf
    customers: int
    lifecycles: tuple[LifecyclePlan, ...]
    segments: tuple[SegmentPlan, ...]
    value_segments: LifecyclePlan | None = None


def plan(workspace: Workspace, draft: Definitions, moment: AsOf) -> Plan:
    """Place everybody by the present definitions and by the draft, and compare."""
    snapshot, present = workspace.store.snapshot(), workspace.definitions
    outside = workspace.outside(None) if workspace.outside else None
    then = pipeline.stand(snapshot, draft, workspace.clock, moment, outside=outside)
    lifecycles = list(draft.lifecycles)
    columns = [*(column(key) for key in lifecycles), *(member_column(key) for key in draft.segments), VALUE_SEGMENT]
    folder = workspace.folder / RESTATEMENTS  # the engine reads no file outside the store
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".plan") as file:
        _copy(then.con, columns, file.name)
        then.con.close()
        now = pipeline.stand(snapshot, present, workspace.clock, moment, outside=outside)
        now.con.execute(f"CREATE TEMP TABLE drafted AS SELECT * FROM read_parquet('{file.name}')").fetchall()
    stages = [_lifecycle(now.con, key, present, draft) for key in lifecycles]
    segments = [_segment(now.con, key, present) for key in draft.segments]
    return Plan(
        moment,
        now.customers,
        tuple(each for each in stages if each.before is None or each.relocations or _differs(each, present, draft)),
        tuple(each for each in segments if each.before is None or each.entering or each.leaving),
        None if draft.rfm == present.rfm else _value_segments(now.con, draft),
    )


def _copy(con: duckdb.DuckDBPyConnection, columns: Sequence[str], file: str) -> None:
    listed = "".join(f", {each}" for each in columns)
    con.execute(f"COPY (SELECT customer_key{listed} FROM standing) TO '{file}' (FORMAT parquet)").fetchall()


def _differs(found: LifecyclePlan, present: Definitions, draft: Definitions) -> bool:
    """Whether the stages themselves are others, though nobody moves."""
    before, after = present.lifecycles[found.lifecycle], draft.lifecycles[found.lifecycle]
    return [each.key for each in before.stages] != [each.key for each in after.stages]


def _lifecycle(con: duckdb.DuckDBPyConnection, key: str, present: Definitions, draft: Definitions) -> LifecyclePlan:
    here = [stage.key for stage in present.lifecycles[key].stages] if key in present.lifecycles else None
    return _placed(con, key, column(key), here, [stage.key for stage in draft.lifecycles[key].stages])


def _value_segments(con: duckdb.DuckDBPyConnection, draft: Definitions) -> LifecyclePlan:
    keys = list(draft.value_segments)
    return _placed(con, "value_segments", VALUE_SEGMENT, keys, keys)


def _placed(
    con: duckdb.DuckDBPyConnection, key: str, name: str, old_places: list[str] | None, new_places: list[str]
) -> LifecyclePlan:
    """Customers by place now (no `old_places`: there are none yet) and under the draft, and who changes places."""
    before = "NULL" if old_places is None else f"n.{name}"
    rows = con.execute(
        f"SELECT {before} AS before, d.{name} AS after, count(*), min(n.customer_key, {EXAMPLES})"
        " FROM standing AS n JOIN drafted AS d USING (customer_key) GROUP BY 1, 2"
    ).fetchall()
    after = dict.fromkeys(new_places, 0)
    here = None if old_places is None else dict.fromkeys(old_places, 0)
    for old, new, count, _keys in rows:
        after[new] += count
        if here is not None:
            here[old] += count
    moved = sorted((row for row in rows if here is not None and row[0] != row[1]), key=lambda row: (-row[2], row[:2]))
    found = (Relocation(old, new, count, customer_ids(con, keys)) for old, new, count, keys in moved)
    return LifecyclePlan(key, here, after, tuple(found))


def _segment(con: duckdb.DuckDBPyConnection, key: str, present: Definitions) -> SegmentPlan:
    is_new, name = key not in present.segments, member_column(key)
    before = "false" if is_new else f"coalesce(n.{name}, false)"
    after = f"coalesce(d.{name}, false)"
    was, will, entering, leaving, keys = con.execute(
        f"SELECT count(*) FILTER ({before}), count(*) FILTER ({after}), count(*) FILTER ({after} AND NOT {before}),"
        f" count(*) FILTER ({before} AND NOT {after}), min(n.customer_key, {EXAMPLES}) FILTER ({after} <> {before})"
        " FROM standing AS n JOIN drafted AS d USING (customer_key)"
    ).fetchall()[0]
    return SegmentPlan(key, None if is_new else was, will, entering, leaving, customer_ids(con, keys or []))
