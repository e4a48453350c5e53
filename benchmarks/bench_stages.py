"""Stages through time: 24 month ends restated, and the exact history of 24 months."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import shops
from benchmarks.bench_features import LIFECYCLES, plain_duckdb
from benchmarks.measure import watch
from tenure.stages import compute_history, restate

MONTHS = [date(2024 + number // 12, number % 12 + 1, 1) for number in range(1, 25)]


def _history(folder: str, lifecycles: tuple[str, ...]) -> Mapping[str, int]:
    workspace = shops.opened(folder)
    with watch():
        con = workspace.store.snapshot().connect()
        compute_history(con, workspace.definitions, workspace.clock.as_of(), lifecycles=lifecycles)
    return dict(con.execute("SELECT lifecycle || '.' || stage, count(*) FROM stays GROUP BY ALL").fetchall())


def history(folder: str) -> Mapping[str, int]:
    """Tenure: every stay of everybody in five lifecycles, exact to the day."""
    return _history(folder, LIFECYCLES)


def history_of_purchase(folder: str) -> Mapping[str, int]:
    """Tenure: the same of one lifecycle."""
    return _history(folder, ("purchase",))


def history_of_purchase_plain(folder: str) -> Mapping[str, int]:
    """Plain DuckDB: the same by hand-written SQL."""
    con = _by_hand(folder, "bench_stages_history.sql")
    return dict(con.execute("SELECT 'purchase.' || stage, count(*) FROM found GROUP BY ALL").fetchall())


def restatements(folder: str) -> Mapping[str, int]:
    """Tenure: everybody's stage in the growth lifecycle at 24 month ends."""
    workspace = shops.opened(folder)
    with watch():
        snapshot = workspace.store.snapshot()
        con = snapshot.connect()
        restate(snapshot, con, workspace.definitions, "growth", workspace.clock, MONTHS)
    return _by_month(con, "SELECT month, stage FROM states")


def restatements_plain(folder: str) -> Mapping[str, int]:
    """Plain DuckDB: the same, one aggregate over events a month."""
    con = _by_hand(folder, "bench_stages_months.sql", months=", ".join(f"(DATE '{month}')" for month in MONTHS))
    return _by_month(con, "SELECT month, stage FROM found")


def _by_month(con: Any, query: str) -> Mapping[str, int]:
    rows = con.execute(f"SELECT month || ' ' || stage, count(*) FROM ({query}) GROUP BY ALL").fetchall()
    return dict(rows)


def _by_hand(folder: str, file: str, **more: str) -> Any:
    """A connection with the table `found` of a query beside this file."""
    workspace = shops.opened(folder)
    query = Path(__file__).with_name(file).read_text("utf-8")
    names = {"events": shops.parquet(workspace), "id_map": shops.files(workspace, "id_map"), **more}
    con = plain_duckdb()
    with watch():
        con.execute(f"CREATE TEMP TABLE found AS {query.format(**names)}")
    return con
