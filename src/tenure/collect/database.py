"""The inbox's database: a SQLite file of its own, or PostgreSQL. The same statements serve both."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tenure.errors import CollectError

if TYPE_CHECKING:
    import psycopg  # loaded by those who use PostgreSQL: every start would wait for it

__all__ = ["Database", "Postgres", "Sqlite", "Unavailable", "Writing", "open_database"]

_TABLES = """
CREATE TABLE IF NOT EXISTS inbox (id {id}, position BIGINT, received_at BIGINT NOT NULL, source_id INTEGER NOT NULL,
    endpoint TEXT NOT NULL, address TEXT, body {bytes} NOT NULL);
CREATE INDEX IF NOT EXISTS inbox_position ON inbox (position);
CREATE TABLE IF NOT EXISTS dead_letter (id {id}, origin TEXT NOT NULL UNIQUE, received_at BIGINT NOT NULL,
    source_id INTEGER NOT NULL, endpoint TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
    body {bytes} NOT NULL, state TEXT NOT NULL, resolved_at BIGINT);
CREATE INDEX IF NOT EXISTS dead_letter_state ON dead_letter (state, id);
CREATE TABLE IF NOT EXISTS personal (id {id}, origin TEXT NOT NULL UNIQUE, source_key BIGINT NOT NULL,
    field TEXT NOT NULL, value TEXT NOT NULL, "at" BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS source (source_id {id}, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created_at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS write_key (id {id}, source_id INTEGER NOT NULL, hash TEXT NOT NULL UNIQUE,
    last_four TEXT NOT NULL, created_at BIGINT NOT NULL, revoked_at BIGINT);
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

Rows = list[tuple[Any, ...]]


class Unavailable(CollectError):
    """The inbox cannot be written or read now; nothing was stored."""


class Writing(Protocol):
    """Statements inside one transaction."""

    def run(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """One statement; its rows, if it returns any."""

    def many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """One statement for each of many rows."""


class Database(Protocol):
    """What the inbox needs of a database."""

    positions_are_ids: bool

    def read(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """The rows of one statement."""

    def write(self) -> Any:
        """A transaction, durable when its block ends: `with database.write() as writing`."""

    def shrink(self) -> None:
        """Write what may be personal anew, so that what was deleted is gone from the disk too."""


def open_database(folder: Path, address: str = "") -> Database:
    """The PostgreSQL database at `address`, else `inbox.sqlite3` in the workspace's folder."""
    return Postgres(address) if address else Sqlite(folder / "inbox.sqlite3")


class _Statements:
    def __init__(self, cursor: Any, names: Mapping[str, str]) -> None:
        self._cursor, self._names = cursor, names

    def run(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        self._cursor.execute(_worded(statement, self._names), tuple(values))
        return list(self._cursor.fetchall()) if self._cursor.description else []

    def many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        if values:
            self._cursor.executemany(_worded(statement, self._names), values)


def _worded(statement: str, names: Mapping[str, str]) -> str:
    for old, new in names.items():
        statement = statement.replace(old, new)
    return statement


class Sqlite:
    """One file in WAL mode; a commit is on the disk when it returns. Each thread has its own connection."""

    positions_are_ids = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        with self._said():
            self._connection().executescript(_TABLES.format(id="INTEGER PRIMARY KEY AUTOINCREMENT", bytes="BLOB"))

    def _connection(self) -> sqlite3.Connection:
        if getattr(self._local, "process", None) != os.getpid():
            found = sqlite3.connect(self.path, timeout=20, isolation_level=None)
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=FULL")
            found.execute("PRAGMA secure_delete=ON")
            self._local.connection, self._local.process = found, os.getpid()
            os.chmod(self.path, 0o600)
        connection: sqlite3.Connection = self._local.connection
        return connection

    def read(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        with self._said():
            return self._connection().execute(statement, tuple(values)).fetchall()

    @contextmanager
    def write(self) -> Iterator[Writing]:
        with self._said():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield _Statements(connection.cursor(), {})
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def shrink(self) -> None:
        with self._said():
            self._connection().execute("VACUUM")
            self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._local.process = None
            raise Unavailable(f"The inbox {self.path.name} cannot be used now: {error}.") from error


class Postgres:
    """Tables in the schema `collect` of a PostgreSQL database. Each thread has its own connection."""

    positions_are_ids = False  # ids are given before the commit, so a lower one may appear later

    def __init__(self, address: str) -> None:
        self._address = address
        self._local = threading.local()
        tables = _TABLES.format(id="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", bytes="BYTEA")
        with self._said(), self._connection().transaction():
            self._connection().execute("SELECT pg_advisory_xact_lock(7421001)")
            self._connection().execute("CREATE SCHEMA IF NOT EXISTS collect")
            for statement in tables.split(";"):
                if statement.strip():
                    self._connection().execute(statement.encode())

    def _connection(self) -> psycopg.Connection[Any]:
        import psycopg

        if getattr(self._local, "process", None) != os.getpid() or self._local.connection.closed:
            self._local.connection = psycopg.connect(
                self._address, autocommit=True, options="-c search_path=collect -c synchronous_commit=on"
            )
            self._local.process = os.getpid()
        connection: psycopg.Connection[Any] = self._local.connection
        return connection

    def read(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        with self._said(), self._connection().cursor() as cursor:
            return _Statements(cursor, {"?": "%s"}).run(statement, values)

    @contextmanager
    def write(self) -> Iterator[Writing]:
        with self._said(), self._connection().transaction(), self._connection().cursor() as cursor:
            yield _Statements(cursor, {"?": "%s"})

    def shrink(self) -> None:
        with self._said():
            for table in ("inbox", "dead_letter", "personal", "refused_line"):
                self._connection().execute(f"VACUUM FULL {table}".encode())

    @contextmanager
    def _said(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            raise Unavailable("The PostgreSQL inbox cannot be used now.") from error
