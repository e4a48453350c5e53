"""The durable inbox: one row a request, on the disk before the client is told so."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from tenure.collect import failpoints
from tenure.collect.check import Request
from tenure.collect.database import Database
from tenure.collect.moments import instant, microseconds
from tenure.errors import CollectError

__all__ = ["DEPTH", "Full", "Inbox"]

DEPTH = 50_000
_BYTES = 8 * 1024 * 1024


class Full(CollectError):
    """So many requests wait to be loaded that no more are taken in now."""


@dataclass
class _Ticket:
    row: tuple[int, int, str, str | None, bytes]
    done: bool = False
    error: CollectError | None = None


@dataclass
class _Waiting:
    """Requests of several threads share one commit: who gets the writer's turn writes for all who wait."""

    tickets: list[_Ticket] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)
    turn: threading.Lock = field(default_factory=threading.Lock)


class Inbox:
    """Requests in the order they came. `depth` is how many may wait before more are turned away."""

    def __init__(self, database: Database, depth: int = DEPTH) -> None:
        self.database, self._depth = database, depth
        self._waiting = _Waiting()
        self.name = self._own_name()

    def _own_name(self) -> str:
        """A name that a new inbox file does not share with an old one, so that positions cannot be confused."""
        with self.database.write() as writing:
            writing.run(
                "INSERT INTO about (name, value) VALUES ('inbox', ?) ON CONFLICT DO NOTHING", [uuid.uuid4().hex]
            )
        return f"inbox:{self.database.read('SELECT value FROM about WHERE name = ?', ['inbox'])[0][0]}"

    def put(
        self, source_id: int, endpoint: str, body: bytes, received_at: datetime, address: str | None = None
    ) -> None:
        """Keep one request; on return it is on the disk. Raises Full or Unavailable, and then nothing was kept."""
        ticket = _Ticket((microseconds(received_at), source_id, endpoint, address, body))
        with self._waiting.guard:
            self._waiting.tickets.append(ticket)
        with self._waiting.turn:
            if not ticket.done:
                with self._waiting.guard:
                    mine, self._waiting.tickets = self._waiting.tickets, []
                self._commit(mine)
        if ticket.error is not None:
            raise ticket.error

    def _commit(self, tickets: list[_Ticket]) -> None:
        error: CollectError | None = CollectError("The inbox could not be written.")
        try:
            with self.database.write() as writing:
                if self.depth() >= self._depth:
                    raise Full("Too many requests wait to be loaded. Try again a little later.")
                writing.many(
                    "INSERT INTO inbox (received_at, source_id, endpoint, address, body) VALUES (?, ?, ?, ?, ?)",
                    [ticket.row for ticket in tickets],
                )
            failpoints.reach("inbox.written")
            error = None
        except CollectError as found:
            error = found
        finally:
            for ticket in tickets:
                ticket.done, ticket.error = True, error

    def depth(self) -> int:
        """About how many requests wait."""
        first, last = self.database.read("SELECT (SELECT min(id) FROM inbox), (SELECT max(id) FROM inbox)")[0]
        return 0 if first is None else int(last) - int(first) + 1

    def take(self, after: int, limit: int) -> list[Request]:
        """The next requests, oldest first, whose ids are positions above `after`: at most `limit`, and about 8 MB."""
        column = "id"
        if not self.database.positions_are_ids:
            self._number(after)
            column = "position"
        upto, size = after, 0
        lengths = self.database.read(
            f"SELECT {column}, length(body) FROM inbox WHERE {column} > ? ORDER BY {column} LIMIT ?", [after, limit]
        )
        for position, length in lengths:
            size += length
            if size > _BYTES and upto > after:
                break
            upto = position
        rows = self.database.read(
            f"SELECT {column}, received_at, source_id, endpoint, body, address FROM inbox"
            f" WHERE {column} > ? AND {column} <= ? ORDER BY {column}",
            [after, upto],
        )
        return [
            Request(position, instant(received_at), source_id, endpoint, bytes(body), address)
            for position, received_at, source_id, endpoint, body, address in rows
        ]

    def _number(self, after: int) -> None:
        """Give a position to every request in sight: numbered when first seen, none can slip in below."""
        if not self.database.read("SELECT 1 FROM inbox WHERE position IS NULL LIMIT 1"):
            return
        with self.database.write() as writing:
            highest = writing.run("SELECT coalesce(max(position), 0) FROM inbox")[0][0]
            writing.run(
                "UPDATE inbox SET position = given.position FROM ("
                "SELECT id, ?::bigint + row_number() OVER (ORDER BY id) AS position FROM inbox WHERE position IS NULL"
                ") AS given WHERE inbox.id = given.id",
                [max(highest, after)],
            )

    def begin_anew(self, position: int) -> None:
        """Take a new name if the store is ahead of all ids given here: an older inbox was put in its place.

        Ids would be given a second time, and what comes in under them would be taken for loaded.
        """
        if self.database.positions_are_ids:
            given = self.database.read("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'inbox'")[0][0]
            if given < position:
                with self.database.write() as writing:
                    writing.run("DELETE FROM about WHERE name = 'inbox'")
                self.name = self._own_name()

    def remove(self, upto: int) -> None:
        """Forget requests that are loaded."""
        column = "id" if self.database.positions_are_ids else "position"
        with self.database.write() as writing:
            writing.run(f"DELETE FROM inbox WHERE {column} <= ?", [upto])
        failpoints.reach("inbox.removed")
