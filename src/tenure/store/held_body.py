"""Some customers' part of the body, read for whoever asks for others many times a minute."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

import duckdb

from tenure.store.engine import Handed
from tenure.store.room import Store
from tenure.store.snapshot import Pin, in_buckets, read_files
from tenure.store.tables import BUCKETS

__all__ = ["HeldBody", "Picked", "listed"]

Picked = Future[Handed]

PICKED = 110_000
"""For each key so many rows can be read through in the time it takes to pick the key's own out of a file."""


class HeldBody:
    """Reads on all cores. What the files say of themselves is kept as long as the body has the same files.

    To read that anew takes a fifth of the time. DuckDB forgets none of it, so with other files its database is made
    anew.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._files: tuple[str, ...] = ()
        self._con: duckdb.DuckDBPyConnection | None = None
        self._beside = ThreadPoolExecutor(1, "body")

    def begin(self, keys: Collection[int], body: Pin) -> Picked | None:
        """Begin to read what the body holds of these source keys; None where it holds nothing. One at a time.

        Whoever asks does something else meanwhile: the reading needs the interpreter no more than a query does.
        """
        files = {bucket: in_buckets(body.files, {bucket}) for bucket in {key % BUCKETS for key in keys}}
        files = {bucket: theirs for bucket, theirs in files.items() if theirs}
        if not files:
            return None
        through = body.ingest * len(files) // BUCKETS
        rows = self._picked(files, keys) if through > PICKED * len(keys) else self._read_through(files, keys)
        return self._beside.submit(self._read, rows, body)

    def _read(self, rows: str, body: Pin) -> Handed:
        reading = self._connection(body)
        reading.execute(f"CREATE OR REPLACE TEMP TABLE picked AS {rows}").fetchall()
        return Handed(reading.table("picked"))

    def into(self, con: duckdb.DuckDBPyConnection, table: str, picked: Picked | None) -> int:
        """Insert what was read into a table with the body's columns; how many rows that were."""
        if picked is None:
            return 0
        con.register("body_rows", picked.result())
        try:
            return int(con.execute(f"INSERT INTO {table} SELECT * FROM body_rows").fetchall()[0][0])
        finally:
            con.unregister("body_rows")

    def _read_through(self, files: dict[int, tuple[str, ...]], keys: Collection[int]) -> str:
        """SQL that reads all rows of the files. It joins a list: `IN (1, 2, …)` takes four times as long for many."""
        every = [file for theirs in files.values() for file in theirs]
        return f"{self._rows(every)} WHERE source_key IN (SELECT unnest([{listed(keys)}]::BIGINT[]))"

    def _picked(self, files: dict[int, tuple[str, ...]], keys: Collection[int]) -> str:
        """SQL that asks each file only for keys that it may hold, and so leaves out most row groups."""
        return " UNION ALL ".join(
            f"{self._rows(theirs)} WHERE source_key IN ({listed(key for key in keys if key % BUCKETS == bucket)})"
            for bucket, theirs in files.items()
        )

    def _rows(self, files: Collection[str]) -> str:
        return read_files("events_body", self._store.storage.local(files))

    def _connection(self, body: Pin) -> duckdb.DuckDBPyConnection:
        if self._con is None or self._files != tuple(body.files):
            if self._con is not None:
                self._con.close()
            self._con, self._files = self._store.connect(apart=True), tuple(body.files)
            self._con.execute("SET parquet_metadata_cache = true")
        return self._con


def listed(keys: Iterable[int]) -> str:
    """Keys for SQL's `IN (…)`; no key at all equals nothing."""
    return ", ".join(str(int(key)) for key in keys) or "NULL"
