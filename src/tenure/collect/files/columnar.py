"""Parquet: rows as text, streamed.

DuckDB opens the file, so this runs in the worker, the command line or a child process, never in a web process.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from tenure.collect.files.delimited import MOST_COLUMNS, Block
from tenure.errors import CollectError

__all__ = ["parquet_blocks"]

ROWS = 20_000


def parquet_blocks(path: Path) -> Iterator[Block]:
    """The header as the first row, then all rows; row numbers count from 1 without the header."""
    con = duckdb.connect(config={"threads": "1", "memory_limit": "400MB", "autoinstall_known_extensions": "false"})
    try:
        con.execute("SET TimeZone = 'UTC'")
        columns = con.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(path)]).description or []
        if len(columns) > MOST_COLUMNS:
            raise CollectError(f"{path.name} has {len(columns):,} columns; at most {MOST_COLUMNS:,} are read.")
        yield Block([0], [[column[0] for column in columns]])
        yield from _rows(con.execute("SELECT COLUMNS(*)::VARCHAR FROM read_parquet(?)", [str(path)]))
    except duckdb.Error as error:
        raise CollectError(f"{path.name} is a damaged Parquet file, or one of a kind that cannot be read.") from error
    finally:
        con.close()


def _rows(found: Any) -> Iterator[Block]:
    first = 1
    while rows := found.fetchmany(ROWS):
        yield Block(
            list(range(first, first + len(rows))), [["" if cell is None else cell for cell in row] for row in rows]
        )
        first += len(rows)
