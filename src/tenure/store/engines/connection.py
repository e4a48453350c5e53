"""What the rooms ask of an engine: run one statement of DuckDB's dialect, give its rows. DuckDB's own is one."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Answer", "Connection"]


class Answer(Protocol):
    """The rows of one statement."""

    def fetchall(self) -> list[Any]:
        """All rows, as tuples of Python values."""


class Connection(Protocol):
    """Runs statements: CREATE TEMP TABLE or VIEW … AS, INSERT INTO … SELECT, DROP TABLE, SELECT.

    Values stand as `?` (a list) or `$name` (a mapping).
    """

    def execute(self, query: str, parameters: Any = None) -> Answer:
        """Run one statement."""
