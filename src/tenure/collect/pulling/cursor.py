"""The cursor of a source: how far its rows are known, kept as text with the type it has in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tenure.errors import CollectError

__all__ = ["SQL", "Cursor", "text_of", "type_of"]

#: SQL that reads a cursor of each type from the text `text_of` made.
SQL = {
    "number": "CAST({0} AS HUGEINT)",
    "time": "CAST({0} AS TIMESTAMP)",
    "moment": "CAST(replace({0}, '+00:00', '') AS TIMESTAMP)",
    "day": "CAST({0} AS DATE)",
    "text": "{0}",
}


@dataclass(frozen=True)
class Cursor:
    """A value of the cursor column: `text` of a number, a time (without zone), a moment (with one), a day or text."""

    type: str
    text: str

    def value(self, overlap: timedelta, rows: int) -> Any:
        """The value to ask from: times `overlap` earlier, numbers `rows` lower."""
        if self.type == "number":
            return int(self.text) - rows
        if self.type == "day":
            return date.fromisoformat(self.text)
        if self.type == "text":
            return self.text
        at = datetime.fromisoformat(self.text) - overlap
        return at.replace(tzinfo=UTC) if self.type == "moment" else at


def type_of(source: str, column: str, value: Any) -> str:
    """What kind of cursor a value makes. Raises CollectError for one that has no useful order."""
    if isinstance(value, datetime):
        return "time" if value.tzinfo is None else "moment"
    if isinstance(value, date):
        return "day"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int) and not isinstance(value, bool):
        return "number"
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return "number"
    raise CollectError(
        f'{source}: the column "{column}" cannot be a cursor, for it holds {type(value).__name__}.'
        " Take a time, a day, a whole number or a text that only grows."
    )


def text_of(value: Any) -> str | None:
    """A value of a database as the text that files of it would hold; moments are in UTC."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat(" ")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return _other(value)


def _other(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)
