"""A pull on the disk: its rows as text in a Parquet file, from which the importer reads them. Memory stays bounded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from tenure.collect.pulling.asking import Asked
from tenure.collect.pulling.cursor import SQL, Cursor, text_of, type_of
from tenure.definitions import PulledSource
from tenure.errors import CollectError

__all__ = ["Pull", "Spool"]

_AT_ONCE = 1000
Counted = Callable[[int], None]


@dataclass(frozen=True)
class Pull:
    """The rows of one pull. `digest` names those among them that the next pull will ask for again."""

    path: Path
    rows: int
    cursor: Cursor | None
    digest: str
    whole: str  # names all rows of this pull


class Spool:
    """The pulls of one source, in a folder of the workspace. A complete one that is still there was not taken in."""

    def __init__(self, folder: Path, source: PulledSource) -> None:
        self._folder, self._source = folder, source
        self._mark = hashlib.sha256(repr(source).encode()).hexdigest()[:16]

    def left(self) -> Pull | None:
        """A complete pull that an earlier run left behind, by this same definition; others are removed."""
        found = None
        for path in sorted(self._folder.glob(f"{self._source.key}.*")):
            parts = path.name.split(".")
            if len(parts) == 4 and parts[1] == self._mark and parts[3] == "parquet":
                found = _measured(path, self._source, parts[2])
            else:
                path.unlink(missing_ok=True)
        return found

    def keep(self, asked: Asked, counted: Counted) -> Pull | None:
        """Write an answer down; None when it has no rows. Raises CollectError for columns that do not fit."""
        _check_columns(self._source, asked.names)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._folder / f"{self._source.key}.{self._mark}.part"
        with _table(part, asked.names) as con:
            type = _fill(con, asked, self._source, counted)
            if type is None:
                return None
            written = part.with_suffix(".writing")
            con.execute(f"COPY rows TO {_quoted(written)} (FORMAT parquet)")
        os.chmod(written, 0o600)
        _refuse_split_orders(written, self._source)
        path = self._folder / f"{self._source.key}.{self._mark}.{type}.parquet"
        written.rename(path)
        return _measured(path, self._source, type)


def _check_columns(source: PulledSource, names: Sequence[str]) -> None:
    """Every column that the definition names is in the answer, once."""
    wanted = {source.cursor, *(column for _, column in source.columns)}
    listed = ", ".join(list(names)[:30])
    for column in sorted(wanted - set(names)):
        raise CollectError(f'{source.key}: the query gives no column "{column}". It gives: {listed}.')
    if len({name.lower() for name in names}) < len(names):
        raise CollectError(f"{source.key}: the query gives two columns of the same name: {listed}. Name them with AS.")


@contextmanager
def _table(path: Path, names: Sequence[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own on the disk with the empty table `rows`; gone after the block."""
    path.unlink(missing_ok=True)
    try:
        with closing(duckdb.connect(str(path), config={"threads": "1", "memory_limit": "400MB"})) as con:
            os.chmod(path, 0o600)
            con.execute(f"CREATE TABLE rows ({', '.join(f'{_name(name)} VARCHAR' for name in names)})")
            yield con
    finally:
        for leaving in (path, path.with_name(path.name + ".wal")):
            leaving.unlink(missing_ok=True)


def _fill(con: duckdb.DuckDBPyConnection, asked: Asked, source: PulledSource, counted: Counted) -> str | None:
    """Write the rows; returns the cursor's type, "none" where no row has one, None where there is no row."""
    at, found, rows = list(asked.names).index(source.cursor), "none", 0
    cells = ", ".join(f"cells[{number}]" for number in range(1, len(asked.names) + 1))
    for batch in asked.batches:
        for row in batch:
            found = _agreed(found, row[at], source)
        texts = [
            msgspec.json.encode([[text_of(value) for value in row] for row in batch[start : start + _AT_ONCE]]).decode()
            for start in range(0, len(batch), _AT_ONCE)
        ]
        con.execute(
            f"INSERT INTO rows SELECT {cells} FROM (SELECT unnest(from_json(t, '[[\"VARCHAR\"]]')) AS cells"
            " FROM (SELECT unnest(?::VARCHAR[]) AS t))",
            [texts],
        )
        rows += len(batch)
        counted(rows)
    return found if rows else None


def _agreed(found: str, value: Any, source: PulledSource) -> str:
    if value is None:
        return found
    type = type_of(source.key, source.cursor, value)
    if found not in ("none", type):
        raise CollectError(f'{source.key}: the cursor column "{source.cursor}" holds both a {found} and a {type}.')
    return type


def _measured(path: Path, source: PulledSource, type: str) -> Pull:
    """Count a pull's rows, find its highest cursor, and name what will be asked again."""
    at = SQL[type].format(_name(source.cursor)) if type != "none" else "NULL"
    with closing(duckdb.connect(config={"threads": "1", "memory_limit": "400MB"})) as con:
        con.execute(f"CREATE VIEW rows AS SELECT * FROM read_parquet({_quoted(path)})")
        rows, top = con.execute(f"SELECT count(*), CAST(max({at}) AS VARCHAR) FROM rows").fetchall()[0]
        cursor = Cursor(type, top) if top is not None else None
        whole = _digest(con, "true")
        if cursor is None:
            return Pull(path, rows, None, whole, whole)
        since = text_of(cursor.value(source.overlap, source.overlap_rows))
        again = f"{at} >= {SQL[type].format('?')} OR {_name(source.cursor)} IS NULL"
        return Pull(path, rows, cursor, _digest(con, again, since), whole)


def _refuse_split_orders(path: Path, source: PulledSource) -> None:
    """An order whose lines have different cursors would later come without some of them, and lose them."""
    if source.what != "orders":
        return
    order = _name(dict(source.columns)["order"])
    query = f"SELECT {order} FROM read_parquet({_quoted(path)}) WHERE {order} <> '' GROUP BY 1"
    with closing(duckdb.connect(config={"threads": "1", "memory_limit": "400MB"})) as con:
        found = con.execute(f"{query} HAVING count(DISTINCT {_name(source.cursor)}) > 1 LIMIT 1").fetchall()
    if found:
        path.unlink()
        raise CollectError(
            f'{source.key}: the lines of order {found[0][0]} differ in "{source.cursor}", so a later pull would miss'
            " some. Take as cursor a column of the order, such as the time it was last changed."
        )


def _digest(con: duckdb.DuckDBPyConnection, where: str, *values: Any) -> str:
    """Names a set of rows, whatever their order."""
    query = f"SELECT count(*) || '-' || coalesce(sum(CAST(hash(rows) AS HUGEINT)), 0) FROM rows WHERE {where}"
    return str(con.execute(query, list(values)).fetchall()[0][0])


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
