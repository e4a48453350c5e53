"""Rows of a PostgreSQL database, in a transaction that can only read, through a cursor on the server."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from tenure.errors import CollectError

if TYPE_CHECKING:
    import psycopg  # loaded when a source is asked: every start would wait for it

__all__ = ["rows"]

PATIENCE = 20  # seconds to connect


def rows(key: str, address: str, query: str, values: Sequence[Any], at_once: int) -> Generator[Any, None, None]:
    """The names of the columns, then batches of rows."""
    import psycopg

    try:
        connection = psycopg.connect(address, connect_timeout=PATIENCE, application_name="tenure sync")
    except psycopg.Error as error:
        raise CollectError(f"{key}: the PostgreSQL database cannot be reached: {_said(error)}.") from error
    try:
        connection.read_only = True
        with connection.cursor("tenure_sync") as cursor:
            cursor.execute(query.encode(), tuple(values) or None)
            yield [column.name for column in cursor.description or ()]
            while batch := cursor.fetchmany(at_once):
                yield batch
    except psycopg.Error as error:
        raise CollectError(f"{key}: PostgreSQL did not answer the query: {_said(error)}.") from error
    finally:
        connection.close()


def _said(error: psycopg.Error) -> str:
    """The first line of what the server said."""
    text = error.diag.message_primary or str(error).strip() or type(error).__name__
    return text.splitlines()[0].strip().rstrip(".")
