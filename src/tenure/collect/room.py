"""The room's door: what comes in is accepted, kept, loaded; who sent it and what was refused can be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import duckdb

from tenure.clock import Clock
from tenure.collect import accept, calls, failpoints, identity
from tenure.collect.accept import Refused
from tenure.collect.check import Checker, Refusal, Request
from tenure.collect.database import Database, open_database
from tenure.collect.dead_letters import DeadLetters
from tenure.collect.files.imports import Import, ImportResult
from tenure.collect.files.load import Files
from tenure.collect.inbox import Inbox
from tenure.collect.loader import Loader
from tenure.collect.moments import microseconds
from tenure.collect.people import People
from tenure.collect.personal import Personal
from tenure.collect.profiles import PersonalQueue
from tenure.collect.pulling.room import Pulling
from tenure.collect.refunds import Waiting, waiting
from tenure.collect.sources import Sources
from tenure.collect.staging import Batch, LoadResult, Staged, StagedEvent, stage
from tenure.errors import UsageError
from tenure.settings import Settings
from tenure.store import Store

__all__ = ["Collect"]

FEW = 2000
AT_ONCE = 500  # requests a part
BEHIND = 5_000  # when more requests wait than that, parts become larger: nobody's page is fresh anyway
AT_ONCE_BEHIND = 10_000
AHEAD = 1024 * 1024  # bytes of a part from which on the next is taken in the same turn, and read while this one loads
TURN = 32 * 1024 * 1024  # bytes a turn, about 100,000 events: some four seconds


@dataclass(frozen=True)
class _Checked:
    """Requests of the inbox with what checking them gave."""

    requests: Sequence[Request]
    events: list[StagedEvent] | Staged
    refused: list[tuple[Request, int, Refusal]]

    @property
    def size(self) -> int:
        """Bytes of the requests."""
        return sum(len(request.body) for request in self.requests)


class Collect:
    """Taking in what customers do. `drain`, `merge` and `unmerge` need the workspace's lock; the rest does not."""

    def __init__(
        self, folder: Path, settings: Callable[[], Settings], store: Store, secret: bytes, clock: Clock
    ) -> None:
        self.folder, self.store, self.clock = folder, store, clock
        self._settings, self._secret = settings, secret

    @property
    def settings(self) -> Settings:
        """The workspace's choices as they are now."""
        return self._settings()

    @cached_property
    def database(self) -> Database:
        """The inbox's database."""
        return open_database(self.folder, self.settings.database)

    @cached_property
    def inbox(self) -> Inbox:
        """Requests on their way to the store."""
        return Inbox(self.database, self.settings.inbox_depth)

    @cached_property
    def sources(self) -> Sources:
        """Where events come from, and the write keys."""
        return Sources(self.database)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """Events that were refused."""
        return DeadLetters(self.database)

    @cached_property
    def personal(self) -> PersonalQueue:
        """Personal fields on their way to the application's database."""
        return PersonalQueue(self.database)

    @cached_property
    def loader(self) -> Loader:
        """The way into the store."""
        return Loader(
            self.store,
            self._secret,
            self.personal.put,
            lambda: self.calling_code,
            lambda: self.settings.duplicate_days,
            lambda: [source.source_id for source in self.sources.all()],
        )

    @property
    def calling_code(self) -> str:
        """The country of phone numbers that name none."""
        return "86" if self.settings.currency == "CNY" else ""

    @property
    def files(self) -> Files:
        """Taking in files, and the imports so far."""
        settings = self.settings
        if self._files is None or self._files[0] is not settings:
            made = Files(settings, self.store, self.database, self.sources, lambda: self.loader, self.clock)
            self._files = (settings, made)
        return self._files[1]

    _files: tuple[Settings, Files] | None = None

    @cached_property
    def pulling(self) -> Pulling:
        """The sources of the company's own that are pulled."""
        return Pulling(self.folder, self.database, lambda: self.files)

    @property
    def load_orders(self) -> Callable[..., ImportResult]:
        """Take in a file of order lines; see `Files.load_orders`."""
        return self.files.load_orders

    @property
    def load_events(self) -> Callable[..., ImportResult]:
        """Take in a file of events; see `Files.load_events`."""
        return self.files.load_events

    @property
    def load_customers(self) -> Callable[..., ImportResult]:
        """Take in a file of customers; see `Files.load_customers`."""
        return self.files.load_customers

    @property
    def load_costs(self) -> Callable[..., ImportResult]:
        """Take in a file of costs; see `Files.load_costs`."""
        return self.files.load_costs

    @property
    def undo(self) -> Callable[[int], Import]:
        """Take an import back; see `Files.undo`."""
        return self.files.undo

    @cached_property
    def people(self) -> People:
        """Finding, merging and unmerging customers by their identifiers."""
        return People(self.loader)

    @property
    def splitting(self) -> Personal:
        """Tells personal fields from facts, by the workspace's names."""
        return Personal(self.settings.personal_fields)

    def accept(
        self, endpoint: str, body: bytes, keys: Sequence[str], received_at: datetime, address: str | None = None
    ) -> int:
        """Keep one request durably; returns how many calls it holds.

        `keys` are the write keys the request's headers name; one inside the body counts too.
        Raises Refused (too_large, unreadable, nested, no_key), Full or Unavailable; then nothing was kept.
        """
        text = accept.inflate(body, self.settings.body_limit)
        found = accept.calls(text, endpoint)
        source_id = self._source(keys, text)
        if found.items:
            self.inbox.put(source_id, endpoint, body, received_at, address)
        return len(found.items)

    def _source(self, keys: Sequence[str], text: bytes) -> int:
        for key in keys:
            if (source := self.sources.of_key(key)) is not None:
                return source
        inside = accept.write_key(text)
        source = self.sources.of_key(inside) if inside else None
        if source is None:
            raise Refused("no_key", "The write key is missing, unknown or revoked.")
        return source

    def record(self, happenings: Sequence[calls.Happening]) -> None:
        """Bring in what other rooms know to have happened; on return it is on the disk."""
        if happenings:
            now = Clock("UTC").now()
            source_id = self.sources.named("Tenure", "tenure", now)
            self.inbox.put(source_id, "record", calls.body(happenings), now)

    def waiting(self) -> int:
        """About how many requests wait to be loaded."""
        return self.inbox.depth()

    def drain(self, limit: int = AT_ONCE) -> LoadResult:
        """Load a turn of waiting requests: `limit`, more when a backlog stands; an empty result when there were none.

        What is loaded can be seen when the turn ends, so a turn is bounded.
        """
        with self.store.guard:  # the worker's threads take turns
            return self._drain(AT_ONCE_BEHIND if self.waiting() > BEHIND else limit)

    def _drain(self, limit: int) -> LoadResult:
        """While one part is loaded (DuckDB's work) the next is read and checked (Python's): two cores are used."""
        total, ready, room = LoadResult(), self._read(self._loaded_upto(), limit), TURN
        while ready.requests:
            failpoints.reach("inbox.taken")
            size, upto = ready.size, ready.requests[-1].id
            room -= size
            following = self._ahead.submit(self._read, upto, limit) if size > AHEAD and room > 0 else None
            try:
                total += self._take_in(ready)
            finally:
                if following:
                    wait([following])
            ready = following.result() if following else _Checked((), Staged.of(()), [])
        return total

    def _read(self, after: int, limit: int) -> _Checked:
        """The next requests, checked. Changes nothing but positions, so what was read and not loaded is read again."""
        requests = self.inbox.take(after, limit)
        events, refused = self._check(requests)
        try:
            return _Checked(requests, Staged.of(events), refused)
        except OverflowError:  # met again where the request it stands in is looked for
            return _Checked(requests, events, refused)

    @cached_property
    def _ahead(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, "read-ahead")

    def _take_in(self, ready: _Checked) -> LoadResult:
        try:
            return self._load_checked(ready)
        except (duckdb.DataError, duckdb.InternalError, OverflowError) as error:
            return self._without_the_worst(ready.requests, error)

    def _load_checked(self, ready: _Checked) -> LoadResult:
        refused = ready.refused
        if refused:
            self.dead_letters.keep(self.inbox.name, refused)
        upto = ready.requests[-1].id
        result = self._load(ready.events, Batch(self.inbox.name, upto))
        self.inbox.remove(upto)
        reasons: dict[str, int] = {}
        for _, _, refusal in refused:
            reasons[refusal.reason] = reasons.get(refusal.reason, 0) + 1
        return result + LoadResult(refused=len(refused), reasons=reasons)

    def _without_the_worst(self, requests: Sequence[Request], error: Exception) -> LoadResult:
        """A request that no check caught and that cannot be loaded must not hold up the others: it is set aside."""
        if len(requests) > 1:
            half = len(requests) // 2
            total = LoadResult()
            for part in (requests[:half], requests[half:]):
                total += self._take_in(_Checked(part, *self._check(part)))
            return total
        refusal = Refusal("failed", type(error).__name__, requests[0].body)
        self.dead_letters.keep(self.inbox.name, [(requests[0], 0, refusal)])
        self.inbox.remove(requests[0].id)
        return LoadResult(refused=1, reasons={"failed": 1})

    def drain_all(self) -> LoadResult:
        """Load everything that waits."""
        total = LoadResult()
        while self.inbox.take(self._loaded_upto(), 1):
            total += self.drain()
        return total

    def waiting_refunds(self, limit: int = 50) -> tuple[int, list[Waiting]]:
        """How many refunds and cancellations take nothing back yet, and the newest of them with the reason."""
        return waiting(self.store, limit)

    def find(self, text: str) -> int | None:
        """The customer key behind the company's own id, `#key`, an e-mail address, a phone or an anonymous id."""
        con = self.store.snapshot().connect("identifiers", "id_map", "identity")
        try:
            return identity.find(con, text, self._secret, self.calling_code)
        finally:
            con.close()

    def customers_of(self, source_keys: Iterable[int]) -> dict[int, int]:
        """{source key: customer key}, as the loader knows it now."""
        with self.store.guard:
            return self.loader.index.customers(source_keys)

    def members_of(self, source_keys: Iterable[int]) -> tuple[dict[int, int], dict[int, str]]:
        """({source key: customer key} of everybody behind the keys, {customer key: the company's own id})."""
        with self.store.guard:
            self.loader.catch_up()
            members = self.loader.index.members(source_keys)
            return members, self.loader.index.external_ids(members)

    def _loaded_upto(self) -> int:
        """The position of the store. Requests up to it died between being loaded and being removed."""
        if not self._tidied:
            self.inbox.begin_anew(self.store.position(self.inbox.name))
            self.inbox.remove(self.store.position(self.inbox.name))
            self.loader.catch_up()
            self._tidied = True
        return self.store.position(self.inbox.name)

    _tidied = False

    def _check(self, requests: Sequence[Request]) -> tuple[list[StagedEvent], list[tuple[Request, int, Refusal]]]:
        checker = self._checker()
        events: list[StagedEvent] = []
        refused: list[tuple[Request, int, Refusal]] = []
        for request in requests:
            good, bad = checker.request(request, (events[-1].seq + 1) if events else 0)
            events += good
            refused += [(request, index, refusal) for index, refusal in bad]
        return events, refused

    def _checker(self) -> Checker:
        """The checker for the settings as they are; kept, for it remembers what it has read."""
        told = (self.settings.currency, tuple(self.settings.personal_fields), self.inbox.name)
        if self._known is None or self._known[0] != told:
            self._known = (told, Checker(told[0], Personal(told[1]), told[2]))
        return self._known[1]

    _known: tuple[tuple[str, tuple[str, ...], str], Checker] | None = None

    def _load(self, events: Sequence[StagedEvent] | Staged, batch: Batch) -> LoadResult:
        staged = events if isinstance(events, Staged) else Staged.of(events)
        if not staged.count:
            return LoadResult()
        few = staged.count <= FEW
        con = self._working() if few else self.store.connect()
        stage(con, staged)
        result = self.loader.load(con, batch)
        if not few:
            con.close()  # its temporary tables are large
        return result

    def _working(self) -> duckdb.DuckDBPyConnection:
        """The connection for small loads: one thread, for there is nothing to share out."""
        if self._con is None:
            self._con = self.store.connect(threads=1)
        return self._con

    _con: duckdb.DuckDBPyConnection | None = None

    def replay(self, letter_id: int, now: datetime, body: bytes | None = None) -> None:
        """Send a refused event in again, as it came or corrected; if it is refused again it is a new letter.

        Raises UsageError when it was sent in again already: it would count twice.
        """
        letter = self.dead_letters.get(letter_id)
        received = now if letter.reason == "future" else letter.received_at
        text, endpoint = body or letter.body, letter.endpoint
        if endpoint in accept.MANY and letter.reason not in ("unreadable", "failed"):
            text = b'{"batch":[' + text + b"]}"
        accept.calls(accept.inflate(text), endpoint)
        with self.database.write() as writing:
            mine = writing.run(
                "UPDATE dead_letter SET state = 'replayed', resolved_at = ? WHERE id = ? AND state <> 'replayed'"
                " RETURNING id",
                [microseconds(now), letter_id],
            )
            if not mine:
                raise UsageError(f"The refused event {letter_id} was sent in again already.")
            writing.run(
                "INSERT INTO inbox (received_at, source_id, endpoint, body) VALUES (?, ?, ?, ?)",
                [microseconds(received), letter.source_id, endpoint, text],
            )
