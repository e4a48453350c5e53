"""The loader: staged events → the store, exactly once, whatever dies in between.

The append of the events, which carries the batch's position, is the one step that counts. What is done before it can
be done again without harm; what is done after it can be made again from the store (`Index.catch_up`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import duckdb
import numpy as np
from arro3.core import Array, DataType
from arro3.core import Table as Arrow

from tenure.collect import failpoints, identity, orders
from tenure.collect.hashes import MESSAGE_HASH, listed_sql
from tenure.collect.index import Index, Link
from tenure.collect.refunds import Refunds
from tenure.collect.staging import Batch, LoadResult
from tenure.store import Store

__all__ = ["KeepPersonal", "Loader"]

#: (origin, [(seq, source key, JSON object of personal fields, when)]): puts personal fields where they belong.
KeepPersonal = Callable[[str, Iterable[tuple[int, int, str, datetime]]], None]

_FEW = 300  # so many numbers are quicker written into the statement than handed over as an array
_STAGED = (
    "kind, name, ts, received_at, sent_at, original_at, source_id, import_id, order_id, amount, currency, products,"
    " properties"
).split(", ")


class Loader:
    """Loads staging tables. Needs the workspace's lock; one at a time."""

    def __init__(
        self,
        store: Store,
        secret: bytes,
        keep_personal: KeepPersonal,
        calling_code: Callable[[], str] = lambda: "",
        duplicate_days: Callable[[], int] = lambda: 30,
        sources: Callable[[], Sequence[int]] = lambda: (),
    ) -> None:
        self._store, self._pads, self._keep_personal = store, identity.pads(secret), keep_personal
        self._calling_code, self._duplicate_days = calling_code, duplicate_days
        self.index = Index(store.root / "index.sqlite3")
        self.refunds = Refunds(store, self.index, sources)
        self._swept = 0

    @contextmanager
    def working(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to record links in, with the index level and nobody else of this process writing."""
        with self._store.guard:
            self.catch_up()
            con = self._store.connect()
            try:
                yield con
            finally:
                con.close()

    def catch_up(self) -> None:
        """Bring the index level with the store."""
        if not self.index.seems_level(self._store):
            self.index.catch_up(self._store)
            self.refunds.catch_up()
            self.index.is_level(self._store)

    def wait(self) -> None:
        """Return when the index too holds what was loaded: it is written beside what follows."""
        self.index.wait()

    def load(self, con: duckdb.DuckDBPyConnection, batch: Batch, staging: str = "staging") -> LoadResult:
        """Load the staging table that `con` holds. A batch that was loaded before is passed over."""
        with self._store.guard:
            return self._load(con, batch, staging)

    def _load(self, con: duckdb.DuckDBPyConnection, batch: Batch, staging: str) -> LoadResult:
        self.catch_up()
        if batch.version <= self._store.position(batch.origin):
            return LoadResult()
        duplicates = self._drop_known_messages(con, staging)
        created = self._name_everyone(con)
        changed = self._link(con)
        refused = _number(con, "SELECT count(*) FROM resolved WHERE source_key IS NULL")
        same, replaced, gone = self._settle_orders(con, staging)
        accepted, touched = self._append(con, batch, gone, staging)
        self.index.is_level(self._store)
        return LoadResult(
            accepted=accepted,
            duplicates=duplicates + same,
            superseded=replaced,
            refused=refused,
            reasons={"no_id": refused} if refused else {},
            source_keys=touched | frozenset(changed),
            new_identifiers=created,
            customers_changed=bool(changed),
        )

    def _drop_known_messages(self, con: duckdb.DuckDBPyConnection, staging: str) -> int:
        """Makes `fresh`: incoming events without those whose message was loaded before or stands twice."""
        inner, outer = self._pads
        con.execute("SET VARIABLE inner_pad = ?::BLOB", [inner])
        con.execute("SET VARIABLE outer_pad = ?::BLOB", [outer])
        _run(
            con, "incoming", staging=staging, message_hash=MESSAGE_HASH,
            external=identity.usable_sql("external_id"), anonymous=identity.usable_sql("anonymous_id"),
            previous=identity.usable_sql("previous_id"),
            email_hash=identity.keyed_hash_sql("clean_email"), phone_hash=identity.keyed_hash_sql("clean_phone"),
            # An external id that is an e-mail address says the e-mail too.
            email=f"coalesce({identity.email_sql('email')}, {identity.email_sql('external_id')})",
            phone=identity.phone_sql("phone", self._calling_code()),
        )  # fmt: skip
        hashes = f"SELECT {listed_sql('message_hash')} FROM incoming WHERE message_hash IS NOT NULL"
        _integers(con, "known_messages", hash=self.index.known_messages(_text(con, hashes)))
        con.execute(
            "CREATE OR REPLACE TEMP TABLE fresh AS SELECT * FROM incoming"
            " WHERE (message_hash IS NULL OR message_hash NOT IN (SELECT hash FROM known_messages)) AND seq NOT IN ("
            "SELECT i.seq FROM incoming AS i JOIN (SELECT message_hash, min(seq) AS first FROM incoming"
            " GROUP BY message_hash HAVING count(*) > 1) AS d ON d.message_hash = i.message_hash AND i.seq > d.first)"
        )
        return _number(con, "SELECT (SELECT count(*) FROM incoming) - (SELECT count(*) FROM fresh)")

    def _name_everyone(self, con: duckdb.DuckDBPyConnection) -> int:
        """Makes `keys` (kind, value, source_key) and `resolved`; returns how many identifiers are new."""
        _run(con, "wanted", value_hash=identity.value_hash_sql("kind", "value"))
        hashes = f"SELECT {listed_sql('value_hash')} FROM (SELECT DISTINCT value_hash FROM wanted)"
        _known(con, self.index.identifiers(_text(con, hashes)))
        con.execute(
            "CREATE OR REPLACE TEMP TABLE newcomers AS SELECT row_number() OVER (ORDER BY kind, value) AS place, kind,"
            " value, value_hash FROM wanted ANTI JOIN known USING (kind, value)"
        )
        given = self._store.append_identifiers(con, "SELECT kind, value, value_hash FROM newcomers")
        failpoints.reach("loader.identifiers")
        key = f"{given.start - 1} + place"
        con.execute(
            "CREATE OR REPLACE TEMP TABLE keys AS SELECT kind, value, source_key FROM known SEMI JOIN wanted"
            f" USING (kind, value) UNION ALL SELECT kind, value, {key} FROM newcomers"
        )
        if len(given):
            self.index.add_identifiers(
                con.execute(f"SELECT {key}, kind, value, value_hash FROM newcomers ORDER BY place").fetchall()
            )
        _run(con, "resolved")
        return len(given)

    def _link(self, con: duckdb.DuckDBPyConnection) -> dict[int, int]:
        """Record which identifiers were seen together; returns {source key: customer key} of those who moved."""
        seen = con.execute(_sql("seen")).fetchall()
        return self.link([(a, b, kind, at, made) for a, b, kind, at, made in seen], con)

    def link(self, links: Sequence[Link], con: duckdb.DuckDBPyConnection) -> dict[int, int]:
        """Record links (seen, alias, merge, cut); returns {source key: customer key} of those who moved."""
        fresh = self.index.fresh_links(links)
        if not fresh:
            return {}
        changed = self._regroup(con, {key for a, b, *_ in fresh for key in (a, b)}, fresh)
        failpoints.reach("loader.id_map")
        total = (self._store.tables["links"].position("links") or 0) + len(fresh)
        _links(con, "new_links", fresh)
        self._store.append(
            "links", con, 'SELECT a_key, b_key, kind, "at", nullif(import_id, 0) AS import_id FROM new_links',
            {"links": total},
        )  # fmt: skip
        failpoints.reach("loader.links")
        self.index.add_links(fresh, total)
        return changed

    def unlink(self, import_id: int) -> dict[int, int]:
        """Forget the links that an undone import brought; returns {source key: customer key} of those who moved."""
        with self.working() as con:
            touched = self.index.forget_links(import_id)
            return self._regroup(con, touched, ()) if touched else {}

    def _regroup(self, con: duckdb.DuckDBPyConnection, touched: set[int], fresh: Sequence[Link]) -> dict[int, int]:
        """Say anew who is one person around the touched keys; returns those who moved."""
        self.near(con, touched, fresh)
        people = identity.people(con, "near_nodes", "near_links")
        before = self.index.customers(people)
        changed = {key: customer for key, customer in people.items() if before[key] != customer}
        if changed:
            _integers(con, "moved", source_key=list(changed), customer_key=list(changed.values()))
            self._store.append_id_map(con, "SELECT source_key, customer_key FROM moved")
            self.index.set_customers(changed, self._store.tables["id_map"].position("revision") or 0)
        return changed

    def near(self, con: duckdb.DuckDBPyConnection, touched: set[int], fresh: Sequence[Link] = ()) -> None:
        """Makes `near_nodes` and `near_links`: the touched keys, all they may be one person with, and their links."""
        nodes, known = self.index.neighbourhood(touched, fresh)
        columns: list[list[Any]] = [list(column) for column in zip(*nodes, strict=True)] or [[]] * 3
        ranks = [identity.RANKS.get(kind, 0) for kind in columns[1]]
        con.execute(
            "CREATE OR REPLACE TEMP TABLE near_nodes AS SELECT unnest(?::BIGINT[]) AS source_key,"
            " unnest(?::INTEGER[]) AS rank, unnest(?::VARCHAR[]) AS value",
            [columns[0], ranks, columns[2]],
        )
        _links(con, "near_links", [*known, *fresh])

    def _settle_orders(self, con: duckdb.DuckDBPyConnection, staging: str) -> tuple[int, int, list[int]]:
        """Makes `landing`, the events to append; returns (same again, replaced, ingest ids that are replaced)."""
        _run(
            con, "versions", staging=staging, is_order=orders.IS_ORDER, order_key=orders.ORDER_KEY,
            content=orders.CONTENT,
        )  # fmt: skip
        wanted = f"SELECT {listed_sql('order_key')} FROM (SELECT DISTINCT order_key FROM versions)"
        known = self.index.known_orders(_text(con, wanted))
        _integers(
            con, "known_orders", key=[row[0] for row in known], content=[row[1] for row in known],
            ingest_id=[row[2] for row in known],
        )  # fmt: skip
        _run(con, "landing")
        same = _number(
            con,
            "SELECT count(*) FROM versions AS v LEFT JOIN known_orders AS k ON k.key = v.order_key WHERE"
            " (v.is_last AND v.content = k.content) OR (NOT v.is_last AND v.content = v.last_content)",
        )
        stale = _number(con, "SELECT count(*) FROM versions WHERE NOT is_last AND content <> last_content")
        gone = con.execute("SELECT replaces FROM landing WHERE replaces IS NOT NULL ORDER BY 1").fetchall()
        return same, stale + len(gone), [row[0] for row in gone]

    def _append(
        self, con: duckdb.DuckDBPyConnection, batch: Batch, gone: list[int], staging: str
    ) -> tuple[int, frozenset[int]]:
        """Put everything in its place, the events last; returns how many, and whose."""
        personal = con.execute(
            f"SELECT r.seq, r.source_key, s.personal, s.ts FROM {staging} AS s JOIN resolved AS r ON r.seq = s.seq"
            " WHERE s.personal IS NOT NULL AND r.source_key IS NOT NULL ORDER BY r.seq"
        ).fetchall()
        self._keep_personal(
            f"{batch.origin}/{batch.version}",
            ((seq, key, text, at.replace(tzinfo=UTC)) for seq, key, text, at in personal),
        )
        failpoints.reach("loader.personal")
        self._retract(con, batch, gone)
        touched = frozenset(row[0] for row in con.execute("SELECT DISTINCT source_key FROM landing").fetchall())
        if not touched:
            return 0, touched
        listed = ", ".join(f"s.{name}" for name in _STAGED)
        landed = f"FROM landing AS l JOIN {staging} AS s ON s.seq = l.seq"
        whole = f"SELECT l.seq, l.source_key, l.message_hash, {listed} {landed}"
        given = self._store.append_events(con, whole, {batch.origin: batch.version})
        failpoints.reach("loader.events")
        messages = con.execute(
            f"SELECT day, import_id, {listed_sql('message_hash')} FROM landing WHERE message_hash IS NOT NULL"
            " GROUP BY day, import_id"
        ).fetchall()
        kept = con.execute(
            "SELECT l.order_key, l.content, n.ingest_id, l.import_id, s.order_id, l.source_key,"
            f" {orders.IS_REFUND} FROM landing AS l JOIN numbered AS n ON n.seq = l.seq JOIN {staging} AS s"
            " ON s.seq = l.seq WHERE l.content IS NOT NULL ORDER BY l.order_key"
        ).fetchall()
        self.index.add_refunds((row[2], row[4], row[5]) for row in kept if row[6])
        self._sweep(con)
        refunded = self.index.refunded({row[4] for row in kept})
        self.index.add_events(messages, (row[:4] for row in kept), given.stop - 1, settled=not refunded)
        return len(given), touched | (self.refunds.settle(refunded) if refunded else frozenset())

    def _retract(self, con: duckdb.DuckDBPyConnection, batch: Batch, gone: list[int]) -> None:
        if not gone:
            return
        _integers(con, "gone", id=gone)
        cause = (batch.cause or batch.origin).replace("'", "''")
        self._store.append(
            "retractions",
            con,
            f"SELECT 'event' AS kind, id, '{cause}' AS cause, now()::TIMESTAMP AS \"at\" FROM gone",
        )
        self.index.note_retractions(self._store)
        failpoints.reach("loader.retractions")

    def _sweep(self, con: duckdb.DuckDBPyConnection) -> None:
        """Once a day, forget message ids that are too old to come again."""
        today = _number(con, "SELECT max(day) FROM landing")
        if today > self._swept:
            self.index.forget_messages(today - self._duplicate_days())
            self._swept = today


def _sql(name: str) -> str:
    return files(__package__).joinpath(f"{name}.sql").read_text("utf-8")


def _run(con: duckdb.DuckDBPyConnection, name: str, **parts: str) -> None:
    text = _sql(name)
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(f"${part}", parts[part])
    con.execute(text)


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0] or 0)


def _text(con: duckdb.DuckDBPyConnection, query: str) -> str | None:
    found: str | None = con.execute(query).fetchall()[0][0]
    return found


def _integers(con: duckdb.DuckDBPyConnection, table: str, **columns: Sequence[int]) -> None:
    """A temporary table of integer columns."""
    count = len(next(iter(columns.values())))
    if count > _FEW:
        con.register("given", {name: np.array(values, dtype=np.int64) for name, values in columns.items()})
        con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM given")
        con.unregister("given")
        return
    listed = ", ".join(f"CAST({name} AS BIGINT) AS {name}" for name in columns)
    rows = ", ".join(f"({', '.join(str(int(value)) for value in row)})" for row in zip(*columns.values(), strict=True))
    found = rows or f"({', '.join('0' for _ in columns)})"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {listed} FROM (VALUES {found}) AS given({', '.join(columns)})"
        f"{'' if rows else ' LIMIT 0'}"
    )


def _known(con: duckdb.DuckDBPyConnection, found: Sequence[tuple[int, str, str]]) -> None:
    """Makes `known` (source_key, kind, value)."""
    keys, kinds, values = zip(*found, strict=True) if found else ((), (), ())
    given: dict[str, Any] = {
        "source_key": Array(keys, DataType.int64()),
        "kind": Array(kinds, DataType.utf8()),
        "value": Array(values, DataType.utf8()),
    }
    con.register("given", Arrow.from_pydict(given))
    con.execute("CREATE OR REPLACE TEMP TABLE known AS SELECT * FROM given")
    con.unregister("given")


def _links(con: duckdb.DuckDBPyConnection, table: str, links: Sequence[Link]) -> None:
    columns: list[list[Any]] = [list(column) for column in zip(*links, strict=True)] or [[]] * 5
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT unnest(?::BIGINT[]) AS a_key, unnest(?::BIGINT[]) AS b_key,"
        ' unnest(?::VARCHAR[]) AS kind, unnest(?::TIMESTAMP[]) AS "at", unnest(?::INTEGER[]) AS import_id',
        columns,
    )
