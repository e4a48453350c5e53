"""Many rows into the application's database at once: into a temporary table, and from there set-wise."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Model

__all__ = ["fill", "is_different", "leave_out", "reading", "table", "upsert"]


def quoted(name: str) -> str:
    """A name as SQL."""
    return connection.ops.quote_name(name)


def table(model: type[Model]) -> str:
    """A model's table as SQL."""
    return quoted(model._meta.db_table)


def is_different() -> str:
    """The comparison that counts NULL as a value."""
    return "IS NOT" if connection.vendor == "sqlite" else "IS DISTINCT FROM"


@contextmanager
def reading() -> Iterator[None]:
    """Statements that read and fill temporary tables, together, while others may write."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("COMMIT")


def fill(name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
    """Make the temporary table `name` with these columns (name: type) hold these rows. Call it in `reading()`."""
    listed = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
    names = ", ".join(map(quoted, columns))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({listed})")
        cursor.execute(f"DELETE FROM {name}")
        if connection.vendor == "sqlite":
            marks = ", ".join("?" * len(columns))
            # Past Django's cursor, which would look for % in every row.
            cursor.connection.executemany(f"INSERT INTO temp.{name} ({names}) VALUES ({marks})", rows)
            return
        with cursor.copy(f"COPY {name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {name}")


def leave_out(name: str, customers: Iterable[int]) -> None:
    """Take these customers out of a temporary table."""
    if listed := ", ".join(str(int(key)) for key in customers):
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {name} WHERE customer_key IN ({listed})")


def upsert(model: type[Model], key: Sequence[str], select: str, columns: Sequence[str]) -> int:
    """Insert or update the rows of `select` (key and columns, in this order) that differ; returns how many."""
    target = table(model)
    names = ", ".join(map(quoted, [*key, *columns]))
    changes = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in columns)
    differs = " OR ".join(f"{target}.{quoted(name)} {is_different()} excluded.{quoted(name)}" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {target} ({names}) {select} ON CONFLICT ({', '.join(map(quoted, key))})"
            f" DO UPDATE SET {changes} WHERE {differs}"
        )
        return int(cursor.rowcount)
