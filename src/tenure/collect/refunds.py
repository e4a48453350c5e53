"""What a refund or a cancellation takes back: derived from the order it names, kept beside the events it is about.

`Order Refunded` without an amount and `Order Cancelled` take what is left of their order; one with an amount takes it
as far as the order goes. So an order and its refunds never sum below zero, in whatever order they arrive. What was
derived stands in the table `refunds`; deleting it and settling again gives the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

import duckdb

from tenure.collect import failpoints
from tenure.collect.hashes import listed_sql
from tenure.collect.index import Index
from tenure.collect.orders import IS_ORDER, IS_REFUND, ORDER_KEY
from tenure.store import BUCKETS, Store

__all__ = ["WAITING", "Refunds", "Waiting", "waiting"]

#: Why a refund takes nothing yet, for people in both languages.
WAITING: dict[str, tuple[str, str]] = {
    "no_order": ("The order it names is not known yet.", "找不到对应的订单，可能还没有传来。"),
    "no_total": ("The order it names has no amount.", "对应的订单没有金额。"),
    "no_price": ("It lists products whose price is not known.", "所列商品没有单价，无法计算金额。"),
}
_MANY = 1000  # touched orders from which on reading everything once is quicker
_STANDING = (
    "ingest_id NOT IN (SELECT id FROM retractions WHERE kind = 'event')"
    " AND (import_id IS NULL OR import_id NOT IN (SELECT id FROM retractions WHERE kind = 'import'))"
)
_DIFFERENT = " OR ".join(f"d.{name} IS DISTINCT FROM f.{name}" for name in ("amount", "currency", "products", "reason"))


@dataclass(frozen=True)
class Waiting:
    """A refund or cancellation that takes nothing back yet, and why (a key of WAITING)."""

    customer_key: int
    name: str
    order_id: str
    at: datetime
    source_id: int
    reason: str

    def words(self, language: str) -> str:
        """The reason for people."""
        english, chinese = WAITING[self.reason]
        return chinese if language.startswith("zh") else english


def waiting(store: Store, limit: int = 50) -> tuple[int, list[Waiting]]:
    """How many refunds wait, and the newest of them."""
    snapshot = store.snapshot()
    if snapshot.pins["refunds"].version < 0:
        return 0, []
    con = snapshot.connect()
    try:
        found = (
            "SELECT e.customer_key, e.name, e.order_id, e.ts, e.source_id, s.reason FROM events AS e"
            " JOIN settled AS s ON s.ingest_id = e.ingest_id WHERE s.reason IS NOT NULL"
        )
        con.execute(f"CREATE TEMP TABLE waits AS {found}")
        total = int(con.execute("SELECT count(*) FROM waits").fetchall()[0][0])
        rows = con.execute("SELECT * FROM waits ORDER BY ts DESC, order_id LIMIT ?", [limit]).fetchall()
    finally:
        con.close()
    return total, [
        Waiting(key, name, order, at.replace(tzinfo=UTC), source, why) for key, name, order, at, source, why in rows
    ]


class Refunds:
    """Settling refunds after events were loaded. Needs the workspace's lock."""

    def __init__(self, store: Store, index: Index, sources: Callable[[], Sequence[int]]) -> None:
        self._store, self._index, self._sources = store, index, sources

    def settle(self, orders: Iterable[str]) -> frozenset[int]:
        """Settle these orders, of which some may have refunds; returns whose facts changed (source keys)."""
        touched = self._index.refunded(orders)
        changed = self._settle(touched) if touched else frozenset()
        self._index.note_settled(self._store.last_ingest())
        return changed

    def catch_up(self) -> None:
        """Settle what was loaded and not settled: the process died in between, or an import was undone."""
        since = self._index.about("settled")
        if since != self._store.last_ingest():
            con = self._store.snapshot().connect()
            news = f"FROM raw_events WHERE ingest_id > {since}"
            refunds = con.execute(f"SELECT ingest_id, order_id, source_key {news} AND {IS_REFUND}").fetchall()
            self._index.add_refunds(refunds)
            orders = con.execute(f"SELECT DISTINCT order_id {news} AND {IS_ORDER}").fetchall()
            con.close()
            self.settle(row[0] for row in orders)

    def _settle(self, touched: dict[str, set[int]]) -> frozenset[int]:
        """`touched`: the orders with refunds, and the source keys of those refunds."""
        snapshot = self._store.snapshot()
        con = self._store.connect()
        try:
            con.execute("CREATE TEMP TABLE touched AS SELECT unnest(?::VARCHAR[]) AS order_id", [list(touched)])
            near = {key % BUCKETS for keys in touched.values() for key in keys}
            buckets = near if len(touched) < _MANY else None
            snapshot.attach_raw(con, buckets)
            self._read(con)
            if buckets is not None and self._misses_an_order(con):
                snapshot.attach_raw(con, None)
                self._read(con)
            return self._keep(con)
        finally:
            con.close()

    def _read(self, con: duckdb.DuckDBPyConnection) -> None:
        """Make `sale`: all that stands of the touched orders, as it was said."""
        con.execute(
            "CREATE OR REPLACE TEMP TABLE sale AS SELECT ingest_id, source_id, source_key, order_id, name, ts, amount,"
            " currency, products, import_id, message_hash FROM raw_events"
            f" WHERE order_id IN (SELECT order_id FROM touched) AND {_STANDING}"
        )

    def _misses_an_order(self, con: duckdb.DuckDBPyConnection) -> bool:
        """Whether an order that the index knows lies in a part of the store that was not read."""
        listed = ", ".join(f"({int(source)})" for source in self._sources()) or "(0)"
        keys = con.execute(
            f"SELECT {listed_sql(ORDER_KEY)} FROM (SELECT t.order_id, s.source_id, 'Order Completed' AS name,"
            f" NULL AS import_id, NULL AS properties, NULL AS ts FROM touched AS t, (VALUES {listed}) AS s(source_id))"
        ).fetchall()
        known = {ingest for _, _, ingest in self._index.known_orders(keys[0][0])}
        found = con.execute("SELECT ingest_id FROM sale WHERE name = 'Order Completed'").fetchall()
        return not known <= {row[0] for row in found}

    def _keep(self, con: duckdb.DuckDBPyConnection) -> frozenset[int]:
        """Write what differs from what was settled before; returns whose it is."""
        con.execute(f"CREATE TEMP TABLE fresh AS {files(__package__).joinpath('settled.sql').read_text('utf-8')}")
        con.execute(
            "CREATE TEMP TABLE differing AS SELECT f.* FROM fresh AS f LEFT JOIN settled AS d USING (ingest_id)"
            " WHERE CASE WHEN d.ingest_id IS NULL THEN f.reason IS NOT NULL OR f.amount IS DISTINCT FROM f.said_amount"
            f" ELSE {_DIFFERENT} END"
        )
        rows = con.execute("SELECT DISTINCT source_key FROM differing").fetchall()
        if rows:
            revision = (self._store.tables["refunds"].position("revision") or 0) + 1
            self._store.append(
                "refunds", con,
                f"SELECT ingest_id, amount, currency, products, reason, {revision} AS revision FROM differing",
                {"revision": revision},
            )  # fmt: skip
        failpoints.reach("loader.refunds")
        return frozenset(row[0] for row in rows)
