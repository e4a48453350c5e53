"""A file's rows in DuckDB: the temporary table `lines`, and `refused` for what falls out on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

import duckdb
from arro3.core import Array, DataType
from arro3.core import Table as Arrow

from tenure.collect.files.delimited import Block, Refused
from tenure.collect.files.mapping import Columns
from tenure.collect.files.reading import Table

__all__ = ["CELL", "Progress", "column_of", "refuse", "take_lines"]

CELL = "\x1f"  # between the cells of a line that is kept for the report
AHEAD = 2  # parts of the file that may wait for DuckDB
Progress = Callable[[float, str], None]
_TEXT, _WHOLE = DataType.utf8(), DataType.int64()


def column_of(field: str) -> str:
    """The column of `lines` that holds a field; properties are `p0`, `p1` … in order."""
    return f'"{field}"'


def take_lines(
    con: duckdb.DuckDBPyConnection, table: Table, columns: Columns, fields: Sequence[str], progress: Progress | None
) -> int:
    """Read the whole file into `lines` (line, cells, the fields, p0 …) and `refused`; returns the lines read.

    A field without a column is NULL. Memory stays bounded: DuckDB spills beyond the limit of `con`. While DuckDB takes
    one part in, Python splits the next: two cores are used.
    """
    names = [*fields, *(f"p{number}" for number in range(len(columns.properties)))]
    listed = "".join(f", {column_of(name)} VARCHAR" for name in names)
    con.execute(f"CREATE OR REPLACE TEMP TABLE lines (line BIGINT, cells VARCHAR{listed})")
    con.execute("CREATE OR REPLACE TEMP TABLE refused (line BIGINT, reason VARCHAR, cells VARCHAR)")
    places = {**columns.fields, **{f"p{n}": at for n, at in enumerate(columns.properties.values())}}
    read, pending = 0, deque[Future[None]]()
    with ThreadPoolExecutor(1, "lines") as beside:
        for block in table.blocks:
            read += len(block.rows) + len(block.refused)
            pending.append(beside.submit(_take, con, block, table, places))
            if len(pending) > AHEAD:
                pending.popleft().result()
            if progress:
                progress(table.progress.fraction(), f"{read:,}")
        for last in pending:
            last.result()
    return read


def _take(con: duckdb.DuckDBPyConnection, block: Block, table: Table, places: dict[str, int]) -> None:
    good = _fitting(block, table)
    _insert(con, good, places)
    refuse(con, good.refused)


def _fitting(block: Block, table: Table) -> Block:
    """The block without rows that have more cells than the header, unless those are empty."""
    width = len(table.header) if table.header else 0
    if not width or not block.rows or max(map(len, block.rows)) <= width:
        return block
    good = Block([], [], block.refused)
    for line, row in zip(block.lines, block.rows, strict=True):
        if len(row) > width and any(cell.strip() for cell in islice(row, width, None)):
            good.refused.append(Refused(line, "cells", tuple(row)))
        else:
            good.lines.append(line)
            good.rows.append(row)
    return good


def _insert(con: duckdb.DuckDBPyConnection, block: Block, places: dict[str, int]) -> None:
    if not block.rows:
        return
    rows = block.rows
    shortest = min(map(len, rows))
    found: dict[str, Any] = {
        "line": Array(block.lines, _WHOLE),
        "cells": Array([CELL.join(row) for row in rows], _TEXT),
    }
    for name, at in places.items():
        cells = [row[at] for row in rows] if at < shortest else [row[at] if at < len(row) else "" for row in rows]
        found[name] = Array(cells, _TEXT)
    con.register("taken", Arrow.from_pydict(found))
    con.execute("INSERT INTO lines BY NAME SELECT * FROM taken")
    con.unregister("taken")


def refuse(con: duckdb.DuckDBPyConnection, refused: Iterable[Refused]) -> None:
    """Add lines to `refused`."""
    listed = list(refused)
    if not listed:
        return
    incoming: dict[str, Any] = {
        "line": Array([one.line for one in listed], _WHOLE),
        "reason": Array([one.reason for one in listed], _TEXT),
        "cells": Array([CELL.join(one.cells) for one in listed], _TEXT),
    }
    con.register("taken", Arrow.from_pydict(incoming))
    con.execute("INSERT INTO refused SELECT line, reason, cells FROM taken")
    con.unregister("taken")
