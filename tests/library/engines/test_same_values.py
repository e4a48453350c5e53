"""DuckDB and a real Spark cluster give the same values: every feature, stage, segment, history and move."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from tenure import pipeline
from tenure.clock import AsOf
from tenure.segments import compute_segment_history
from tenure.stages import compute_history
from tenure.workspace import Workspace
from tests.library.engines.catalogue import SAMPLES, kinds
from tests.library.engines.cluster import Cluster

pytestmark = pytest.mark.scale


def columns_of(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, tuple[str, list[Any]]]:
    """Type and values of each column, in an order that both engines can be asked for."""
    described = con.execute(f"DESCRIBE {table}").fetchall()
    rows = con.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
    return {row[0]: (row[1], [repr(each[number]) for each in rows]) for number, row in enumerate(described)}


def assert_same(ours: duckdb.DuckDBPyConnection, theirs: duckdb.DuckDBPyConnection, table: str) -> int:
    """Compare a table's columns by name, type and value; returns the number of rows."""
    expected, found = columns_of(ours, table), columns_of(theirs, table)
    assert list(found) == list(expected)
    different = [name for name in expected if found[name] != expected[name]]
    shown = {
        name: [pair for pair in zip(expected[name][1], found[name][1], strict=False) if pair[0] != pair[1]][:5]
        for name in different
    }
    assert different == [], shown
    return len(next(iter(expected.values()))[1])


def stand(shop: Workspace, now: AsOf) -> pipeline.Standing:
    """The standing, with cut points that the engine learns itself."""
    return pipeline.stand(shop.store.snapshot(), shop.definitions, shop.clock, now)


@pytest.fixture(scope="module")
def now(on_duckdb: Workspace) -> AsOf:
    return on_duckdb.clock.as_of()


def test_every_kind_of_feature_has_a_sample() -> None:
    assert kinds() - {str(each["kind"]) for each in SAMPLES.values()} == set()


def test_every_feature_stage_and_segment_is_the_same(on_duckdb: Workspace, on_spark: Workspace, now: AsOf) -> None:
    ours, theirs = on_duckdb.stand(on_duckdb, now), stand(on_spark, now)
    assert ours.cuts == theirs.cuts
    assert ours.cuts is not None
    assert not ours.cuts.few
    assert assert_same(ours.con, theirs.con, "standing") > 250


def test_every_stay_and_every_month_of_segments_is_the_same(
    on_duckdb: Workspace, on_spark: Workspace, now: AsOf
) -> None:
    kept = []
    for shop in (on_duckdb, on_spark):
        snapshot = shop.store.snapshot()
        with snapshot.computing() as con:
            compute_history(con, shop.definitions, now)
            compute_segment_history(con, shop.definitions, shop.clock, now, months=2)
            kept.append(snapshot.handed_over(con, ("stays", "segment_months")))
    assert assert_same(*kept, "stays") > 1000
    assert assert_same(*kept, "segment_months") > 400


def test_the_moves_of_a_period_are_the_same(on_duckdb: Workspace, on_spark: Workspace, now: AsOf) -> None:
    start = date(now.day.year - 1, now.day.month, 1)
    moves = on_duckdb.moves(start, now)
    assert len(moves) > 5
    assert on_spark.moves(start, now) == moves


def test_both_workers_had_a_part_in_it(on_spark: Workspace, cluster: Cluster) -> None:
    with on_spark.store.snapshot().computing() as con:
        assert con.execute("SELECT count(*) > 1000 FROM events").fetchall() == [(True,)]
    assert cluster.workers() == 2
