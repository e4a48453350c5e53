"""DuckDB connections: in memory, bounded, closed to everything outside the store."""

from __future__ import annotations

import os
import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb

from tenure.settings import Settings
from tenure.store.companies import BELONGING
from tenure.store.scores import SCORE_TABLES
from tenure.store.tables import TABLES

__all__ = ["Handed", "connect", "see_nothing"]

NOTHING = "nothing"  # a schema with every small table, empty: for those that a store has no files of

SPILL = "20GB"
#: Shares of the memory limit: of a database apart unless it asks for more, and of the one that all others share.
APART, SHARED = 1 / 16, 3 / 4
_making = threading.Lock()
KEPT = 8  # databases of a process; it rarely has more than the two of its one workspace


def connect(
    store: Path, settings: Settings, threads: int | None = None, apart: bool = False, share: float = APART
) -> duckdb.DuckDBPyConnection:
    """A connection that may read files below `store` and nothing else; its temporary objects are its own.

    A database costs 20 ms to make and a connection to it next to nothing, so the connections of a process share one:
    its memory limit is that of all together, and no connection may change its settings. Whoever must asks for one
    `apart`, which gets a `share` of the memory limit: those of all that a process has at a time make up one.
    """
    memory = _part(settings.memory_limit, share if apart else SHARED)
    chosen = (store, memory, threads or settings.threads or os.cpu_count() or 1)
    if apart:
        return _made(*chosen)
    try:
        return _usable(_shared(os.getpid(), *chosen))
    except duckdb.Error:  # an internal fault closes a database for good: begin with a fresh one
        _shared.cache_clear()
        return _usable(_shared(os.getpid(), *chosen))


@lru_cache(maxsize=KEPT)
def _shared(process: int, store: Path, memory: str, threads: int) -> duckdb.DuckDBPyConnection:
    """The database of this process: one that came with a fork lacks its threads. Nobody changes its settings."""
    con = _made(store, memory, threads)
    con.execute("SET lock_configuration = true")
    return con


def _part(limit: str, share: float) -> str:
    """A share of an amount such as `4GB`; what is no amount stays as it is, for DuckDB to say so."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z%]+)\s*", limit)
    return f"{float(found[1]) * share:f}{found[2]}" if found else limit


def _usable(database: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    con = database.cursor()
    con.execute("SELECT 1").fetchall()
    return con


def _made(store: Path, memory: str, threads: int) -> duckdb.DuckDBPyConnection:
    """A database. Text keys are slow in DuckDB 2.0.0 under `compressed_materialization`, so it is switched off."""
    spill = store.parent / "tmp" / "duckdb"
    spill.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_persistent_secrets": "false",
            "memory_limit": memory,
            "threads": str(threads),
            "temp_directory": str(spill),
            "max_temp_directory_size": SPILL,
            "python_enable_replacements": "false",
            "preserve_insertion_order": "false",
            "default_null_order": "nulls_last",
        },
    )
    con.execute("SET disabled_optimizers = 'compressed_materialization'")
    con.execute("SET GLOBAL TimeZone = 'UTC'")
    con.execute("SET enable_external_file_cache = false")  # else a server would keep every file it has read
    con.execute(f"SET allowed_directories = ['{str(store).replace(chr(39), chr(39) * 2)}']")
    con.execute("SET enable_external_access = false")
    return con


@dataclass(frozen=True)
class Handed:
    """A table of one connection for another one's `register`, which takes no relation of others as it is.

    The stream is asked for several times a query, so that a relation of long computation is made a table first.
    """

    relation: duckdb.DuckDBPyRelation

    def __arrow_c_stream__(self, schema: object = None) -> object:
        """The rows as a stream, by Arrow's PyCapsule interface: nothing beside DuckDB is needed."""
        return self.relation.__arrow_c_stream__(schema)


def see_nothing(con: duckdb.DuckDBPyConnection) -> None:
    """Show a connection every small table, empty, where it has none of its own.

    They take ten milliseconds to make, so the first connection of a database that wants them makes them for all.
    """
    with _making:
        try:
            con.execute(f"SET search_path = 'main,{NOTHING}'")
        except duckdb.CatalogException:
            con.execute(_nothing_sql())
            con.execute(f"SET search_path = 'main,{NOTHING}'")


@lru_cache
def _nothing_sql() -> str:
    text = f"CREATE SCHEMA {NOTHING}"
    refunds = TABLES["refunds"].columns
    tables = {
        **{name: spec.columns for name, spec in TABLES.items()},
        **{name: {**TABLES[name].columns, "own": "BOOLEAN"} for name in SCORE_TABLES},
        "company_calls": BELONGING,  # as its view shows it
        "identity": {name: TABLES["id_map"].columns[name] for name in ("source_key", "customer_key")},
        "settled": {name: refunds[name] for name in ("ingest_id", "amount", "currency", "products", "reason")},
    }
    for name, columns in tables.items():
        typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        text += f"; CREATE TABLE {NOTHING}.{name} ({typed})"
    return text
