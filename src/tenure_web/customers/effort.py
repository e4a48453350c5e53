"""Reading along an index with bounded effort, for SQLite's planner does not know which values go together.

Who has left ordered long ago: walking from the newest order back, most of a million rows go by before the first one.
Reading the whole table in its own order and sorting what is found takes a tenth of that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection
from django.db.models import Func

__all__ = ["STEPS", "TooLong", "Unindexed", "bounded"]

STEPS = 60_000  # of SQLite's machine: some 5,000 rows of an index, 10 to 20 ms


class TooLong(Exception):
    """The rows are too rare along this index."""


@contextmanager
def bounded(steps: int) -> Iterator[None]:
    """Raises TooLong if a query inside takes more of SQLite's steps. PostgreSQL's planner knows and is left alone."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    held = connection.connection
    held.set_progress_handler(lambda: 1, steps)
    try:
        yield
    except OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise TooLong from error
    finally:
        held.set_progress_handler(None, 0)


class Unindexed(Func):
    """A column as it is, by which SQLite will not look for an index."""

    template = "%(expressions)s"
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """With the plus sign that SQLite's documentation names for this."""
        return super().as_sql(compiler, connection, template="+%(expressions)s", **context)
