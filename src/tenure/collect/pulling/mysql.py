"""Rows of a MySQL or MariaDB database, in a session that can only read, unbuffered."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from tenure.errors import CollectError

__all__ = ["account", "rows"]

PATIENCE = 20  # seconds to connect


def rows(key: str, address: str, query: str, values: Sequence[Any], at_once: int) -> Generator[Any, None, None]:
    """The names of the columns, then batches of rows."""
    pymysql = _driver(key)
    try:
        connection = pymysql.connect(**account(key, address), connect_timeout=PATIENCE, charset="utf8mb4")
    except pymysql.MySQLError as error:
        raise CollectError(f"{key}: the MySQL database cannot be reached: {_said(error)}.") from error
    try:
        with connection.cursor() as setting:
            setting.execute("SET SESSION TRANSACTION READ ONLY")
        with connection.cursor(pymysql.cursors.SSCursor) as cursor:
            cursor.execute(query, tuple(values) or None)
            yield [column[0] for column in cursor.description or ()]
            while batch := cursor.fetchmany(at_once):
                yield batch
    except pymysql.MySQLError as error:
        raise CollectError(f"{key}: MySQL did not answer the query: {_said(error)}.") from error
    finally:
        connection._force_close()  # a polite goodbye would first read all rows that are left


def account(key: str, address: str) -> dict[str, Any]:
    """What the driver wants to know, from mysql://user:password@host:port/database. Raises CollectError."""
    try:
        parts = urlsplit(address)
        port = parts.port or 3306
    except ValueError as error:
        raise CollectError(f"{key}: the address of the MySQL database cannot be read ({error}).") from error
    return {
        "host": parts.hostname or "localhost",
        "port": port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path.lstrip("/")) or None,
    }


def _driver(key: str) -> Any:
    try:
        import pymysql
        import pymysql.cursors
    except ImportError as error:
        raise CollectError(
            f"{key}: the driver for MySQL is not installed. Install it with: pip install 'tenure[mysql]'"
        ) from error
    return pymysql


def _said(error: Exception) -> str:
    text = str(error.args[1]) if len(error.args) > 1 else str(error) or type(error).__name__
    return text.splitlines()[0].strip().rstrip(".")
