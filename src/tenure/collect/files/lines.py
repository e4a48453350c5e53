"""A file's rows in DuckDB: the temporary table `lines`, and `refused` for what falls out on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
from arro3.core import Array, DataType
from arro3.core import Table as Arrow

from tenure.collect.files.delimited import Block, Refused, Unsplit
from tenure.collect.files.mapping import Columns
from tenure.collect.files.reading import Table

__all__ = ["CELL", "Progress", "Taken", "column_of", "each_part", "is_large", "memory_of", "refuse", "take_lines"]

CELL = "\x1f"  # between the cells of a line that is kept for the report
AHEAD = 2  # parts of the file that may wait for DuckDB
TOGETHER = 250_000  # lines a transaction: part by part they take three times as long
LARGE = 1_000_000  # bytes
#: Bytes that a cell takes where it is joined with what it says, beside its text, which is held twice.
WEIGHT = 100
HALF = 0.5  # of the memory that a connection has, for one part of a file
_UNITS = {"bytes": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}
Progress = Callable[[float, str], None]
_TEXT, _WHOLE = DataType.utf8(), DataType.int64()


@dataclass(frozen=True)
class Taken:
    """How many lines were read, and where the parts of the file begin that are worked on one after the other."""

    read: int
    starts: tuple[int, ...] = (0,)


def is_large(path: Path) -> bool:
    """Whether a file is worth the 20 ms that a database of its own costs."""
    return path.stat().st_size > LARGE


def column_of(field: str) -> str:
    """The column of `lines` that holds a field; properties are `p0`, `p1` … in order."""
    return f'"{field}"'


def take_lines(
    con: duckdb.DuckDBPyConnection, table: Table, columns: Columns, fields: Sequence[str], progress: Progress | None
) -> Taken:
    """Read the whole file into `lines` (line, cells, size, the fields, p0 …) and `refused`.

    A field without a column is NULL. Memory stays bounded: DuckDB spills beyond the limit of `con`. While DuckDB takes
    one part in, Python splits the next: two cores are used.
    """
    places = {**columns.fields, **{f"p{n}": at for n, at in enumerate(columns.properties.values())}}
    width = max([table.width, *(at + 1 for at in places.values())])
    listed = "".join(f", c{at} VARCHAR" for at in range(width))
    con.execute(f"CREATE OR REPLACE TEMP TABLE file_lines (line BIGINT, ragged VARCHAR{listed})")
    con.execute("CREATE OR REPLACE TEMP TABLE refused (line BIGINT, reason VARCHAR, cells VARCHAR)")
    _name_columns(con, [*fields, *(f"p{number}" for number in range(len(columns.properties)))], places, width)
    read, together, pending = 0, 0, deque[Future[None]]()
    starts, weight, most = [0], 0, memory_of(con) * HALF
    with _one_thread(con, is_large(table.path)), _together(con), ThreadPoolExecutor(1, "lines") as beside:
        for part in table.parts:
            read += len(part) + (0 if isinstance(part, Unsplit) else len(part.refused))
            weight += _weight(part, width)
            if weight > most and len(part):
                starts.append(part.first if isinstance(part, Unsplit) else part.lines[0])
                weight = _weight(part, width)
            pending.append(beside.submit(_take, con, part, table, width))
            if read - together > TOGETHER:
                together = read
                pending.append(beside.submit(_close_and_open, con))
            while len(pending) > AHEAD:
                pending.popleft().result()
            if progress:
                progress(table.progress.fraction(), f"{read:,}")
        for last in pending:
            last.result()
    return Taken(read, tuple(starts))


def each_part(con: duckdb.DuckDBPyConnection, taken: Taken) -> Iterator[int]:
    """`lines` shows one part of the file after the other, each small enough to be joined with what its cells say.

    Gives the number of each part's first line; at the end `lines` shows the whole file again.
    """
    ends = [*taken.starts[1:], None]
    for start, end in zip(taken.starts, ends, strict=True):
        before = f" AND line < {end}" if end else ""
        con.execute(f"CREATE OR REPLACE TEMP VIEW lines AS SELECT * FROM all_lines WHERE line >= {start}{before}")
        yield start
    con.execute("CREATE OR REPLACE TEMP VIEW lines AS SELECT * FROM all_lines")


def memory_of(con: duckdb.DuckDBPyConnection) -> int:
    """The bytes that DuckDB may hold in memory."""
    number, unit = con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0].split()
    return int(float(number) * _UNITS[unit])


def _weight(part: Block | Unsplit, width: int) -> int:
    """About the bytes that this part's cells take where each says something else."""
    text = len(part.text) if isinstance(part, Unsplit) else sum(map(len, map("".join, part.rows)))
    return len(part) * width * WEIGHT + 2 * text


@contextmanager
def _one_thread(con: duckdb.DuckDBPyConnection, alone: bool) -> Iterator[None]:
    """Inserting parts of a megabyte takes DuckDB more than twice as long on two threads as on one."""
    if not alone:  # a small file shares its database with others, whose threads are not its to take
        yield
        return
    before = con.execute("SELECT current_setting('threads')").fetchall()[0][0]
    con.execute("SET threads = 1")
    try:
        yield
    finally:
        con.execute(f"SET threads = {before}")


@contextmanager
def _together(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A transaction, of which `_close_and_open` may make several."""
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


def _close_and_open(con: duckdb.DuckDBPyConnection) -> None:
    """What a transaction has added and not yet committed takes memory beyond DuckDB's limit, 75 bytes a line."""
    con.commit()
    con.begin()


def _name_columns(con: duckdb.DuckDBPyConnection, names: Sequence[str], places: dict[str, int], width: int) -> None:
    """Make the views `all_lines` and `lines`: texts are kept once, a line is put together only where it is shown."""
    cells = ", ".join(f"c{at}" for at in range(width))
    whole = f"concat_ws(chr({ord(CELL)}), {cells})"
    size = " + ".join(f"strlen(c{at})" for at in range(width))
    found = [f"c{places[name]}" if name in places else "CAST(NULL AS VARCHAR)" for name in names]
    listed = "".join(f", {sql} AS {column_of(name)}" for name, sql in zip(names, found, strict=True))
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW all_lines AS SELECT line, coalesce(ragged, {whole}) AS cells,"
        f" coalesce(strlen(ragged), {size}) AS size{listed} FROM file_lines"
    )
    con.execute("CREATE OR REPLACE TEMP VIEW lines AS SELECT * FROM all_lines")


def _take(con: duckdb.DuckDBPyConnection, part: Block | Unsplit, table: Table, width: int) -> None:
    if isinstance(part, Unsplit):
        if part.width == width and (not table.header or width <= len(table.header)):
            _split(con, part)
            part = part.quoted
        else:
            part = part.block()
    good = _fitting(part, table)
    _insert(con, good, width)
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


def _split(con: duckdb.DuckDBPyConnection, part: Unsplit) -> None:
    """Let DuckDB split the lines without quotes."""
    whole: dict[str, Any] = {"whole": Array([part.text], _TEXT)}
    con.register("taken", Arrow.from_pydict(whole))
    cells = ", ".join(f"cells[{at}]" for at in range(1, part.width + 1))
    con.execute(
        f"INSERT INTO file_lines SELECT {part.first} + n, NULL, {cells} FROM"
        " (SELECT n, string_split(line, ?) AS cells FROM"
        " (SELECT unnest(range(len(lines))) AS n, unnest(lines) AS line FROM"
        " (SELECT string_split(whole, chr(10)) AS lines FROM taken)) WHERE line <> '')",
        [part.separator],
    )
    con.unregister("taken")


def _insert(con: duckdb.DuckDBPyConnection, block: Block, width: int) -> None:
    """Hand rows over column by column. Of one with more or fewer cells than `width` all are kept apart too."""
    rows = block.rows
    ragged: list[str | None] = [None] * len(rows)
    if not rows:
        return
    if set(map(len, rows)) != {width}:
        ragged = [None if len(row) == width else CELL.join(row) for row in rows]
        rows = [row if len(row) == width else [*row, *[""] * (width - len(row))][:width] for row in rows]
    found: dict[str, Any] = {"line": Array(block.lines, _WHOLE), "ragged": Array(ragged, _TEXT)}
    for at, cells in enumerate(zip(*rows, strict=True)):
        found[f"c{at}"] = Array(cells, _TEXT)
    con.register("taken", Arrow.from_pydict(found))
    con.execute("INSERT INTO file_lines SELECT * FROM taken")
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
