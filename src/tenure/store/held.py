"""Events of the customers that something happened to lately, held in memory for when something happens again.

For the process that writes: it asks about a few customers many times a minute. The files of the tail are read once,
when they appear; a customer's part of the body once, when it is first asked for. Compaction moves rows here as it does
in the store; what takes rows away or is done by another process empties all of it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

import duckdb

from tenure.clock import Clock, naive
from tenure.store.held_body import HeldBody, Picked, listed
from tenure.store.held_calls import HeldCalls
from tenure.store.room import Store
from tenure.store.scores import SCORES, resolved_sql, score_columns
from tenure.store.snapshot import Pin, events_sql, read_files, settled_sql
from tenure.store.tables import EVENT_COLUMNS, TABLES

__all__ = ["Held"]

MOST_ROWS = 1_000_000
SMALL_FILE = 4 << 20
_COLUMNS = ", ".join(f'"{name}"' for name in EVENT_COLUMNS)


class Held:
    """One connection, used by one thread at a time, whose views show a few customers' events as of now."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._con: duckdb.DuckDBPyConnection | None = None
        self._versions = (-1, -1)  # of tail and body
        self._seen = 0  # the last ingest id read from the tail
        self._keys: set[int] = set()
        self._rows = 0
        self._tail: set[str] = set()
        self._large: set[str] = set()
        self._said: dict[str, set[str]] = {"retractions": set(), "refunds": set()}
        self._view: object = None
        self._body = HeldBody(store)
        self._calls = HeldCalls(store)
        self._scored: dict[str, tuple[int, set[int]]] = {source: (-1, set()) for source in SCORES}

    def of(self, members: Mapping[int, int]) -> duckdb.DuckDBPyConnection:
        """The connection with `events` of these source keys, each under the customer key that it is given here.

        The retracted are left out. The connection stays Held's own: do not close it, and finish before asking again.
        """
        con = self._con or self._open()
        tail, body = self._store.pin("events_tail"), self._store.pin("events_body")  # in this order, as in a snapshot
        self._follow(con, tail, body)
        versions = {table: self._follow_small(con, table) for table in self._said}
        missing = self._missing(con, set(members))
        picked = self._body.begin(missing, body)
        for source in SCORES:
            self._score(con, source, {*members, *members.values()})
        self._fetch(con, missing, picked, body)
        self._choose(con, members)
        self._show(con)
        self._calls.follow(con, max(tail.ingest, body.ingest), versions["retractions"])
        return con

    def colleagues(self, source_keys: Collection[int], after: int = 0) -> set[int]:
        """As the store's `colleagues`; of all `group` calls only those are read that are new."""
        con = self._con or self._open()
        self._calls.follow(con, self._store.last_ingest(), self._follow_small(con, "retractions"))
        return self._calls.colleagues(con, source_keys, after)

    def holds(self, key: int) -> bool:
        """Whether a source key's part of the body is in memory."""
        return key in self._keys

    def _open(self) -> duckdb.DuckDBPyConnection:
        con = self._store.connect(threads=1)  # there is nothing to share out
        for table in ("held", "tail"):
            _run(con, f"CREATE TEMP TABLE {table} AS {read_files('events_tail', ())}")
        for table in self._said:
            columns = ", ".join(f'"{name}" {kind}' for name, kind in TABLES[table].columns.items())
            _run(con, f"CREATE TEMP TABLE {table} ({columns})")
        self._calls.open(con)
        for source in SCORES:
            columns = ", ".join(f"{name} {kind}" for name, kind in score_columns(source).items())
            for kind in ("scores", "history"):
                _run(con, f"CREATE TEMP TABLE held_{source}_{kind} ({columns})")
        self._con = con
        return con

    def _local(self, files: Collection[str]) -> tuple[str, ...]:
        return self._store.storage.local(files)

    def _show(self, con: duckdb.DuckDBPyConnection) -> None:
        settings = self._store.settings
        if self._view != (settings.zone, settings.currency):
            _run(con, f"CREATE OR REPLACE TEMP VIEW events AS {events_sql(settings, linked=True, settled=True)}")
            for source in SCORES:
                for kind in ("scores", "history"):
                    rows = resolved_sql(source, f"SELECT * FROM held_{source}_{kind}", True)
                    _run(con, f"CREATE OR REPLACE TEMP VIEW {source}_{kind} AS {rows}")
            self._view = (settings.zone, settings.currency)

    def _follow(self, con: duckdb.DuckDBPyConnection, tail: Pin, body: Pin) -> None:
        """Read what was appended; begin anew when rows may have been taken away."""
        files = set(tail.files)
        if not self._was_kept(tail, body):
            self._tail, self._large = set(), set()
            _run(con, "TRUNCATE tail")
            self._let_go(con)
        elif body.version != self._versions[1]:
            self._move(con, body)
        self._versions, self._seen = (tail.version, body.version), max(tail.ingest, body.ingest)
        self._tail &= files
        fresh = files - self._tail
        small = [file for file in fresh if os.path.getsize(_path(self._local([file])[0])) <= SMALL_FILE]
        if small:
            rows = read_files("events_tail", self._local(small))
            _run(con, f"INSERT INTO tail {rows} WHERE ingest_id > {body.ingest}")
        if len(small) < len(fresh):
            self._large |= fresh - set(small)
            self._let_go(con)
        self._tail |= fresh

    def _score(self, con: duckdb.DuckDBPyConnection, source: str, keys: set[int]) -> None:
        """Read one source's newest scores of customers not asked for since its last scoring.

        Their history is read only where the newest is made for an instant that is yet to come.
        """
        pin, held = self._store.pin(f"{source}_scores"), f"held_{source}"
        version, known = self._scored[source]
        if version != pin.version or len(known) > MOST_ROWS:
            known = set()
            for kind in ("scores", "history"):
                _run(con, f"TRUNCATE {held}_{kind}")
        missing = keys - known
        self._scored[source] = (pin.version, known | missing)
        if not missing or not pin.files:
            return
        mine = f"WHERE customer_key IN ({listed(missing)})"
        _run(con, f"INSERT INTO {held}_scores {read_files(f'{source}_scores', self._local(pin.files))} {mine}")
        now = naive(Clock(self._store.settings.zone, self._store.settings.clock or None).now())
        if _count(con, f"SELECT count(*) FROM {held}_scores WHERE as_of > TIMESTAMP '{now}'"):
            files = self._local(self._store.pin(f"{source}_history").files)
            _run(con, f"INSERT INTO {held}_history {read_files(f'{source}_history', files)} {mine}")

    def _was_kept(self, tail: Pin, body: Pin) -> bool:
        """Whether all that is held still stands, in the tail or in the body."""
        kept = zip(("events_tail", "events_body"), self._versions, (tail.version, body.version), strict=True)
        return not self._large and all(
            since <= upto and self._store.tables[name].kept_all(since, upto) for name, since, upto in kept
        )

    def _move(self, con: duckdb.DuckDBPyConnection, body: Pin) -> None:
        """What moved into the body is the body's part here too, of the customers whose part is held.

        What came and moved between two questions was never in the tail here: it is read from the body.
        """
        con.execute("CREATE OR REPLACE TEMP TABLE keys AS SELECT unnest(?::BIGINT[]) AS source_key", [list(self._keys)])
        moved, mine = f"FROM tail WHERE ingest_id <= {body.ingest}", "source_key IN (SELECT source_key FROM keys)"
        self._rows += _count(con, f"INSERT INTO held SELECT * {moved} AND {mine}")
        _run(con, f"DELETE {moved}")
        if body.ingest > self._seen and body.files:
            missed = f"{read_files('events_body', self._local(body.files))} WHERE ingest_id > {self._seen}"
            self._rows += _count(con, f"INSERT INTO held {missed} AND {mine}")

    def _follow_small(self, con: duckdb.DuckDBPyConnection, table: str) -> int:
        """Read what was appended to a table that says something about events; its version."""
        pin = self._store.pin(table)
        files = pin.files
        if not self._said[table] <= set(files):
            self._said[table] = set()
            _run(con, f"TRUNCATE {table}")
        fresh = set(files) - self._said[table]
        if fresh:
            _run(con, f"INSERT INTO {table} {read_files(table, self._local(fresh))}")
            self._said[table] |= fresh
        return pin.version

    def _let_go(self, con: duckdb.DuckDBPyConnection) -> None:
        _run(con, "TRUNCATE held")
        self._keys, self._rows = set(), 0

    def _missing(self, con: duckdb.DuckDBPyConnection, keys: set[int]) -> set[int]:
        """Those of whom nothing is held; of nobody when too much is held already."""
        if self._rows > MOST_ROWS:
            self._let_go(con)
        return keys - self._keys

    def _fetch(self, con: duckdb.DuckDBPyConnection, missing: set[int], picked: Picked | None, body: Pin) -> None:
        """Hold what the body, and large files of the tail, have of customers not asked for before."""
        if not missing:
            return
        self._rows += self._body.into(con, "held", picked)
        if self._large:
            large = read_files("events_tail", self._local(self._large))
            mine = f"source_key IN ({listed(missing)}) AND ingest_id > {body.ingest}"
            self._rows += _count(con, f"INSERT INTO held {large} WHERE {mine}")
        self._keys |= missing

    def _choose(self, con: duckdb.DuckDBPyConnection, members: Mapping[int, int]) -> None:
        rows = ", ".join(f"({int(source)}, {int(customer)})" for source, customer in members.items()) or "(NULL, NULL)"
        _run(
            con,
            "CREATE OR REPLACE TEMP TABLE identity AS SELECT CAST(source_key AS BIGINT) AS source_key,"
            f" CAST(customer_key AS BIGINT) AS customer_key FROM (VALUES {rows}) AS given(source_key, customer_key)",
        )
        mine = f"WHERE source_key IN ({listed(members)})"
        _run(
            con,
            f"CREATE OR REPLACE TEMP TABLE raw_events AS SELECT {_COLUMNS} FROM (SELECT * FROM held {mine}"
            f" UNION ALL SELECT * FROM tail {mine}) WHERE ingest_id NOT IN"
            " (SELECT id FROM retractions WHERE kind = 'event') AND (import_id IS NULL OR import_id NOT IN"
            " (SELECT id FROM retractions WHERE kind = 'import'))",
        )
        settled = f"{settled_sql()} WHERE r.ingest_id IN (SELECT ingest_id FROM raw_events)"
        _run(con, f"CREATE OR REPLACE TEMP TABLE settled AS {settled}")


def _path(uri: str) -> str:
    return uri.removeprefix("file://")


def _run(con: duckdb.DuckDBPyConnection, statement: str) -> None:
    con.execute(statement).fetchall()


def _count(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    return int(con.execute(statement).fetchall()[0][0])
