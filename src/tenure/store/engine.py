"""DuckDB connections: in memory, bounded, closed to everything outside the store."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from tenure.settings import Settings

__all__ = ["connect"]

SPILL = "20GB"


def connect(store: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    """A fresh in-memory database that may read files below `store` and nothing else.

    Text keys are slow in DuckDB 2.0.0 under `compressed_materialization`, so it is switched off.
    """
    spill = store.parent / "tmp" / "duckdb"
    spill.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_persistent_secrets": "false",
            "memory_limit": settings.memory_limit,
            "threads": str(settings.threads or os.cpu_count() or 1),
            "temp_directory": str(spill),
            "max_temp_directory_size": SPILL,
            "python_enable_replacements": "false",
            "preserve_insertion_order": "false",
            "default_null_order": "nulls_last",
        },
    )
    con.execute("SET disabled_optimizers = 'compressed_materialization'")
    con.execute("SET TimeZone = 'UTC'")
    con.execute(f"SET allowed_directories = ['{str(store).replace(chr(39), chr(39) * 2)}']")
    con.execute("SET enable_external_access = false")
    return con
