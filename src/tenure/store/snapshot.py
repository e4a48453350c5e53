"""A snapshot: pinned versions of all tables, read with DuckDB. What it shows never changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from tenure.clock import local_day_sql, naive
from tenure.settings import Settings
from tenure.store.companies import belonging_sql
from tenure.store.engine import connect, see_nothing
from tenure.store.engines import Connection
from tenure.store.scores import SCORE_TABLES, SCORES, resolved_sql
from tenure.store.storage import Storage
from tenure.store.tables import BUCKETS, EVENT_COLUMNS, TABLES

__all__ = ["Pin", "Snapshot", "events_sql", "identity_sql", "in_buckets", "read_files", "settled_sql"]

UNDER_EVENTS = ("id_map", "identifiers", "links", "retractions", "refunds")
FEW_EVENTS = 20_000

#: SQL for the rows of a table that lie in some of its files.
Source = Callable[[str, tuple[str, ...]], str]


@dataclass(frozen=True)
class Pin:
    """One table at one version: its files, and the last ingest id it holds."""

    version: int
    files: tuple[str, ...]
    ingest: int


@dataclass(frozen=True)
class Snapshot:
    """A consistent state of the store. `key` names it: equal keys show equal rows."""

    root: Path
    settings: Settings
    pins: Mapping[str, Pin]
    known: datetime | None = None  # only what had been received before this instant (naive UTC)

    def knowing(self, instant: datetime | None) -> Snapshot:
        """The same state as far as it was known at an instant: events received, and takings-back made, before it.

        Who is whom stays as it is known today: identities carry no time of learning.
        """
        return self if instant is None else replace(self, known=naive(instant))

    @property
    def storage(self) -> Storage:
        """Where the files are, and how they come to this machine."""
        return Storage(self.root, self.settings)

    @property
    def key(self) -> str:
        """A name for what events and scores show: versions of body, tail, identity, retractions, refunds and scores."""
        names = ("events_body", "events_tail", "id_map", "retractions", "refunds")
        known = f"@{self.known.isoformat()}" if self.known else ""
        scores = "".join(f"/{name}{pin.version}" for name, pin in self._scored().items())
        return ".".join(str(self.pins[name].version) for name in names) + scores + known

    def _scored(self) -> dict[str, Pin]:
        """The newest scores of every room that has scored."""
        pins = {source: self.pins[f"{source}_scores"] for source in SCORES}
        return {source: pin for source, pin in pins.items() if pin.version >= 0}

    @property
    def last_ingest(self) -> int:
        """The highest ingest id in sight."""
        return max(self.pins["events_tail"].ingest, self.pins["events_body"].ingest)

    def connect(self, *tables: str) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection with the views `events`, `identifiers`, `customers` and the small tables.

        Each view takes a millisecond to make: whoever needs but a few names these (`identity` stands on `id_map`) and
        gets them alone. Else a table without files is seen empty (`see_nothing`).
        """
        con = connect(self.root, self.settings)
        for name in tables:
            self._view(con, name, self._identity() if name == "identity" else self._rows(name))
        if not tables:
            see_nothing(con)
            self._attach(con, self._parquet, self._filled())
        return con

    @contextmanager
    def computing(self) -> Iterator[Connection]:
        """A connection of the engine that the workspace has chosen, with the same views.

        DuckDB's outlives the block; Spark's tables end with it, so what is wanted later is handed over inside it.
        """
        if self.settings.engine == "duckdb":
            yield self._near(self.connect())
            return
        from tenure.store.engines.spark import SparkConnection

        exchange = self.root / "exchange"
        with SparkConnection(self.settings.spark, connect(self.root, self.settings), exchange) as spark:
            for name, spec in TABLES.items():
                spark.add_files(f"files_{name}", spec.columns, self.pins[name].files, str(self.root / name))
            self.attach_files(spark)
            yield spark

    @contextmanager
    def working(self, con: duckdb.DuckDBPyConnection, *tables: str) -> Iterator[Connection]:
        """Where everybody is computed: `con`, or Spark, whose `tables` are in `con` when the block has ended."""
        if self.settings.engine == "duckdb":
            yield con
            return
        with self.computing() as engine:
            yield engine
            self.handed_over(engine, tables, con)

    def _near(self, con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """Few events are read into memory once: a computation asks for them dozens of times."""
        if 0 < self.last_ingest <= FEW_EVENTS:
            con.execute("CREATE TEMP TABLE near_events AS SELECT * FROM events").fetchall()
            con.execute("CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM near_events").fetchall()
        return con

    def handed_over(
        self, source: Connection, tables: Iterable[str], con: duckdb.DuckDBPyConnection | None = None
    ) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection that holds these tables: the source itself, or `con` (a new one) with copies of them."""
        if isinstance(source, duckdb.DuckDBPyConnection):
            return source
        from tenure.store.engines.spark import SparkConnection

        target = con or self.connect()
        if isinstance(source, SparkConnection):
            for table in tables:
                source.hand_over(table, target)
        return target

    def attach(self, con: duckdb.DuckDBPyConnection) -> None:
        """Make all views in `con`."""
        self._attach(con, self._parquet)

    def attach_files(self, con: Connection) -> None:
        """Make all views over tables `files_<name>` that hold the rows of the pinned files."""
        self._attach(con, _added_files)

    def _attach(self, con: Connection, source: Source, tables: Collection[str] = TABLES) -> None:
        for name in tables:
            if not name.startswith("events_") and name != "company_calls" and name not in SCORE_TABLES:
                self._view(con, name, self._rows(name, source))
        self._attach_events(con, None, source, tables)
        if "company_calls" in tables:
            self._view(con, "company_calls", self._company_calls(source))
        self._attach_scores(con, source, tables)

    def attach_events(self, con: duckdb.DuckDBPyConnection, *tables: str) -> None:
        """Make only the views of events and customers, of what they stand on, and of these small tables."""
        for name in (*UNDER_EVENTS, *tables):
            self._view(con, name, self._rows(name))
        self._attach_events(con, None, self._parquet)

    def attach_few(self, con: duckdb.DuckDBPyConnection, customers: set[int]) -> set[int]:
        """Make only the views that a few customers' events need, over their buckets; returns their source keys."""
        see_nothing(con)
        filled = self._filled()
        for name in filled.intersection(UNDER_EVENTS):
            self._view(con, name, self._rows(name))
        if "id_map" in filled:
            self._view(con, "identity", self._identity())
        listed = ", ".join(str(int(key)) for key in customers) or "NULL"
        found = con.execute(f"SELECT source_key FROM identity WHERE customer_key IN ({listed})").fetchall()
        sources = customers | {row[0] for row in found}
        self._attach_events(con, {key % BUCKETS for key in sources}, self._parquet, filled)
        if "company_calls" in filled:
            self._view(con, "company_calls", self._company_calls(self._parquet))
        mine = f" WHERE customer_key IN ({', '.join(map(str, sources)) or 'NULL'})"
        self._attach_scores(con, self._parquet, filled, mine)
        return sources

    def attach_raw(self, con: duckdb.DuckDBPyConnection, buckets: set[int] | None) -> None:
        """Make only the views of events as they came, over some buckets, and of what was said about them later."""
        for name in ("retractions", "refunds"):
            self._view(con, name, self._rows(name))
        self._view(con, "raw_events", self._raw_events(buckets, self._parquet))
        self._view(con, "settled", settled_sql())

    def _attach_events(
        self, con: Connection, buckets: set[int] | None, source: Source, tables: Collection[str] = TABLES
    ) -> None:
        self._view(con, "raw_events", self._raw_events(buckets, source))
        if "id_map" in tables:
            self._view(con, "identity", self._identity())
        if "refunds" in tables:
            self._view(con, "settled", settled_sql())
        self._view(con, "events", self._events())
        self._view(con, "customers", self._customers())

    def _filled(self) -> set[str]:
        """The tables that have rows; of the others a connection sees the empty ones of `see_nothing`."""
        return {name for name, pin in self.pins.items() if pin.files}

    def _attach_scores(self, con: Connection, source: Source, tables: Collection[str], where: str = "") -> None:
        """Make the views of scores, each under the customer it belongs to now. Reads `identity`."""
        linked = self.pins["id_map"].version >= 0
        for name in SCORES:
            for kind in ("scores", "history"):
                # What was known then may have been replaced since, so there the newest rows are no short cut.
                table = f"{name}_{'history' if self.known else kind}"
                if table in tables:
                    rows = f"SELECT * FROM ({self._rows(table, source)}){where}"
                    self._view(con, f"{name}_{kind}", resolved_sql(name, rows, linked))

    @staticmethod
    def _view(con: Connection, name: str, query: str) -> None:
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}").fetchall()

    def _parquet(self, name: str, files: tuple[str, ...]) -> str:
        return read_files(name, self.storage.local(files))

    def _rows(self, name: str, source: Source | None = None) -> str:
        """SQL for a small table's rows, as far as they were known."""
        found = (source or self._parquet)(name, self.pins[name].files)
        learned = {"retractions": '"at"', "company_calls": "received_at", **dict.fromkeys(SCORE_TABLES, "made_at")}
        if self.known and name in learned:
            return f"SELECT * FROM ({found}) WHERE {learned[name]} < {self._instant()}"
        return found

    def _raw_events(self, buckets: set[int] | None, source: Source) -> str:
        """SQL for the rows of body and tail; a side without files is left out, for every query plans both anew."""
        body, tail = self.pins["events_body"], self.pins["events_tail"]
        files = body.files if buckets is None else in_buckets(body.files, buckets)
        sides = [source("events_body", files)] if files else []
        if tail.files:
            sides.append(f"{source('events_tail', tail.files)} WHERE ingest_id > {body.ingest}")
        found = " UNION ALL ".join(sides) or source("events_tail", ())
        return f"SELECT * FROM ({found}) WHERE received_at < {self._instant()}" if self.known else found

    def _instant(self) -> str:
        """The instant of knowledge as SQL."""
        return f"TIMESTAMP '{self.known:%Y-%m-%d %H:%M:%S.%f}'"

    def _identity(self) -> str:
        """One row per source key that belongs to another key's customer: the latest revision counts."""
        return identity_sql("id_map")

    def _events(self) -> str:
        where = (
            " WHERE e.ingest_id NOT IN (SELECT id FROM retractions WHERE kind = 'event')"
            " AND (e.import_id IS NULL OR e.import_id NOT IN (SELECT id FROM retractions WHERE kind = 'import'))"
            if self.pins["retractions"].version >= 0
            else ""
        )
        linked, settled = (self.pins[name].version >= 0 for name in ("id_map", "refunds"))
        return events_sql(self.settings, linked=linked, settled=settled) + where

    def _company_calls(self, source: Source) -> str:
        """Everybody's `group` calls: a company is what all of its members' calls say."""
        linked, retracted = (self.pins[name].version >= 0 for name in ("id_map", "retractions"))
        day, rows = local_day_sql("c.ts", self.settings.zone), self._rows("company_calls", source)
        identity = "identity" if linked else ""
        return belonging_sql(rows, day, identity=identity, retracted=retracted, last=self.last_ingest)

    def _customers(self) -> str:
        """One row per customer; an id that an alias replaced is named only when there is no other."""
        if self.pins["links"].version < 0:
            replaced = "false"
        else:
            replaced = "i.source_key IN (SELECT a_key FROM links WHERE kind = 'alias')"
        return (
            "SELECT customer_key, coalesce(min(value) FILTER (WHERE kind = 'external' AND NOT replaced),"
            " min(value) FILTER (WHERE kind = 'external')) AS external_id FROM ("
            f"SELECT coalesce(m.customer_key, i.source_key) AS customer_key, i.kind, i.value, {replaced} AS replaced"
            " FROM identifiers AS i LEFT JOIN identity AS m ON m.source_key = i.source_key) GROUP BY 1"
        )


def events_sql(settings: Settings, *, linked: bool, settled: bool) -> str:
    """The view `events` over `raw_events`, and over `identity` and `settled` where there are such rows."""
    day = local_day_sql("e.ts", settings.zone)
    key = "coalesce(m.customer_key, e.source_key)" if linked else "e.source_key"
    join = " LEFT JOIN identity AS m ON m.source_key = e.source_key" if linked else ""
    said = {name: f'e."{name}"' for name in EVENT_COLUMNS}
    if settled:
        join += " LEFT JOIN settled AS d ON d.ingest_id = e.ingest_id"
        for name in ("amount", "currency", "products"):
            said[name] = f"CASE WHEN d.ingest_id IS NULL THEN e.{name} ELSE d.{name} END"
    # Sums never mix currencies: `amount` is in the workspace's, `original_amount` in the event's own.
    own = f"{said['currency']} IS NULL OR {said['currency']} = '{settings.currency}'"
    original, said["amount"] = said["amount"], f"CASE WHEN {own} THEN {said['amount']} END"
    listed = ", ".join(f'{sql} AS "{name}"' for name, sql in said.items())
    columns = f"{key} AS customer_key, {day} AS day, {listed}, {original} AS original_amount"
    return f"SELECT {columns} FROM raw_events AS e{join}"


def identity_sql(links: str) -> str:
    """SQL for the source keys that belong to another key's customer, from rows of the id map."""
    return (
        "SELECT source_key, customer_key FROM (SELECT source_key, arg_max(customer_key, revision) AS customer_key"
        f" FROM {links} GROUP BY source_key) WHERE customer_key <> source_key"
    )


def settled_sql() -> str:
    """One row per refund or cancellation whose order decides what it takes back: the latest revision counts."""
    return (
        "SELECT r.ingest_id, r.amount, r.currency, r.products, r.reason FROM refunds AS r JOIN ("
        "SELECT ingest_id, max(revision) AS revision FROM refunds GROUP BY ingest_id) AS n"
        " ON n.ingest_id = r.ingest_id AND n.revision = r.revision"
    )


def read_files(name: str, files: Collection[str]) -> str:
    """SQL for the rows of some files, on this machine, of a table."""
    spec = TABLES[name]
    columns = ", ".join(f'"{column}"' for column in spec.columns)
    if not files:
        typed = ", ".join(f'CAST(NULL AS {kind}) AS "{column}"' for column, kind in spec.columns.items())
        return f"SELECT {typed} WHERE false"
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    hive = "true, hive_types = {'bucket': SMALLINT}" if spec.partition else "false"
    return f"SELECT {columns} FROM read_parquet([{listed}], hive_partitioning = {hive})"


def in_buckets(files: Collection[str], buckets: set[int]) -> tuple[str, ...]:
    """Those files of the body that hold these buckets."""
    return tuple(file for file in files if int(file.rsplit("bucket=", 1)[1].split("/", 1)[0]) in buckets)


def _added_files(name: str, _files: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{column}"' for column in TABLES[name].columns)
    return f"SELECT {columns} FROM files_{name}"
