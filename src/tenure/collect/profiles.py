"""The queue of personal fields on their way to the application's database; the store never sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from tenure.collect.database import Database
from tenure.collect.moments import instant, microseconds

__all__ = ["TAKEN_BACK", "PersonalField", "PersonalQueue"]

TAKEN_BACK = "import:undone"  # no field of a person: its value is the number of an import that counts no more


@dataclass(frozen=True)
class PersonalField:
    """What somebody said about a customer at some time. `consent:email` holds state, basis and evidence.

    `import_id` names the import that said it.
    """

    id: int
    source_key: int
    field: str
    value: Any
    at: datetime
    import_id: int | None = None


class PersonalQueue:
    """Fields wait here between loading and the application's database; giving them twice does no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, origin: str, rows: Iterable[tuple[int, int, str, datetime]]) -> None:
        """Queue the fields of events: (seq, source key, JSON object of fields, when). `origin` names the load."""
        fields = [
            (f"{origin}:{seq}:{name}", key, name, msgspec.json.encode(value).decode(), microseconds(at))
            for seq, key, text, at in rows
            for name, value in msgspec.json.decode(text, type=dict[str, Any]).items()
        ]
        if fields:
            with self._database.write() as writing:
                writing.many(
                    'INSERT INTO personal (origin, source_key, field, value, "at") VALUES (?, ?, ?, ?, ?)'
                    " ON CONFLICT DO NOTHING",
                    fields,
                )

    def peek(self, limit: int = 1000) -> list[PersonalField]:
        """The oldest waiting fields."""
        rows = self._database.read(
            'SELECT id, source_key, field, value, "at", origin FROM personal ORDER BY id LIMIT ?', [limit]
        )
        return [
            PersonalField(row, key, name, msgspec.json.decode(value), instant(at), _import_of(origin))
            for row, key, name, value, at, origin in rows
        ]

    def take_back(self, import_id: int, source_keys: Iterable[int], at: datetime) -> None:
        """Queue that what an import said of these counts no more, behind all it said."""
        told = msgspec.json.encode({TAKEN_BACK: import_id}).decode()
        self.put(f"undo:{import_id}", ((key, key, told, at) for key in source_keys))

    def remove(self, ids: Sequence[int]) -> None:
        """Forget fields that have arrived."""
        with self._database.write() as writing:
            writing.many("DELETE FROM personal WHERE id = ?", [(row,) for row in ids])


def _import_of(origin: str) -> int | None:
    """The import whose load this was: `import:7/500000/1:…`."""
    kind, _, rest = origin.partition(":")
    return int(rest.partition("/")[0]) if kind == "import" else None
