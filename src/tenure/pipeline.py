"""The run: features → stages → segments, as one tuple of named, timed steps."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

import duckdb

from tenure.clock import AsOf, Clock
from tenure.definitions import Definitions
from tenure.features import compute, few_rows
from tenure.reports import customer_ids
from tenure.segments import (
    Cuts,
    Outside,
    add_members,
    learn_cuts,
    member_row,
    member_view,
    segment_columns,
    segment_of,
)
from tenure.stages import column, compute_history, since_column, stage_sql
from tenure.store import Connection, Snapshot

__all__ = ["STEPS", "Progress", "Standing", "Timing", "stand"]

Progress = Callable[[float, str], None]
KEPT = 40


def _silent(_fraction: float, _step: str) -> None:
    pass


@dataclass(frozen=True)
class Timing:
    """How long a step took, wall seconds."""

    step: str
    seconds: float


@dataclass
class Standing:
    """Everyone's features, stages and segment as of one instant, in the table `standing` of `con`.

    Grain of `standing`: one row per customer with an event before the instant: customer_key, every feature,
    stage_<lifecycle> for every lifecycle, since_<lifecycle> (DATE) for those that look back, r, f, m, segment,
    in_segment_<key> (BOOLEAN) for every own segment.
    """

    con: duckdb.DuckDBPyConnection
    definitions: Definitions
    as_of: AsOf
    key: str
    timings: list[Timing] = field(default_factory=list)
    cuts: Cuts | None = None
    folded: frozenset[str] = frozenset()  # lifecycles whose stays are in the table `places` of `con`, all of them

    def counts(self, lifecycle: str) -> dict[str, int]:
        """Customers by stage, every stage named, in the lifecycle's order."""
        rows = self.con.execute(f"SELECT {column(lifecycle)}, count(*) FROM standing GROUP BY 1").fetchall()
        found = dict(rows)
        return {stage.key: found.get(stage.key, 0) for stage in self.definitions.lifecycles[lifecycle].stages}

    def customers_in(self, lifecycle: str, stage: str) -> tuple[str, ...]:
        """The company's own ids (`#key` where there is none) of the customers that `counts` counts in a stage."""
        return self._ids(column(lifecycle), stage)

    def customers_of(self, segment: str) -> tuple[str, ...]:
        """The same of the customers that `segment_counts` counts in a value segment."""
        return self._ids("segment", segment)

    def _ids(self, name: str, place: str) -> tuple[str, ...]:
        query = f"SELECT customer_key FROM standing WHERE {name} = ? ORDER BY customer_key"
        return customer_ids(self.con, [key for (key,) in self.con.execute(query, [place]).fetchall()])

    def segment_counts(self) -> dict[str, int]:
        """Customers by value segment, every segment named."""
        found = dict(self.con.execute("SELECT segment, count(*) FROM standing GROUP BY 1").fetchall())
        return {key: found.get(key, 0) for key in self.definitions.value_segments}

    def member_counts(self) -> dict[str, int]:
        """Customers by own segment."""
        query = f"SELECT segment, count(*) FROM ({member_view(self.con, self.definitions)}) GROUP BY 1"
        found = dict(self.con.execute(query).fetchall())
        return {key: found.get(key, 0) for key in self.definitions.segments}

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.con.execute("SELECT count(*) FROM standing").fetchall()[0][0])


@dataclass
class _Run:
    """What the steps share."""

    snapshot: Snapshot
    definitions: Definitions
    clock: Clock
    as_of: AsOf
    con: Connection
    cuts: Cuts | None = None
    outside: Outside | None = None
    everyone: bool = True
    folded: frozenset[str] = frozenset()


def _features(run: _Run) -> None:
    compute(run.con, run.definitions, run.as_of)


def _stages(run: _Run) -> None:
    """Features alone decide, except where a lifecycle looks back: there the last stay of the history does."""
    params: list[object] = []
    columns, joins = [], ""
    looking = [key for key, lifecycle in run.definitions.lifecycles.items() if lifecycle.looks_back]
    if looking:
        compute_history(run.con, run.definitions, run.as_of, lifecycles=looking, table="places")
        run.folded = frozenset(looking)
    for key, lifecycle in run.definitions.lifecycles.items():
        if lifecycle.looks_back:
            place = f'"place_{key}"'
            columns.append(f"{place}.stage AS {column(key)}, {place}.entered AS {since_column(key)}")
            joins += (
                f" LEFT JOIN places AS {place} ON {place}.customer_key = features.customer_key"
                f" AND {place}.lifecycle = '{key}' AND {place}.\"left\" IS NULL"
            )
        else:
            columns.append(f"{stage_sql(lifecycle, params)} AS {column(key)}")
    run.con.execute(
        f"CREATE OR REPLACE TEMP TABLE staged AS SELECT features.*, {', '.join(columns)} FROM features{joins}", params
    ).fetchall()
    run.con.execute("DROP TABLE features").fetchall()


def _segments(run: _Run) -> None:
    run.cuts = run.cuts or learn_cuts(run.con, run.definitions, run.clock, run.as_of)
    run.con.execute(
        f"CREATE OR REPLACE TEMP TABLE standing AS SELECT *, {segment_columns(run.cuts)} FROM staged"
    ).fetchall()
    run.con.execute("DROP TABLE staged").fetchall()


def _members(run: _Run) -> None:
    add_members(run.con, run.definitions, outside=run.outside, everyone=run.everyone)


STEPS: tuple[tuple[str, Callable[[_Run], None]], ...] = (
    ("features", _features),
    ("stages", _stages),
    ("segments", _segments),
    ("members", _members),
)


def stand(
    snapshot: Snapshot,
    definitions: Definitions,
    clock: Clock,
    as_of: AsOf,
    *,
    progress: Progress = _silent,
    cuts: Cuts | None = None,
    con: duckdb.DuckDBPyConnection | None = None,
    outside: Outside | None = None,
) -> Standing:
    """Compute everyone's standing as of an instant on the workspace's engine.

    With `con`, its views are used (of a few customers) and DuckDB computes. `outside` are sets of customers that only
    the application knows. Own segments by percentile need everybody: they are left out of a standing of a few.
    """
    with nullcontext(con) if con is not None else snapshot.computing() as engine:
        run = _Run(snapshot, definitions, clock, as_of, engine, cuts, outside, con is None)
        timings = [_timed(name, step, run, progress) for name, step in STEPS]
        answer = snapshot.handed_over(engine, ("standing",))
    progress(1.0, "done")
    key = standing_key(snapshot, definitions, as_of)
    folded = run.folded if answer is engine else frozenset[str]()  # another engine's tables have ended with it
    return Standing(answer, definitions, as_of, key, timings, run.cuts, folded)


def _timed(name: str, step: Callable[[_Run], None], run: _Run, progress: Progress) -> Timing:
    progress([each for each, _ in STEPS].index(name) / len(STEPS), name)
    start = time.perf_counter()
    step(run)
    return Timing(name, time.perf_counter() - start)


def few(
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    as_of: AsOf,
    cuts: Cuts,
    lists: Mapping[str, frozenset[int]] = MappingProxyType({}),
    outside: Outside | None = None,
) -> list[dict[str, object]]:
    """The rows of `standing` of the few customers whose `events` are in `con`: the same, without its long queries."""
    rows = few_rows(con, definitions, as_of)
    looking = [key for key, lifecycle in definitions.lifecycles.items() if lifecycle.looks_back]
    places: dict[tuple[int, str], tuple[str, date]] = {}
    if looking and rows:
        compute_history(con, definitions, as_of, lifecycles=looking, customers=rows, table="places")
        found = con.execute('SELECT customer_key, lifecycle, stage, entered FROM places WHERE "left" IS NULL')
        places = {(customer, key): (stage, entered) for customer, key, stage, entered in found.fetchall()}
    for customer, row in rows.items():
        for key, lifecycle in definitions.lifecycles.items():
            if lifecycle.looks_back:
                stage, row[since_column(key).strip('"')] = places[customer, key]
            else:
                stage = lifecycle.assign(row).key
            row[column(key).strip('"')] = stage
        row |= dict(zip(("r", "f", "m", "segment"), segment_of(cuts, row), strict=True))
        row |= member_row(definitions, row, lists, outside)
    return list(rows.values())


def standing_key(snapshot: Snapshot, definitions: Definitions, as_of: AsOf) -> str:
    """A name for a standing: equal names have equal rows."""
    words = f"{snapshot.key}|{definitions.hash}|{as_of.text}|{snapshot.settings.currency}|{snapshot.settings.zone}"
    return hashlib.sha256(words.encode()).hexdigest()[:24]


def keep(standing: Standing, folder: Path) -> None:
    """Write a restatement beside the store, so that asking again costs nothing; the oldest ones go."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{standing.key}.parquet"
    unfinished = target.with_suffix(f".{os.getpid()}")
    standing.con.execute(f"COPY standing TO '{unfinished}' (FORMAT parquet)").fetchall()
    os.replace(unfinished, target)
    kept = sorted(folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[KEPT:]:
        path.unlink(missing_ok=True)


def kept(snapshot: Snapshot, definitions: Definitions, as_of: AsOf, folder: Path) -> Standing | None:
    """A restatement made before, if its file is still there."""
    key = standing_key(snapshot, definitions, as_of)
    path = folder / f"{key}.parquet"
    if not path.is_file():
        return None
    con = snapshot.connect()
    con.execute(f"CREATE TEMP TABLE standing AS SELECT * FROM read_parquet('{path}')").fetchall()
    return Standing(con, definitions, as_of, key)
