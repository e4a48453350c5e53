"""PostgreSQL: a logical copy of every table as of one instant, without pg_dump."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tenure.errors import StoreError, UsageError

__all__ = ["Reader", "counts", "hold", "load"]

INBOX = "collect"  # the schema of the inbox


def _connect(url: str) -> Any:
    import psycopg

    try:
        return psycopg.connect(url, autocommit=False)
    except psycopg.Error as error:
        raise StoreError(f"The PostgreSQL database cannot be reached: {str(error).splitlines()[0]}.") from error


def _tables(con: Any) -> list[tuple[str, str]]:
    """(schema, table) of the web's own tables and of the inbox's."""
    rows = con.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN (current_schema(), %s) ORDER BY 1, 2", [INBOX]
    )
    return [(str(schema), str(table)) for schema, table in rows.fetchall()]


def _label(place: tuple[str, str]) -> str:
    schema, table = place
    return f"{INBOX if schema == INBOX else 'app'}.{table}"


def _columns(con: Any, place: tuple[str, str]) -> list[str]:
    rows = con.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = %s"
        " AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        place,
    )
    return [str(row[0]) for row in rows.fetchall()]


def _copy(place: tuple[str, str], columns: list[str], direction: str) -> Any:
    from psycopg import sql

    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(*place), listed, sql.SQL(direction))


@contextmanager
def hold(url: str) -> Iterator[None]:
    """Keep the inbox from being written to while the block runs; reading goes on."""
    with _connect(url) as con:
        if (INBOX, "inbox") in _tables(con):
            con.execute(f"SET LOCAL lock_timeout = '30s'; LOCK TABLE {INBOX}.inbox IN EXCLUSIVE MODE")
        yield


class Reader:
    """The database as it was when the reader was opened: one REPEATABLE READ transaction."""

    def __init__(self, url: str) -> None:
        self._con = _connect(url)
        self._con.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        self._tables = _tables(self._con)

    def copy(self, folder: Path) -> Iterator[Path]:
        """One text file a table: its columns in the first line, then PostgreSQL's own copy format."""
        folder.mkdir()
        for place in self._tables:
            columns = _columns(self._con, place)
            path = folder / f"{_label(place)}.copy"
            with path.open("wb") as target, self._con.cursor() as cursor:
                target.write("\t".join(columns).encode() + b"\n")
                with cursor.copy(_copy(place, columns, "TO STDOUT")) as stream:
                    for block in stream:
                        target.write(block)
            yield path

    def counts(self) -> dict[str, int]:
        """Rows by table."""
        return _counts(self._con, self._tables)

    def close(self) -> None:
        """Let the transaction go."""
        self._con.close()


def _counts(con: Any, tables: list[tuple[str, str]]) -> dict[str, int]:
    from psycopg import sql

    query = sql.SQL("SELECT count(*) FROM {}")
    return {_label(place): int(con.execute(query.format(sql.Identifier(*place))).fetchone()[0]) for place in tables}


def counts(url: str) -> dict[str, int]:
    """Rows by table, now."""
    with _connect(url) as con:
        return _counts(con, _tables(con))


def load(url: str, folder: Path) -> None:
    """Fill a freshly migrated database from such files, in one transaction.

    Raises UsageError when the database is in use already or its tables are of another version.
    """
    from psycopg import sql

    with _connect(url) as con:
        places = {_label(place): place for place in _tables(con)}
        copied = {path.name.removesuffix(".copy"): path for path in sorted(folder.glob("*.copy"))}
        if set(places) != set(copied):
            raise UsageError("The database has other tables than the backup. Use the version of Tenure that made it.")
        filled = _counts(con, list(places.values()))
        if filled.get("app.accounts_user"):
            raise UsageError("The PostgreSQL database is in use already. Restore into an empty one.")
        for label, place in places.items():
            if filled[label]:
                con.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(*place)))
        for label, path in copied.items():
            _load_table(con, places[label], path)
        for place in places.values():
            _continue_numbers(con, place)


def _load_table(con: Any, place: tuple[str, str], path: Path) -> None:
    with path.open("rb") as source, con.cursor() as cursor:
        columns = source.readline().decode().rstrip("\n").split("\t")
        if set(columns) != set(_columns(con, place)):
            raise UsageError(
                f"{_label(place)} has other columns than in the backup. Use the version of Tenure that made it."
            )
        with cursor.copy(_copy(place, columns, "FROM STDIN")) as stream:
            while block := source.read(1 << 20):
                stream.write(block)


def _continue_numbers(con: Any, place: tuple[str, str]) -> None:
    """Let identity columns go on after the highest number that was restored."""
    from psycopg import sql

    rows = con.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = %s"
        " AND table_name = %s AND is_identity = 'YES'",
        place,
    ).fetchall()
    for (column,) in rows:
        query = sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 0) + 1, false) FROM {}")
        table = sql.Literal(sql.Identifier(*place).as_string(con))
        con.execute(query.format(table, sql.Literal(column), sql.Identifier(column), sql.Identifier(*place)))
