"""Asks a company's database, reading only, for the rows from a cursor on; they come in batches of bounded size."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenure.collect.pulling import embedded, mysql, postgresql
from tenure.definitions import PulledSource
from tenure.errors import CollectError

__all__ = ["Asked", "asked", "since_query"]

AT_ONCE = 10_000


@dataclass(frozen=True)
class Asked:
    """The columns of an answer, and its rows in batches."""

    names: Sequence[str]
    batches: Iterator[Sequence[Sequence[Any]]]


@contextmanager
def asked(source: PulledSource, since: Any, folder: Path) -> Iterator[Asked]:
    """The rows of the source's query whose cursor is `since` or later, or empty; all of them where `since` is None.

    Raises CollectError, in words that hold no password, when the database cannot be reached or refuses the query.
    """
    answer = _answer(source, () if since is None else (since,), folder)
    try:
        yield Asked(next(answer), answer)
    finally:
        answer.close()


def _answer(source: PulledSource, values: tuple[Any, ...], folder: Path) -> Generator[Any, None, None]:
    if source.kind in ("duckdb", "parquet"):
        query = since_query(source, '"', "?" if values else "")
        return embedded.rows(source.key, source.kind, folder / source.path, query, values, AT_ONCE)
    ask, quote = (mysql.rows, "`") if source.kind == "mysql" else (postgresql.rows, '"')
    return ask(source.key, _address(source), since_query(source, quote, "%s" if values else ""), values, AT_ONCE)


def since_query(source: PulledSource, quote: str, mark: str) -> str:
    """The source's query within ours. Rows with an empty cursor always come: nothing is lost for want of one."""
    query = source.query.replace("%", "%%") if mark == "%s" else source.query
    inside = f"SELECT * FROM (\n{query}\n) AS pulled"
    if not mark:
        return inside
    column = f"{quote}{source.cursor.replace(quote, quote * 2)}{quote}"
    column = column.replace("%", "%%") if mark == "%s" else column
    return f"{inside} WHERE {column} >= {mark} OR {column} IS NULL"


def _address(source: PulledSource) -> str:
    """The database's address, from the environment. Raises CollectError where it is missing or of another kind."""
    address = os.environ.get(source.address_from, "")
    schemes = ("postgresql://", "postgres://") if source.kind == "postgresql" else ("mysql://", "mariadb://")
    example = f"{schemes[0]}reader:password@db.example.com/shop"
    if not address:
        raise CollectError(
            f"{source.key}: the environment variable {source.address_from} is not set. It must hold the address of the"
            f" database, such as {example}, where `tenure sync` and the server run."
        )
    if not address.startswith(schemes):
        raise CollectError(
            f"{source.key}: {source.address_from} holds no address of the kind {source.kind}. Write it as {example}."
        )
    return address
