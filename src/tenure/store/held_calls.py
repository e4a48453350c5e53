"""Everybody's `group` calls in memory, beside the events of a few: each call is read once, when it appears."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from tenure.clock import local_day_sql
from tenure.store.companies import belonging_sql
from tenure.store.room import Store
from tenure.store.snapshot import Pin, read_files

__all__ = ["HeldCalls"]

_EMPTY = read_files("company_calls", ())
_RETRACTED = (
    "DELETE FROM company_calls WHERE ingest_id IN (SELECT id FROM retractions WHERE kind = 'event')"
    " OR ingest_id IN (SELECT ingest_id FROM group_calls WHERE import_id IN"
    " (SELECT id FROM retractions WHERE kind = 'import'))"
)
_COLLEAGUES = (
    "SELECT DISTINCT others.source_key FROM group_calls AS mine JOIN group_calls AS others"
    " ON others.company = mine.company WHERE list_contains(?, mine.source_key)"
)


class HeldCalls:
    """The temp tables `group_calls` (as they were said) and `company_calls` (as `belonging_sql`) of a connection.

    The connection follows `retractions` itself. What takes rows away, or is done by another process, begins all anew.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._versions: tuple[int, ...] = ()  # of the calls, the id map and the retractions
        self._zone = ""
        self._whole = False  # whether all calls there are were read
        self._seen = 0  # the last call that was read
        self._calls: set[str] = set()
        self._links: set[str] = set()

    def open(self, con: duckdb.DuckDBPyConnection) -> None:
        """Make the tables, empty."""
        belonging = belonging_sql(_EMPTY, "CAST(c.ts AS DATE)", identity="", retracted=False, last=0)
        _run(con, f"CREATE TEMP TABLE company_calls AS {belonging}")
        _run(con, f"CREATE TEMP TABLE group_calls AS {_EMPTY}")
        _run(con, "CREATE TEMP TABLE group_identity (source_key BIGINT, customer_key BIGINT)")

    def follow(self, con: duckdb.DuckDBPyConnection, last: int, said: int) -> None:
        """Read the calls up to event `last` that are new, and who belongs to whom and is taken back since.

        `said` is the version of `retractions` that the connection follows.
        """
        calls, links, zone = self._store.pin("company_calls"), self._store.pin("id_map"), self._store.settings.zone
        now = (calls.version, links.version, said)
        if not (calls.files or self._versions) or (self._whole and (now, zone) == (self._versions, self._zone)):
            return
        if zone != self._zone or not self._kept(now):
            self._begin_anew(con)
        retracted = self._versions[2:] != now[2:]
        self._versions, self._zone = now, zone
        self._read(con, calls, last)
        self._link(con, links)
        self._place(con, last)
        if retracted:
            _run(con, _RETRACTED)

    def colleagues(self, con: duckdb.DuckDBPyConnection, keys: Collection[int], after: int) -> set[int]:
        """As the store's `colleagues`, of what was followed."""
        called = "SELECT DISTINCT source_key FROM group_calls WHERE ingest_id > ? AND list_contains(?, source_key)"
        mine = [row[0] for row in con.execute(called, [after, list(keys)]).fetchall()]
        return {row[0] for row in con.execute(_COLLEAGUES, [mine]).fetchall()} if mine else set()

    def _kept(self, now: tuple[int, ...]) -> bool:
        names = ("company_calls", "id_map", "retractions")
        return bool(self._versions) and all(
            self._store.tables[name].kept_all(since, upto)
            for name, since, upto in zip(names, self._versions, now, strict=True)
        )

    def _begin_anew(self, con: duckdb.DuckDBPyConnection) -> None:
        for table in ("group_calls", "company_calls", "group_identity"):
            _run(con, f"TRUNCATE {table}")
        self._seen, self._calls, self._links, self._versions = 0, set(), set(), ()

    def _read(self, con: duckdb.DuckDBPyConnection, calls: Pin, last: int) -> None:
        """New calls into `group_new`. A file with calls of events that are not there yet is read again."""
        fresh = self._store.storage.local(set(calls.files) - self._calls)
        rows = f"{read_files('company_calls', fresh)}{' WHERE' if fresh else ' AND'}"
        _run(con, f"CREATE OR REPLACE TEMP TABLE group_new AS {rows} ingest_id > {self._seen} AND ingest_id <= {last}")
        newest = con.execute("SELECT max(ingest_id) FROM group_new").fetchall()[0][0]
        self._seen = max(self._seen, newest or 0)
        self._whole = calls.ingest <= last
        self._calls = set(calls.files) if self._whole else self._calls & set(calls.files)

    def _link(self, con: duckdb.DuckDBPyConnection, links: Pin) -> None:
        """Who belongs to whom: what was just written of everybody who called, and all of whoever calls for the first
        time.
        """
        fresh, told = set(links.files) - self._links, []
        self._links = set(links.files)
        if fresh:
            told.append(f"{self._linked(fresh)} WHERE source_key IN (SELECT source_key FROM group_calls)")
        first = "SELECT DISTINCT source_key FROM group_new ANTI JOIN group_calls USING (source_key)"
        _run(con, f"CREATE OR REPLACE TEMP TABLE group_first AS {first}")
        if links.files and con.execute("SELECT 1 FROM group_first LIMIT 1").fetchall():
            told.append(f"{self._linked(links.files)} WHERE source_key IN (SELECT source_key FROM group_first)")
        if told:
            self._relink(con, " UNION ALL ".join(told))

    def _linked(self, files: Collection[str]) -> str:
        return read_files("id_map", self._store.storage.local(files))

    def _relink(self, con: duckdb.DuckDBPyConnection, rows: str) -> None:
        newest = "SELECT source_key, arg_max(customer_key, revision) AS customer_key"
        _run(con, f"CREATE OR REPLACE TEMP TABLE group_moved AS {newest} FROM ({rows}) GROUP BY source_key")
        _run(con, "DELETE FROM group_identity WHERE source_key IN (SELECT source_key FROM group_moved)")
        _run(con, "INSERT INTO group_identity SELECT * FROM group_moved")
        _run(
            con,
            "UPDATE company_calls SET customer_key = m.customer_key FROM group_calls AS c, group_moved AS m"
            " WHERE c.ingest_id = company_calls.ingest_id AND m.source_key = c.source_key",
        )

    def _place(self, con: duckdb.DuckDBPyConnection, last: int) -> None:
        """What is new, under the customer it belongs to."""
        day = local_day_sql("c.ts", self._zone)
        rows = belonging_sql("SELECT * FROM group_new", day, identity="group_identity", retracted=True, last=last)
        _run(con, f"INSERT INTO company_calls {rows}")
        _run(con, "INSERT INTO group_calls SELECT * FROM group_new")
        _run(con, "DROP TABLE group_new")


def _run(con: duckdb.DuckDBPyConnection, query: str) -> None:
    con.execute(query).fetchall()
