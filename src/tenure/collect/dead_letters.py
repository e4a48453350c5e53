"""The dead letter box: events that could not be loaded, whole, with the reason, until somebody resolves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenure.collect.check import Refusal, Request
from tenure.collect.database import Database
from tenure.collect.moments import instant, microseconds
from tenure.collect.reasons import words
from tenure.errors import NotFound

__all__ = ["KEPT", "DeadLetter", "DeadLetters"]

KEPT = timedelta(days=30)
_COLUMNS = "id, received_at, source_id, endpoint, reason, detail, body, state, resolved_at"


@dataclass(frozen=True)
class DeadLetter:
    """One refused event as it came; `state` is open, replayed or dropped."""

    id: int
    received_at: datetime
    source_id: int
    endpoint: str
    reason: str
    detail: str
    body: bytes
    state: str
    resolved_at: datetime | None

    def words(self, language: str) -> str:
        """The reason for people."""
        return words(self.reason, language)

    @property
    def text(self) -> str:
        """The event as text for a page."""
        return self.body.decode("utf-8", "replace").replace("\0", "�")


class DeadLetters:
    """Refused events; each is kept once however often its request is read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, inbox: str, refused: Sequence[tuple[Request, int, Refusal]]) -> None:
        """Keep refused events of the inbox of this name: (request, index in it, why)."""
        with self._database.write() as writing:
            writing.many(
                "INSERT INTO dead_letter (origin, received_at, source_id, endpoint, reason, detail, body, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 'open') ON CONFLICT DO NOTHING",
                [
                    (
                        f"{inbox}:{request.id}:{index}",
                        microseconds(request.received_at),
                        request.source_id,
                        request.endpoint,
                        refusal.reason,
                        _plain(refusal.detail),
                        refusal.raw,
                    )
                    for request, index, refusal in refused
                ],
            )

    def list(self, state: str = "open", limit: int = 100, before: int | None = None) -> list[DeadLetter]:
        """The newest letters in this state, below the id `before`."""
        rows = self._database.read(
            f"SELECT {_COLUMNS} FROM dead_letter WHERE state = ? AND id < ? ORDER BY id DESC LIMIT ?",
            [state, before or 1 << 62, limit],
        )
        return [_letter(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many open letters there are by reason."""
        return dict(
            self._database.read(
                "SELECT reason, count(*) FROM dead_letter WHERE state = 'open' GROUP BY reason ORDER BY 2 DESC, 1"
            )
        )

    def get(self, letter_id: int) -> DeadLetter:
        """One letter. Raises NotFound."""
        rows = self._database.read(f"SELECT {_COLUMNS} FROM dead_letter WHERE id = ?", [letter_id])
        if not rows:
            raise NotFound(f"There is no refused event {letter_id}.")
        return _letter(rows[0])

    def resolve(self, letter_id: int, state: str, now: datetime) -> None:
        """Mark a letter replayed or dropped."""
        with self._database.write() as writing:
            writing.run(
                "UPDATE dead_letter SET state = ?, resolved_at = ? WHERE id = ?", [state, microseconds(now), letter_id]
            )

    def forget_old(self, now: datetime) -> None:
        """Remove letters older than 30 days, whatever their state: they may hold personal data."""
        with self._database.write() as writing:
            writing.run("DELETE FROM dead_letter WHERE received_at < ?", [microseconds(now - KEPT)])


def _plain(detail: str) -> str:
    return detail.encode("utf-8", "backslashreplace").decode().replace("\0", "")[:300]


def _letter(row: tuple[object, ...]) -> DeadLetter:
    letter, received, source, endpoint, reason, detail, body, state, resolved = row
    return DeadLetter(
        int(str(letter)),
        instant(int(str(received))),
        int(str(source)),
        str(endpoint),
        str(reason),
        str(detail),
        bytes(body) if isinstance(body, (bytes, memoryview)) else str(body).encode(),
        str(state),
        None if resolved is None else instant(int(str(resolved))),
    )
