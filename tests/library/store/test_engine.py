"""Connections: cheap, bounded, strangers to each other."""

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tenure.settings import Settings
from tenure.store import Store, engine
from tenure.store.engine import connect
from tests.databases import own

SETTINGS = Settings(memory_limit="500MB")


@pytest.fixture(autouse=True)
def own_databases() -> Iterator[None]:
    """As users have them."""
    with own():
        yield


def test_connections_share_a_database_and_see_nothing_of_each_other(tmp_path: Path) -> None:
    one, other = connect(tmp_path / "store", SETTINGS), connect(tmp_path / "store", SETTINGS)
    one.execute("CREATE TEMP TABLE mine AS SELECT 1 AS n")
    one.execute("SET VARIABLE secret = 'x'")
    with pytest.raises(duckdb.CatalogException):
        other.execute("SELECT * FROM mine")
    assert other.execute("SELECT getvariable('secret')").fetchall() == [(None,)]
    other.close()
    assert one.execute("SELECT n FROM mine").fetchall() == [(1,)]


@pytest.mark.parametrize("apart", [False, True])
def test_every_connection_is_bounded_and_closed_to_the_outside(tmp_path: Path, apart: bool) -> None:
    (tmp_path / "other.csv").write_text("a\n1\n")
    con = connect(tmp_path / "store", SETTINGS, threads=1, apart=apart)
    names = ("memory_limit", "threads", "TimeZone", "default_null_order", "disabled_optimizers")
    asked = ", ".join(f"current_setting('{name}')::VARCHAR" for name in names)
    assert con.execute(f"SELECT {asked}").fetchall() == [
        ("59.6 MiB" if apart else "357.6 MiB", "1", "UTC", "NULLS_LAST", "compressed_materialization")
    ]
    with pytest.raises(duckdb.PermissionException):
        con.execute(f"SELECT * FROM read_csv('{tmp_path}/other.csv')")
    with pytest.raises(duckdb.InvalidInputException):
        con.execute("SET enable_external_access = true")


def test_who_changes_settings_apart_changes_them_for_nobody_else(tmp_path: Path) -> None:
    apart, shared = connect(tmp_path / "store", SETTINGS, apart=True), connect(tmp_path / "store", SETTINGS)
    apart.execute("SET memory_limit = '100MB'")
    assert shared.execute("SELECT current_setting('memory_limit')").fetchall() == [("357.6 MiB",)]


def test_a_database_that_an_internal_fault_closed_is_made_anew(tmp_path: Path) -> None:
    engine._shared(os.getpid(), tmp_path / "store", engine._part(SETTINGS.memory_limit, 3 / 4), 1).close()
    assert connect(tmp_path / "store", SETTINGS, threads=1).execute("SELECT 1").fetchall() == [(1,)]


@pytest.mark.parametrize(("threads", "gentle"), [(4, 2), (1, 1)])
def test_what_is_computed_gently_leaves_half_the_cores_to_others(tmp_path: Path, threads: int, gentle: int) -> None:
    store = Store(tmp_path / "store", Settings(threads=threads, memory_limit="500MB"))
    said = "SELECT current_setting('threads')"
    assert store.snapshot(gently=True).connect().execute(said).fetchall() == [(gentle,)]
    assert store.snapshot().connect().execute(said).fetchall() == [(threads,)]


@pytest.mark.parametrize("limit", ["4GB", "0.5 GiB"])
def test_two_databases_apart_and_the_shared_one_stay_within_the_limit(tmp_path: Path, limit: str) -> None:
    def bytes_of(con: duckdb.DuckDBPyConnection) -> float:
        number, unit = con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0].split()
        return float(number) * {"MiB": 1 << 20, "GiB": 1 << 30}[unit]

    parts = [connect(tmp_path, Settings(memory_limit=limit), 1, apart=apart) for apart in (False, True)]
    whole = bytes_of(duckdb.connect(config={"memory_limit": limit, "threads": "1"}))
    assert whole * 0.95 < bytes_of(parts[0]) + 2 * bytes_of(parts[1]) < whole * 1.05


def test_a_limit_that_is_no_amount_is_told_by_duckdb(tmp_path: Path) -> None:
    with pytest.raises(duckdb.Error, match="Memory must have a number"):
        connect(tmp_path, Settings(memory_limit="much"), 1)
