"""With `--engine spark` the tests of features, stages and segments run on a Spark cluster, held equal to DuckDB.

A test's own connection becomes a pair (`beside`): both engines get every statement, and whatever rows the test reads
must be the same on both. Workspaces that a test makes choose `engine: spark` by themselves.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

import tenure
from tenure.store.engines.spark import SparkConnection
from tenure.workspace import Workspace

__all__ = ["Pair", "beside", "choose", "let_go", "on_duckdb"]

_chosen: list[str] = []


def choose(address: str) -> None:
    """From now on tests run on the Spark at this address."""
    _chosen.append(address)
    tenure.init = partial(tenure.init, engine="spark", spark=address)


def beside(con: duckdb.DuckDBPyConnection) -> Any:
    """The connection itself, or, when Spark was chosen, a pair of it and a Spark that holds the same tables."""
    return Pair(con, _chosen[-1]) if _chosen else con


def on_duckdb(shop: Workspace) -> Workspace:
    """The same workspace computed by DuckDB: where a test asks a second way many times, Spark need not be both."""
    if shop.settings.engine == "duckdb":
        return shop
    again = tenure.open(shop.folder)
    again._settings, again.outside = shop.settings.changed(engine="duckdb"), shop.outside
    return again


def let_go() -> None:
    """End the application on Spark."""
    from pyspark import SparkContext

    if SparkContext._active_spark_context:
        SparkContext._active_spark_context.stop()


@dataclass(frozen=True)
class Rows:
    """The answer of both."""

    description: Any
    rows: list[tuple[Any, ...]]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Spark's rows, which are DuckDB's too."""
        return self.rows


class Pair:
    """A DuckDB connection and a Spark one with the same tables."""

    def __init__(self, ours: duckdb.DuckDBPyConnection, address: str) -> None:
        self._ours = ours
        self._folder = Path(tempfile.mkdtemp(prefix="tenure-pair-"))
        self._theirs = SparkConnection(address, duckdb.connect(), self._folder)
        for (table,) in ours.execute("SELECT table_name FROM information_schema.tables").fetchall():
            self._copy(table)

    def _copy(self, table: str) -> None:
        columns = {row[0]: row[1] for row in self._ours.execute(f'DESCRIBE "{table}"').fetchall()}
        file = self._folder / f"{table}.parquet"
        self._ours.execute(f"COPY (FROM \"{table}\") TO '{file}' (FORMAT parquet)").fetchall()
        self._theirs.add_files(table, columns, [str(file)], str(self._folder))

    def execute(self, query: str, parameters: Any = None) -> Rows:
        """Run one statement on both; what it gives must be equal, in whatever order."""
        cursor = self._ours.execute(query, parameters) if parameters else self._ours.execute(query)
        description, expected = cursor.description, cursor.fetchall()
        found = self._theirs.execute(query, parameters).fetchall()
        if query.lstrip().upper().startswith(("SELECT", "WITH", "FROM")):
            both = Counter(map(repr, expected)), Counter(map(repr, found))
            assert both[0] == both[1], f"DuckDB {list(both[0] - both[1])[:5]}, Spark {list(both[1] - both[0])[:5]}"
        return Rows(description, found)
