"""What a draft would do, counted over everybody at once: who would be in which stage or segment, beside today.

All functions but the last read the view `basis` of a connection: one row a customer, customer_key and one column a
feature. They tell stages by their rules alone; where a minimum stay or the like holds, `walk_lifecycle` tells them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from tenure.clock import AsOf
from tenure.definitions import Definitions, Feature, Lifecycle
from tenure.segments import Cuts, Outside, member_column, prepare_lists, segment_columns, segments_of, with_members
from tenure.stages import compute_history, stage_sql
from tenure.store import Snapshot

__all__ = [
    "FeatureTrial",
    "LifecycleTrial",
    "SegmentTrial",
    "Shift",
    "try_feature",
    "try_lifecycle",
    "try_segment",
    "try_value_segments",
]

EXAMPLES = 3
SHIFTS = 6


@dataclass(frozen=True, slots=True)
class Shift:
    """Customers who would be in another stage than now; `examples` are the keys of some of them."""

    before: str
    after: str
    customers: int
    examples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LifecycleTrial:
    """Customers by stage under the draft and now (None: the stage, or the whole lifecycle, is new).

    `examples` are the keys of some who would be in each stage.
    """

    customers: int
    after: dict[str, int]
    before: dict[str, int] | None
    shifted: int
    shifts: tuple[Shift, ...]
    examples: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class SegmentTrial:
    """How many of all customers a segment takes, how many it takes now, and some of those it would take."""

    customers: int
    of: int
    before: int | None
    examples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FeatureTrial:
    """How a feature's values are spread: known for how many, quarter points for numbers, the most frequent ones."""

    known: int
    of: int
    quarters: tuple[float, ...]
    frequent: tuple[tuple[str, int], ...]
    examples: tuple[tuple[int, str], ...]


def try_lifecycle(con: duckdb.DuckDBPyConnection, draft: Lifecycle, present: Lifecycle | None) -> LifecycleTrial:
    """Everybody's stage under the draft beside their stage by the present rules."""
    params: list[object] = []
    after = stage_sql(draft, params)
    before = stage_sql(present, params) if present else "NULL"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE tried AS SELECT customer_key, {after} AS after, {before} AS before FROM basis",
        params,
    ).fetchall()
    here = [stage.key for stage in present.stages] if present else None
    return _compared(con, [stage.key for stage in draft.stages], here)


def walk_lifecycle(
    snapshot: Snapshot,
    key: str,
    draft: Definitions,
    present: Definitions,
    as_of: AsOf,
    progress: Callable[[float], None] = lambda share: None,
) -> LifecycleTrial:
    """The same as `try_lifecycle`, by everybody's whole history: minimum stays, `leave` and `forward_only` count.

    It takes as long as a history of all customers, twice.
    """
    con = snapshot.connect()
    try:
        for share, definitions, table in ((0.1, draft, "walked"), (0.5, present, "walked_now")):
            progress(share)
            lifecycles = [key] if key in definitions.lifecycles else []
            with snapshot.working(con, table) as engine:
                compute_history(engine, definitions, as_of, lifecycles=lifecycles, table=table)
        con.execute(
            "CREATE OR REPLACE TEMP TABLE tried AS SELECT d.customer_key, d.stage AS after, n.stage AS before"
            ' FROM walked AS d LEFT JOIN walked_now AS n ON n.customer_key = d.customer_key AND n."left" IS NULL'
            ' WHERE d."left" IS NULL'
        ).fetchall()
        old = present.lifecycles.get(key)
        here = [stage.key for stage in old.stages] if old else None
        return _compared(con, [stage.key for stage in draft.lifecycles[key].stages], here)
    finally:
        con.close()


def try_value_segments(con: duckdb.DuckDBPyConnection, draft: Cuts, present: Cuts, keys: list[str]) -> LifecycleTrial:
    """Everybody's value segment by the draft's cut points beside the present ones; `keys` are all value segments."""
    read = "customer_key, days_since_last_order, orders, revenue, average_order"
    now = f"SELECT {read}, segment AS before FROM (SELECT {read}, {segment_columns(present)} FROM basis)"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE tried AS SELECT customer_key, segment AS after, before"
        f" FROM (SELECT customer_key, before, {segment_columns(draft)} FROM ({now}))"
    ).fetchall()
    return _compared(con, keys, keys)


def _compared(con: duckdb.DuckDBPyConnection, keys: list[str], old_keys: list[str] | None) -> LifecycleTrial:
    """What the table `tried` (customer_key, after, before) tells; no `old_keys`: there is nothing to compare with."""
    pairs = con.execute("SELECT before, after, count(*) FROM tried GROUP BY ALL").fetchall()
    named = con.execute(f"SELECT after, min(customer_key, {EXAMPLES}) FROM tried GROUP BY after").fetchall()
    moved = (pair for pair in pairs if old_keys is not None and pair[0] != pair[1])
    shifts = sorted(moved, key=lambda pair: (-pair[2], pair[:2]))
    return LifecycleTrial(
        sum(pair[2] for pair in pairs),
        _totals(pairs, 1, keys),
        None if old_keys is None else _totals(pairs, 0, old_keys),
        sum(pair[2] for pair in shifts),
        tuple(_shift(con, *pair) for pair in shifts[:SHIFTS]),
        {place: tuple(found) for place, found in named},
    )


def _shift(con: duckdb.DuckDBPyConnection, before: str, after: str, customers: int) -> Shift:
    return Shift(before, after, customers, _some(con, "before = ? AND after = ?", [before, after]))


def _totals(pairs: list[tuple[str, str, int]], side: int, keys: list[str]) -> dict[str, int]:
    found = dict.fromkeys(keys, 0)
    for pair in pairs:
        key = pair[1] if side else pair[0]
        found[key] = found.get(key, 0) + pair[2]
    return found


def _some(con: duckdb.DuckDBPyConnection, where: str, params: list[object]) -> tuple[int, ...]:
    rows = con.execute(f"SELECT customer_key FROM tried WHERE {where} LIMIT {EXAMPLES}", params).fetchall()
    return tuple(row[0] for row in rows)


def try_segment(
    con: duckdb.DuckDBPyConnection,
    key: str,
    draft: Definitions,
    present: Definitions | None = None,
    outside: Outside | None = None,
) -> SegmentTrial:
    """How many customers a segment takes under the draft beside now, also through the segments it is made of.

    `con` needs the views of a snapshot: fixed lists are resolved by them.
    """
    _members(con, key, draft, outside, "tried")
    taken, total = con.execute("SELECT count(*) FILTER (after), count(*) FROM tried").fetchall()[0]
    examples = _some(con, "after", [])
    if present is None or key not in present.segments:
        return SegmentTrial(taken, total, None, examples)
    _members(con, key, present, outside, "tried_now")
    before = con.execute("SELECT count(*) FILTER (after) FROM tried_now").fetchall()[0][0]
    return SegmentTrial(taken, total, before, examples)


def _members(
    con: duckdb.DuckDBPyConnection, key: str, definitions: Definitions, outside: Outside | None, table: str
) -> None:
    needed = _made_of(definitions, key)
    chosen = [segment for name, segment in definitions.segments.items() if name in needed]
    prepare_lists(con, definitions, outside)
    params: list[object] = []
    query = with_members(definitions, "SELECT * FROM basis", chosen, params, outside is not None)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT customer_key, {member_column(key)} AS after FROM ({query})",
        params,
    ).fetchall()


def _made_of(definitions: Definitions, key: str) -> set[str]:
    """The segment and all that it reads."""
    found = {key}
    for rule in definitions.segments[key].rules:
        for inner in segments_of(rule):
            found |= _made_of(definitions, inner)
    return found


def try_feature(con: duckdb.DuckDBPyConnection, feature: Feature) -> FeatureTrial:
    """How the values of one column of the basis are spread."""
    column = '"' + feature.key.replace('"', '""') + '"'
    known, total = con.execute(f"SELECT count({column}), count(*) FROM basis").fetchall()[0]
    frequent = con.execute(
        f"SELECT CAST({column} AS VARCHAR), count(*) AS n FROM basis WHERE {column} IS NOT NULL"
        " GROUP BY 1 ORDER BY n DESC, 1 LIMIT 5"
    ).fetchall()
    examples = con.execute(
        f"SELECT customer_key, CAST({column} AS VARCHAR) FROM basis WHERE {column} IS NOT NULL"
        f" ORDER BY hash(customer_key), customer_key LIMIT {EXAMPLES}"
    ).fetchall()
    quarters: tuple[float, ...] = ()
    if feature.type in ("integer", "float") and known:
        points = con.execute(f"SELECT quantile_disc({column}, [0, 0.25, 0.5, 0.75, 1]) FROM basis").fetchall()[0][0]
        quarters = tuple(float(point) for point in points)
    return FeatureTrial(known, total, quarters, tuple(frequent), tuple(examples))
