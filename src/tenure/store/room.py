"""The store: append facts exactly once, read pinned snapshots, keep the files few."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from tenure.clock import AsOf, Clock
from tenure.settings import Settings
from tenure.store.companies import company_calls_sql
from tenure.store.engine import APART, connect
from tenure.store.layout import BODY_ORDER
from tenure.store.score_keeping import keep_scores
from tenure.store.scores import SCORE_TABLES
from tenure.store.snapshot import Pin, Snapshot
from tenure.store.storage import Storage
from tenure.store.tables import BUCKETS, EVENT_COLUMNS, TABLES, Table

__all__ = ["Store"]

#: Readers must find every key that an event they see refers to, so events are pinned before what they refer to;
#: the tail is pinned before the body, so that what compaction moves in between is seen once.
PIN_ORDER = (
    "events_tail", "events_body", "retractions", "refunds", "id_map", "links", "identifiers", "company_calls",
    "imports", "costs", "stage_history", "segment_history", "membership_history", "value", "value_model", "renewals",
    "stakes", "risk", "risk_model", "next_orders", "recommendations", "replenishments", "category_affinities",
    "category_leanings", "products", "product_bundles", "daily_sales", "needs_report", "health", *SCORE_TABLES,
)  # fmt: skip

COMPACT_FILES = 150
COMPACT_ROWS = 2_000_000
BODY_FILES_PER_BUCKET = 12
SMALL_FILES = 100


class Store:
    """The workspace's Delta tables. Writing needs the workspace's lock; reading needs nothing."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root, self.settings = root, settings
        self.guard = threading.RLock()  # held by whoever appends or takes away in this process
        self.moving = threading.RLock()  # held, before `guard`, by whoever moves rows between tables or erases them
        self.storage = Storage(root, settings)
        self.tables = {name: Table(spec, self.storage) for name, spec in TABLES.items()}
        self._calls_are_level = False  # whether `company_calls` is known to name no event that is not there

    def connect(
        self, threads: int | None = None, apart: bool = False, share: float = APART
    ) -> duckdb.DuckDBPyConnection:
        """A bounded in-memory DuckDB connection without views; one that changes its settings must be `apart`."""
        return connect(self.root, self.settings, threads, apart, share)

    def connect_few(self, customers: Iterable[int]) -> duckdb.DuckDBPyConnection:
        """A connection whose `events` are those of a few customers alone, read once."""
        con = self.connect()
        sources = self.snapshot().attach_few(con, set(customers))
        few = ", ".join(map(str, sources)) or "NULL"
        con.execute(f"CREATE TEMP TABLE few_events AS SELECT * FROM events WHERE source_key IN ({few})").fetchall()
        con.execute("CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM few_events").fetchall()
        return con

    def snapshot(self, gently: bool = False) -> Snapshot:
        """Pin the newest state of every table. What is computed from it `gently` leaves half the cores to others."""
        settings = self.settings
        if gently:
            settings = settings.changed(threads=max(1, (settings.threads or os.cpu_count() or 1) // 2))
        return Snapshot(self.root, settings, {name: self.pin(name) for name in PIN_ORDER})

    def pin(self, table: str) -> Pin:
        """Pin the newest state of one table."""
        version, files, positions = self.tables[table].pinned()
        return Pin(version, files, positions.get("ingest", 0))

    def event_version(self) -> str:
        """A cheap name for the newest events, for pages that poll."""
        return f"{self.tables['events_tail'].version()}.{self.tables['retractions'].version()}"

    def position(self, name: str) -> int:
        """How far events have been loaded under this name (the inbox, an import); 0 at the start."""
        return self.tables["events_tail"].position(name) or 0

    def last_ingest(self) -> int:
        """The highest ingest id given so far."""
        return max(self.tables[name].position("ingest") or 0 for name in ("events_tail", "events_body"))

    def append_events(
        self, con: duckdb.DuckDBPyConnection, query: str, positions: Mapping[str, int] | None = None
    ) -> range:
        """Append events and record the positions in one commit; returns the ingest ids given.

        `query` yields every event column but `ingest_id` and `bucket`, and `seq`, unique, in whose order ids are given;
        asked twice it yields the same. The temporary table `numbered` (seq, ingest_id) tells which event got which.
        """
        first = self.last_ingest() + 1
        names = [name for name in EVENT_COLUMNS if name not in ("ingest_id", "bucket")]
        listed = ", ".join(f'CAST("{name}" AS {EVENT_COLUMNS[name]}) AS "{name}"' for name in names)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE numbered AS SELECT seq, {first - 1} + row_number() OVER (ORDER BY seq)"
            f" AS ingest_id FROM ({query})"
        )
        count = _one(con, "SELECT count(*) FROM numbered")
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW appending AS SELECT ingest_id, CAST(source_key % {BUCKETS} AS SMALLINT)"
            f" AS bucket, {listed} FROM ({query}) JOIN numbered USING (seq)"
        )
        self._append_company_calls(con, first)
        ordered = ", ".join(f'"{name}"' for name in EVENT_COLUMNS)
        self.tables["events_tail"].append(
            con.sql(f"SELECT {ordered} FROM appending"),
            {**(positions or {}), "ingest": first - 1 + count},
        )
        self._calls_are_level = True
        con.execute("DROP VIEW appending")
        return range(first, first + count)

    def _append_company_calls(self, con: duckdb.DuckDBPyConnection, first: int) -> None:
        """Append the `group` calls among `appending`, before the events: readers pass over calls of later events.

        What a writer left behind that broke off between the two is taken away, for its ids are given anew.
        """
        calls = self.tables["company_calls"]
        if not self._calls_are_level and (calls.position("ingest") or 0) >= first:
            calls.delete(f"ingest_id >= {first}")
        if not _one(con, "SELECT count(*) FROM appending WHERE kind = 'group'"):
            return
        self._calls_are_level = False
        if first > 1 and calls.version() < 0:  # a store from before there was this table
            earlier = self.snapshot().connect()
            self.append("company_calls", earlier, company_calls_sql("raw_events"), {"ingest": first - 1})
            earlier.close()
        last = _one(con, "SELECT max(ingest_id) FROM appending WHERE kind = 'group'")
        self.append("company_calls", con, company_calls_sql("appending"), {"ingest": last})

    def append_identifiers(self, con: duckdb.DuckDBPyConnection, query: str) -> range:
        """Give source keys to new identifiers (`query`: kind, value, value_hash; all new); returns the keys given."""
        first = (self.tables["identifiers"].position("source_key") or 0) + 1
        count = _one(con, f"SELECT count(*) FROM ({query})")
        if count:
            rows = con.sql(
                f"SELECT {first - 1} + row_number() OVER (ORDER BY kind, value) AS source_key, kind, value, value_hash"
                f" FROM ({query})"
            )
            self.tables["identifiers"].append(rows, {"source_key": first - 1 + count})
        return range(first, first + count)

    def append_id_map(self, con: duckdb.DuckDBPyConnection, query: str) -> None:
        """Say which customer source keys belong to from now on (`query`: source_key, customer_key)."""
        revision = (self.tables["id_map"].position("revision") or 0) + 1
        if _one(con, f"SELECT count(*) FROM ({query})"):
            rows = con.sql(f"SELECT source_key, customer_key, CAST({revision} AS BIGINT) AS revision FROM ({query})")
            self.tables["id_map"].append(rows, {"revision": revision})

    def append(
        self,
        table: str,
        con: duckdb.DuckDBPyConnection,
        query: str,
        positions: Mapping[str, int] | None = None,
        overwrite: bool = False,
    ) -> None:
        """Append the rows of `query` to a small table (links, retractions, imports …), columns by name."""
        columns = TABLES[table].columns
        listed = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns.items())
        self.tables[table].append(con.sql(f"SELECT {listed} FROM ({query})"), positions, overwrite)

    def overwrite(self, table: str, con: duckdb.DuckDBPyConnection, query: str) -> None:
        """Write a derived table anew from the rows of `query`, columns by name; what it held before goes."""
        self.append(table, con, query, overwrite=True)
        self.tables[table].vacuum()

    def keep_scores(self, con: duckdb.DuckDBPyConnection, source: str, query: str, moment: AsOf, clock: Clock) -> None:
        """Keep what came, went or moved of a day's scores, as `keep_scores` does."""
        keep_scores(self, con, source, query, moment, clock)

    def compact_if_needed(self) -> bool:
        """Compact when the tail has grown; cheap to ask."""
        version, files, _ = self.tables["events_tail"].pinned()
        if version < 0 or len(files) < COMPACT_FILES:
            behind = self.last_ingest() - (self.tables["events_body"].position("ingest") or 0)
            if behind < COMPACT_ROWS:
                return False
        self.compact()
        return True

    def compact(self) -> None:
        """Move the tail into the body and join small files. Retracted rows move too: an undo must find them.

        One commit of the body carries the last ingest id it holds, so readers see every event once at every moment.
        Appends go on meanwhile: only what touches the tables they write waits for them.
        """
        with self.moving:
            self._move()
            if self.tables["events_body"].files() > BUCKETS * BODY_FILES_PER_BUCKET:
                self.tables["events_body"].optimise()
            with self.guard:
                self._join_small_files()

    def _move(self) -> None:
        snapshot = self.snapshot()
        upto, done = snapshot.pins["events_tail"].ingest, snapshot.pins["events_body"].ingest
        if upto > done:
            con = snapshot.connect()
            columns = ", ".join(f'"{name}"' for name in EVENT_COLUMNS)
            rows = con.sql(
                f"SELECT {columns} FROM raw_events WHERE ingest_id > {done} AND ingest_id <= {upto}"
                f" ORDER BY {BODY_ORDER}"
            )
            self.tables["events_body"].append(rows, {"ingest": upto})
            con.close()
        if upto:
            with self.guard:
                self.tables["events_tail"].delete(f"ingest_id <= {max(upto, done)}", moved=True)

    def _join_small_files(self) -> None:
        for name in ("identifiers", "links", "retractions", "imports", "company_calls"):
            if self.tables[name].files() > SMALL_FILES:
                self.tables[name].optimise()
        if self.tables["id_map"].files() > COMPACT_FILES:
            self._rewrite_id_map()
        if self.tables["refunds"].files() > COMPACT_FILES:
            self._rewrite_refunds()
        for table in self.tables.values():
            table.vacuum()
        shutil.rmtree(self.root / "offers", ignore_errors=True)  # what versions before this one kept
        if self.storage.remote:
            kept = [file for pin in self.snapshot().pins.values() for file in pin.files]
            self.storage.tidy(kept, Clock("UTC").now())

    def _rewrite_refunds(self) -> None:
        """Keep of every refund what was settled last."""
        con = self.snapshot().connect()
        revision = self.tables["refunds"].position("revision") or 0
        kept = f"SELECT ingest_id, amount, currency, products, reason, {revision} AS revision FROM settled"
        self.append("refunds", con, kept, {"revision": revision}, overwrite=True)
        con.close()

    def _rewrite_id_map(self) -> None:
        con = self.snapshot().connect()
        revision = self.tables["id_map"].position("revision") or 0
        rows = con.sql(f"SELECT source_key, customer_key, CAST({revision} AS BIGINT) AS revision FROM identity")
        self.tables["id_map"].append(rows, {"revision": revision}, overwrite=True)
        con.close()


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0])
