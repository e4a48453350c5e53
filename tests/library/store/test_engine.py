"""Connections: cheap, bounded, strangers to each other."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from tenure.collect.files.load import MEMORY
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
        ("29.8 MiB" if apart else "357.6 MiB", "1", "UTC", "NULLS_LAST", "compressed_materialization")
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
def test_what_is_held_a_file_on_its_way_in_and_all_else_stay_within_the_limit(tmp_path: Path, limit: str) -> None:
    def bytes_of(con: duckdb.DuckDBPyConnection) -> float:
        number, unit = con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0].split()
        return float(number) * {"MiB": 1 << 20, "GiB": 1 << 30}[unit]

    settings = Settings(memory_limit=limit)
    parts = [connect(tmp_path, settings, 1), connect(tmp_path, settings, 1, apart=True)]
    parts.append(connect(tmp_path, settings, 1, apart=True, share=MEMORY))
    whole = bytes_of(duckdb.connect(config={"memory_limit": limit, "threads": "1"}))
    assert whole * 0.95 < sum(map(bytes_of, parts)) < whole * 1.05


def test_a_limit_that_is_no_amount_is_told_by_duckdb(tmp_path: Path) -> None:
    with pytest.raises(duckdb.Error, match="Memory must have a number"):
        connect(tmp_path, Settings(memory_limit="much"), 1)


OUTSIDE = (
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_json('{file}')",
    "SELECT * FROM read_parquet('{file}')",
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM read_blob('{file}')",
    "SELECT * FROM read_csv('{store}/../other.csv')",
    "SELECT * FROM read_csv('{store}-beside/other.csv')",
    "SELECT * FROM sniff_csv('{file}')",
    "SELECT * FROM parquet_metadata('{file}')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM '{file}'",
    "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "SELECT * FROM leak",
    "ATTACH '{folder}/x.db'",
    "COPY (SELECT 1) TO '{folder}/x.csv'",
    "COPY t FROM '{file}'",
    "EXPORT DATABASE '{folder}/all'",
    "IMPORT DATABASE '{folder}'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{folder}/x.duckdb_extension'",
    "CREATE PERSISTENT SECRET s (TYPE S3)",
    "CALL enable_logging(storage='file')",
    "SET memory_limit = '8GB'",
    "SET threads = 64",
    "SET temp_directory = '{folder}'",
    "SET allowed_directories = ['/']",
    "SET allowed_paths = ['{file}']",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET python_enable_replacements = true",
    "SET TimeZone = 'Asia/Shanghai'",
    "RESET memory_limit",
)


def test_what_a_rule_could_ask_for_is_refused_by_the_connection_too(tmp_path: Path) -> None:
    """The second wall: the compiler never writes any of this (R4 of the list of attacks on DuckDB 2)."""
    leak = duckdb.sql("SELECT 1 AS a")
    assert leak is not None
    file, store = tmp_path / "other.csv", tmp_path / "store"
    file.write_text("a\n1\n")
    (tmp_path / "store-beside").mkdir()
    (tmp_path / "store-beside" / "other.csv").write_text("a\n1\n")
    con = connect(store, SETTINGS)
    con.execute("CREATE TEMP TABLE t (a INTEGER)")
    for probe in OUTSIDE:
        with pytest.raises(duckdb.Error):
            con.execute(probe.format(file=file, store=store, folder=tmp_path)).fetchall()
    assert {path.name for path in tmp_path.iterdir()} <= {"other.csv", "store", "store-beside", "tmp"}
    assert con.execute("SELECT count(*) FROM t").fetchall() == [(0,)]


def test_nobody_changes_a_setting_of_what_all_share(tmp_path: Path) -> None:
    con = connect(tmp_path / "store", SETTINGS)
    changed = set()
    for name, value in con.execute("SELECT name, coalesce(value, '') FROM duckdb_settings()").fetchall():
        with suppress(duckdb.Error):
            con.execute(f"SET {name} = '{value.replace(chr(39), '')}'")
            changed.add(name)
    assert changed == {"schema", "search_path"}
