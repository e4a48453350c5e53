"""DuckDB and a real Spark cluster give the same values: every feature, stage, segment, history and move."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from tenure import pipeline
from tenure.clock import AsOf
from tenure.features import odd_values
from tenure.reports import move_map, restate
from tenure.segments import compute_membership_history, compute_segment_history
from tenure.stages import backtest, compute_history
from tenure.workspace import Workspace
from tests.library.engines.conftest import agreed
from tests.library.engines.same import assert_same, columns_of

pytestmark = pytest.mark.scale

START = date(2025, 1, 1)


@pytest.fixture(scope="module")
def now(on_duckdb: Workspace) -> AsOf:
    return on_duckdb.clock.as_of()


def test_every_feature_stage_and_segment_is_the_same(on_duckdb: Workspace, on_spark: Workspace, now: AsOf) -> None:
    ours, theirs = (stand(shop, now) for shop in (on_duckdb, on_spark))
    assert ours.cuts == theirs.cuts
    assert ours.cuts is not None
    assert not ours.cuts.few
    assert assert_same(*(columns_of(each.con, "standing") for each in (ours, theirs))) > 250
    assert min(ours.member_counts().values()) > 0


def stand(shop: Workspace, moment: AsOf, known: str | None = None) -> pipeline.Standing:
    """The standing, with cut points that the engine learns itself."""
    return pipeline.stand(shop._snapshot(known), shop.definitions, shop.clock, moment, outside=agreed(None))


def test_every_stay_month_and_membership_is_the_same(on_duckdb: Workspace, on_spark: Workspace, now: AsOf) -> None:
    """What `tenure run` keeps of stays, of value segments month by month, of own segments by day and by month."""
    kept = [histories(shop, now) for shop in (on_duckdb, on_spark)]
    for table, least in {"stays": 1000, "segment_months": 800, "memberships": 200}.items():
        assert assert_same(*(columns_of(con, table) for con in kept)) > least, table


def histories(shop: Workspace, now: AsOf) -> duckdb.DuckDBPyConnection:
    """All histories in a DuckDB connection."""
    snapshot, definitions = shop.store.snapshot(), shop.definitions
    with snapshot.computing() as con:
        compute_history(con, definitions, now)
        compute_segment_history(con, definitions, shop.clock, now, months=3)
        compute_membership_history(con, definitions, shop.clock, now, months=3)
        return snapshot.handed_over(con, ("stays", "segment_months", "memberships"))


def test_what_is_odd_is_counted_the_same(on_duckdb: Workspace, on_spark: Workspace, now: AsOf) -> None:
    table = stand(on_duckdb, now).con
    odd = odd_values(table, on_duckdb.definitions, now, "standing")
    with on_spark.store.snapshot().computing() as engine:
        assert odd_values(table, on_spark.definitions, now, "standing", engine) == odd
    assert len(odd) > 3


def test_an_instant_of_a_leap_day_is_the_same(on_duckdb: Workspace, on_spark: Workspace) -> None:
    """As of a minute before midnight in Shanghai, and as far as it was known then."""
    for known in (None, "2025-12-25"):
        moment = on_duckdb.clock.as_of("2024-02-29T23:59:00")
        tables = [columns_of(stand(shop, moment, known).con, "standing") for shop in (on_duckdb, on_spark)]
        assert_same(*tables)


def test_cut_points_and_the_moves_of_a_period_are_the_same(
    on_duckdb: Workspace, on_spark: Workspace, now: AsOf
) -> None:
    assert on_spark._month_cuts(now) == on_duckdb._month_cuts(now)
    start = date(now.day.year - 1, now.day.month, 1)
    moves = on_duckdb.moves(start, now)
    assert len(moves) > 5
    assert on_spark.moves(start, now) == moves


def test_a_backtest_and_a_report_as_of_a_day_are_the_same(on_duckdb: Workspace, on_spark: Workspace, now: AsOf) -> None:
    judged = [
        backtest(shop.store.snapshot(), shop.definitions, "growth", shop.clock, now, 6)
        for shop in (on_duckdb, on_spark)
    ]
    assert judged[0].customers > 500
    assert judged[1] == judged[0]
    moment, lifecycle = on_duckdb.clock.as_of("2025-06-30"), on_duckdb.lifecycle("growth")
    maps = [
        move_map(restate(shop.store.snapshot(), shop.definitions, moment, ["growth"]), lifecycle, START, moment.day)
        for shop in (on_duckdb, on_spark)
    ]
    assert len(maps[0]) > 5
    assert maps[1] == maps[0]
