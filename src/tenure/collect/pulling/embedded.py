"""Rows of a DuckDB file or of Parquet files, opened to be read only; the query can reach no other file."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tenure.errors import CollectError

__all__ = ["rows"]

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": "1",
    "memory_limit": "400MB",
    "autoinstall_known_extensions": "false",
}
_ZONED = "TIMESTAMP WITH TIME ZONE"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rows(
    key: str, kind: str, path: Path, query: str, values: Sequence[Any], at_once: int
) -> Generator[Any, None, None]:
    """The names of the columns, then batches of rows."""
    con = _opened(key, kind, path)
    try:
        columns = con.execute(query, list(values)).description or []
        zoned = [at for at, column in enumerate(columns) if str(column[1]) == _ZONED]
        answer = con.execute(_in_microseconds(query, columns, zoned), list(values)) if zoned else con
        yield [column[0] for column in columns]
        while batch := answer.fetchmany(at_once):
            yield [_with_moments(row, zoned) for row in batch] if zoned else batch
    except duckdb.Error as error:
        raise CollectError(f"{key}: {path.name} did not answer the query: {_said(error)}.") from error
    finally:
        con.close()


def _opened(key: str, kind: str, path: Path) -> duckdb.DuckDBPyConnection:
    try:
        if kind == "duckdb":
            if not path.is_file():
                raise CollectError(f"{key}: there is no DuckDB file {path}.")
            con = duckdb.connect(str(path), read_only=True, config=_CONFIG | {"enable_external_access": "false"})
        else:
            con = _over_files(key, path)
        con.execute("SET TimeZone = 'UTC'")
    except duckdb.Error as error:
        raise CollectError(f"{key}: {path} cannot be read: {_said(error)}.") from error
    return con


def _over_files(key: str, path: Path) -> duckdb.DuckDBPyConnection:
    """A connection whose table `source` is the Parquet file, or all files of a pattern such as orders-*.parquet."""
    if not (any(path.parent.glob(path.name)) if "*" in path.name else path.is_file()):
        raise CollectError(f"{key}: there is no file {path}.")
    con = duckdb.connect(config=_CONFIG)
    text = str(path).replace("'", "''")
    con.execute(f"CREATE VIEW source AS SELECT * FROM read_parquet('{text}', union_by_name = true)")
    folder = str(path.parent).replace("'", "''")
    con.execute(f"SET allowed_directories = ['{folder}']")
    con.execute("SET enable_external_access = false")
    return con


def _in_microseconds(query: str, columns: Sequence[Any], zoned: Sequence[int]) -> str:
    """The query with moments as numbers: DuckDB gives them to Python only with another library."""
    names = ['"' + str(column[0]).replace('"', '""') + '"' for column in columns]
    said = [f"epoch_us({name}) AS {name}" if at in zoned else name for at, name in enumerate(names)]
    return f"SELECT {', '.join(said)} FROM (\n{query}\n) AS moments"


def _with_moments(row: Sequence[Any], zoned: Sequence[int]) -> list[Any]:
    return [
        _EPOCH + timedelta(microseconds=value) if at in zoned and value is not None else value
        for at, value in enumerate(row)
    ]


def _said(error: duckdb.Error) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")
