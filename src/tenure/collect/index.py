"""The loader's index: what is already known, found without a scan. All of it can be made again from the store.

One SQLite file, `store/index.sqlite3`, written only under the workspace's lock. It may lag behind the store after a
crash; `catch_up` brings it level before anything is looked up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import duckdb

from tenure.collect import failpoints
from tenure.collect.beside import Beside
from tenure.collect.hashes import listed_sql
from tenure.collect.identity import value_hash_sql
from tenure.collect.orders import CONTENT, IS_ORDER, ORDER_KEY
from tenure.store import Store

__all__ = ["Index", "Link"]

Link = tuple[int, int, str, datetime, int]  # a, b, kind, when, import (0 for none)

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (tables hold naive UTC)


class Index:
    """Look-ups of identifiers, links, message ids and orders."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=20)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=NORMAL")  # what a power cut takes, catch_up brings back
        self._file.execute("PRAGMA cache_size=-65536")
        self._file.execute("PRAGMA temp_store=MEMORY")
        self._file.executescript(files(__package__).joinpath("index.sql").read_text("utf-8"))
        self._beside = Beside(self._file)
        self._stamp: tuple[int, ...] = ()

    @property
    def _db(self) -> sqlite3.Connection:
        """The file, when what is written beside stands in it."""
        self.wait()
        return self._file

    def wait(self) -> None:
        """Return when all that was to be remembered is. Raises what writing it raised; then the index may lag."""
        try:
            self._beside.wait()
        except BaseException:
            self._stamp = ()  # the next catch_up looks at the store again
            raise

    def _begin(self, write: Callable[[sqlite3.Connection], None], then: str | None = None) -> None:
        self.wait()
        self._beside.begin(write, then)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def about(self, name: str) -> int:
        """How far the index has seen the named part of the store."""
        found = self._db.execute("SELECT value FROM about WHERE name = ?", [name]).fetchone()
        return int(found[0]) if found else 0

    def _is_empty(self, table: str) -> bool:
        return self._db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is None

    def _say(self, name: str, value: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", [name, value])

    def identifiers(self, hashes: str | None) -> list[tuple[int, str, str]]:
        """(source key, kind, value) of the known identifiers whose hash is in a JSON array, and of few others."""
        if not hashes or self._is_empty("identifier"):
            return []
        found = (
            "SELECT i.source_key, i.kind, i.value FROM json_each(?) AS w"
            " CROSS JOIN identifier AS i ON i.value_hash = w.value"
        )
        return self._db.execute(found, [hashes]).fetchall()

    def add_identifiers(self, rows: Iterable[tuple[int, str, str, int]]) -> None:
        """Remember (source key, kind, value, value hash); written beside."""

        def write(file: sqlite3.Connection) -> None:
            file.executemany("INSERT OR REPLACE INTO identifier VALUES (?, ?, ?, ?)", rows)

        self._begin(write)

    def fresh_links(self, links: Sequence[Link]) -> list[Link]:
        """Those that are not known yet, or known with a later time."""
        found: list[Link] = []
        if not links or self._is_empty("link"):
            return list(links)
        for a, b, kind, at, import_id in links:
            known = self._db.execute(
                "SELECT moment FROM link WHERE a = ? AND b = ? AND kind = ? AND import_id = ?", [a, b, kind, import_id]
            ).fetchone()
            if known is None or (known[0] < _kept(at) if kind in ("merge", "cut") else known[0] > _kept(at)):
                found.append((a, b, kind, at, import_id))
        return found

    def add_links(self, links: Sequence[Link], total: int) -> None:
        """Remember links; `total` is how many the store holds with them."""
        self._db.execute("BEGIN")
        self._insert_links(links)
        self._say("links", total)
        self._db.execute("COMMIT")

    def _insert_links(self, links: Iterable[Link]) -> None:
        self._db.executemany(
            "INSERT INTO link (a, b, kind, import_id, moment) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " moment = CASE WHEN kind IN ('merge', 'cut') THEN max(moment, excluded.moment)"
            " ELSE min(moment, excluded.moment) END",
            ((a, b, kind, import_id, _kept(at)) for a, b, kind, at, import_id in links),
        )

    def forget_links(self, import_id: int) -> set[int]:
        """Forget the links of an import; returns the keys they joined."""
        pairs = self._db.execute("SELECT a, b FROM link WHERE import_id = ?", [import_id]).fetchall()
        self._db.execute("DELETE FROM link WHERE import_id = ?", [import_id])
        return {key for pair in pairs for key in pair}

    def neighbourhood(
        self, touched: Iterable[int], fresh: Iterable[Link] = ()
    ) -> tuple[list[tuple[int, str, str]], list[Link]]:
        """Identifiers (source key, kind, value) that touched ones may be one person with, and all links among them.

        `fresh` are links that are not recorded yet.
        """
        keys = self._closed(set(touched) | {key for a, b, *_ in fresh for key in (a, b)})
        nodes = self._chunked("SELECT source_key, kind, value FROM identifier WHERE source_key IN ({})", keys)
        links = self._chunked("SELECT a, b, kind, moment, import_id FROM link WHERE a IN ({})", keys)
        return nodes, [(a, b, kind, _EPOCH + timedelta(microseconds=at), made) for a, b, kind, at, made in links]

    def _closed(self, touched: set[int]) -> set[int]:
        """The people that touched keys belong to, those their links lead to, and all the identifiers of both."""
        reached = set(touched)
        reached |= {b for _, b in self._chunked("SELECT a, b FROM link WHERE a IN ({})", touched)}
        reached |= {a for a, _ in self._chunked("SELECT a, b FROM link WHERE b IN ({})", touched)}
        heads = set(self.customers(reached).values())
        members = self._chunked("SELECT source_key, customer_key FROM customer WHERE customer_key IN ({})", heads)
        return reached | heads | {key for key, _ in members}

    def customers(self, keys: Iterable[int]) -> dict[int, int]:
        """{source key: customer key}; who is linked to nobody is a customer alone."""
        wanted = set(keys)
        found = dict(self._chunked("SELECT source_key, customer_key FROM customer WHERE source_key IN ({})", wanted))
        return {key: found.get(key, key) for key in wanted}

    def members(self, keys: Iterable[int]) -> dict[int, int]:
        """{source key: customer key} of everybody behind the keys, with all source keys of each."""
        found = {key: key for key in self.customers(keys).values()}
        found.update(
            self._chunked("SELECT source_key, customer_key FROM customer WHERE customer_key IN ({})", set(found))
        )
        return found

    def external_ids(self, members: dict[int, int]) -> dict[int, str]:
        """The company's own id of each customer that has one; an id that an alias replaced only when there is no other.

        As the view `customers` of a snapshot says it.
        """
        replaced = {key for (key,) in self._chunked("SELECT a FROM link WHERE kind = 'alias' AND a IN ({})", members)}
        best: dict[int, tuple[bool, str]] = {}
        for key, value in self._chunked(
            "SELECT source_key, value FROM identifier WHERE kind = 'external' AND source_key IN ({})", members
        ):
            offer, customer = (key in replaced, value), members[key]
            best[customer] = min(best.get(customer, offer), offer)
        return {customer: value for customer, (_, value) in best.items()}

    def set_customers(self, changed: dict[int, int], revision: int) -> None:
        """Remember who belongs to whom since this revision of the store's id map."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO customer VALUES (?, ?)", changed.items())
        self._say("revision", revision)
        self._db.execute("COMMIT")

    def _chunked(self, query: str, keys: Iterable[int]) -> list[tuple]:  # type: ignore[type-arg]
        listed, found = list(keys), []
        for start in range(0, len(listed), 900):
            part = listed[start : start + 900]
            found += self._db.execute(query.format(", ".join("?" * len(part))), part).fetchall()
        return found

    def known_messages(self, hashes: str | None) -> list[int]:
        """Those message hashes of a JSON array that have been loaded."""
        if not hashes or self._is_empty("message"):
            return []
        found = "SELECT m.hash FROM json_each(?) AS w CROSS JOIN message AS m ON m.hash = w.value"
        return [row[0] for row in self._db.execute(found, [hashes])]

    def known_orders(self, keys: str | None) -> list[tuple[int, int, int]]:
        """(key, content, ingest id) of those orders of a JSON array of keys that stand in the store."""
        if not keys or self._is_empty("orders"):
            return []
        return self._db.execute(
            "SELECT o.key, o.content, o.ingest_id FROM json_each(?) AS w CROSS JOIN orders AS o ON o.key = w.value",
            [keys],
        ).fetchall()

    def add_events(
        self,
        messages: Iterable[tuple[int, int | None, str]],
        orders: Iterable[tuple[int, int, int, int | None]],
        last_ingest: int,
        settled: bool = False,
    ) -> None:
        """Remember what was loaded: (day, import, JSON array of hashes), (order key, content, ingest id, import).

        `settled`: none of it has refunds to settle. Written beside: SQLite takes an array in one step, while other
        threads of Python go on.
        """

        def write(file: sqlite3.Connection) -> None:
            file.executemany("INSERT OR IGNORE INTO message SELECT value, ?, ? FROM json_each(?)", messages)
            file.executemany("INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)", orders)
            failpoints.reach("loader.indexing")
            reached = ("ingest", "settled") if settled else ("ingest",)
            file.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", [(name, last_ingest) for name in reached])

        self._begin(write, "loader.indexed")

    def add_refunds(self, refunds: Iterable[tuple[int, str, int]]) -> None:
        """Remember refunds and cancellations: (ingest id, order id, source key)."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO refund VALUES (?, ?, ?)", refunds)
        self._db.execute("COMMIT")

    def refunded(self, orders: Iterable[str]) -> dict[str, set[int]]:
        """Those of the orders that have refunds or cancellations, with whose these are (source keys)."""
        found: dict[str, set[int]] = {}
        wanted = list(orders)
        if not wanted or self._is_empty("refund"):
            return found
        for start in range(0, len(wanted), 900):
            part = wanted[start : start + 900]
            marks = ", ".join("?" * len(part))
            for order, key in self._db.execute(
                f"SELECT order_id, source_key FROM refund WHERE order_id IN ({marks})", part
            ):
                found.setdefault(order, set()).add(key)
        return found

    def erase(self, keys: Iterable[int]) -> None:
        """Forget identifiers and everything by their keys; the file is written anew without them."""
        each = [(key,) for key in keys]
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.execute("BEGIN")
        for table, column in (("identifier", "source_key"), ("customer", "source_key"), ("refund", "source_key")):
            self._db.executemany(f"DELETE FROM {table} WHERE {column} = ?", each)
        self._db.executemany("DELETE FROM link WHERE a = ?1 OR b = ?1", each)
        self._db.execute("COMMIT")
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def note_settled(self, ingest: int) -> None:
        """Up to this event, refunds take back what they should."""
        self._say("settled", ingest)

    def note_retractions(self, store: Store) -> None:
        """The newest retractions are the loader's own."""
        self._say("retractions", store.tables["retractions"].version() + 1)

    def forget_messages(self, before: int) -> None:
        """Forget message ids of HTTP events received before this day (days since 1970)."""
        self._db.execute("DELETE FROM message WHERE day < ? AND import_id IS NULL", [before])

    # -- repair --------------------------------------------------------------------------------------------------

    def seems_level(self, store: Store) -> bool:
        """Whether nobody has written what the index knows since `is_level`; what is written beside counts as there."""
        return _stamp(store) == self._stamp

    def is_level(self, store: Store) -> None:
        """What was written last was written by this loader, and is indexed."""
        self._stamp = _stamp(store)

    def catch_up(self, store: Store) -> None:
        """Bring the index level with the store."""
        tables = store.tables
        if self._is_ahead(store):
            self._forget_all()
        if self._last_key() != (tables["identifiers"].position("source_key") or 0):
            self._reload_identifiers(store)
        if self.about("links") != (tables["links"].position("links") or 0):
            self._reload_links(store)
        if self.about("revision") != (tables["id_map"].position("revision") or 0):
            self._reload_customers(store)
        version = tables["retractions"].version() + 1
        if self.about("ingest") != store.last_ingest() or self.about("retractions") != version:
            self._reload_events(store, version)

    def _is_ahead(self, store: Store) -> bool:
        """Whether the index knows what the store does not: an older store was put in its place."""
        tables = store.tables
        return (
            self._last_key() > (tables["identifiers"].position("source_key") or 0)
            or self.about("links") > (tables["links"].position("links") or 0)
            or self.about("revision") > (tables["id_map"].position("revision") or 0)
            or self.about("ingest") > store.last_ingest()
        )

    def _forget_all(self) -> None:
        self._db.execute("BEGIN")
        for table in ("identifier", "link", "customer", "message", "orders", "refund", "about"):
            self._db.execute(f"DELETE FROM {table}")
        self._db.execute("COMMIT")

    def _last_key(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(source_key), 0) FROM identifier").fetchone()[0])

    def _reload_identifiers(self, store: Store) -> None:
        con = store.snapshot().connect("identifiers")
        hashed = value_hash_sql("kind", "value")
        after = self._last_key()
        fresh = f"SELECT source_key, kind, value, {hashed} FROM identifiers WHERE source_key > {after}"
        self.add_identifiers(_rows(con, fresh))
        self.wait()
        con.close()

    def _reload_links(self, store: Store) -> None:
        con = store.snapshot().connect("links", "retractions")
        self._db.execute("BEGIN")
        self._db.execute("DELETE FROM link")
        self._insert_links(
            _rows(
                con,
                'SELECT a_key, b_key, kind, "at", coalesce(import_id, 0) FROM links WHERE import_id IS NULL'
                " OR import_id NOT IN (SELECT id FROM retractions WHERE kind = 'import')",
            )
        )
        self._say("links", store.tables["links"].position("links") or 0)
        self._db.execute("COMMIT")
        con.close()

    def _reload_customers(self, store: Store) -> None:
        con = store.snapshot().connect("id_map")
        self._db.execute("BEGIN")
        self._db.execute("DELETE FROM customer")
        # Heads too: a customer of several identifiers lists all of them.
        self._db.executemany(
            "INSERT OR REPLACE INTO customer VALUES (?, ?)",
            _rows(con, "SELECT source_key, arg_max(customer_key, revision) FROM id_map GROUP BY source_key"),
        )
        self._say("revision", store.tables["id_map"].position("revision") or 0)
        self._db.execute("COMMIT")
        con.close()

    def _reload_events(self, store: Store, retractions: int) -> None:
        """Read the events that are not indexed; all of them after a retraction that came from elsewhere."""
        snapshot = store.snapshot()
        after = self.about("ingest")
        if self.about("retractions") != retractions:
            self._db.execute("DELETE FROM message")
            self._db.execute("DELETE FROM orders")
            self._say("settled", 0)
            after = 0
        con = snapshot.connect()
        messages = _rows(
            con,
            f"SELECT epoch_us(received_at) // 86400000000 AS day, import_id, {listed_sql('message_hash')}"
            f" FROM raw_events WHERE ingest_id > {after} AND message_hash IS NOT NULL AND (import_id IS NULL"
            " OR import_id NOT IN (SELECT id FROM retractions WHERE kind = 'import'))"
            " GROUP BY day, import_id, message_hash >> 57",  # a large import in 64 parts
        )
        orders = _rows(
            con,
            f"SELECT {ORDER_KEY}, {CONTENT}, ingest_id, import_id FROM events"
            f" WHERE ingest_id > {after} AND {IS_ORDER} ORDER BY ingest_id",
        )
        self.add_events(messages, orders, snapshot.last_ingest)
        self.wait()
        self._say("retractions", retractions)
        con.close()


def _stamp(store: Store) -> tuple[int, ...]:
    """Changes whenever any process writes what the index knows: the times of the tables' logs."""
    names = ("events_tail", "identifiers", "links", "id_map", "retractions")
    logs = [Path(store.tables[name].uri, "_delta_log") for name in names]
    return tuple(log.stat().st_mtime_ns if log.is_dir() else 0 for log in logs)


def _kept(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> Iterable[tuple]:  # type: ignore[type-arg]
    cursor = con.execute(query)
    while rows := cursor.fetchmany(50_000):
        yield from rows
