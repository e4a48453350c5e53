"""Where events come from, and the write keys that let them in. A key is shown once and kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from tenure.collect.database import Database
from tenure.collect.moments import instant, microseconds
from tenure.errors import NotFound

__all__ = ["Source", "Sources", "WriteKey"]


@dataclass(frozen=True)
class Source:
    """Where events come from: a site, a server, a kind of file, or this installation itself."""

    source_id: int
    name: str
    kind: str  # http | file | tenure
    created_at: datetime


@dataclass(frozen=True)
class WriteKey:
    """A key that may send events for a source, known by its last four characters."""

    id: int
    source_id: int
    source: str
    last_four: str
    created_at: datetime
    revoked_at: datetime | None


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class Sources:
    """Sources and their write keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def named(self, name: str, kind: str, now: datetime) -> int:
        """The id of the source of this name, made when there is none."""
        with self._database.write() as writing:
            writing.run(
                "INSERT INTO source (name, kind, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [name, kind, microseconds(now)],
            )
            return int(writing.run("SELECT source_id FROM source WHERE name = ?", [name])[0][0])

    def all(self) -> list[Source]:
        """Every source, oldest first."""
        rows = self._database.read("SELECT source_id, name, kind, created_at FROM source ORDER BY source_id")
        return [Source(source_id, name, kind, instant(at)) for source_id, name, kind, at in rows]

    def create_key(self, name: str, now: datetime) -> str:
        """A new write key for the source of this name; the only time it can be read."""
        key = secrets.token_urlsafe(24)
        source_id = self.named(name, "http", now)
        with self._database.write() as writing:
            writing.run(
                "INSERT INTO write_key (source_id, hash, last_four, created_at) VALUES (?, ?, ?, ?)",
                [source_id, _hash(key), key[-4:], microseconds(now)],
            )
        return key

    def keys(self) -> list[WriteKey]:
        """Every write key, newest first, the revoked ones too."""
        rows = self._database.read(
            "SELECT k.id, k.source_id, s.name, k.last_four, k.created_at, k.revoked_at FROM write_key AS k"
            " JOIN source AS s ON s.source_id = k.source_id ORDER BY k.id DESC"
        )
        return [
            WriteKey(key, source_id, name, four, instant(made), None if gone is None else instant(gone))
            for key, source_id, name, four, made, gone in rows
        ]

    def revoke_key(self, key_id: int, now: datetime) -> None:
        """From now on the key lets nothing in. Raises NotFound."""
        with self._database.write() as writing:
            if not writing.run("SELECT 1 FROM write_key WHERE id = ?", [key_id]):
                raise NotFound(f"There is no write key {key_id}.")
            writing.run(
                "UPDATE write_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", [microseconds(now), key_id]
            )

    def of_key(self, key: str) -> int | None:
        """The source a write key stands for; None when it is unknown or revoked."""
        rows = self._database.read(
            "SELECT source_id FROM write_key WHERE hash = ? AND revoked_at IS NULL", [_hash(key)]
        )
        return int(rows[0][0]) if rows else None
