"""The Delta tables that facts live in: their columns, and one thin handle each."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

import duckdb
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from tenure.errors import StoreError
from tenure.store.layout import WRITTEN
from tenure.store.scores import SCORES, score_columns
from tenure.store.storage import Storage

__all__ = ["BUCKETS", "EVENT_COLUMNS", "TABLES", "Table", "TableSpec"]

BUCKETS = 32

PRODUCTS = "STRUCT(product VARCHAR, name VARCHAR, category VARCHAR, quantity DOUBLE, price BIGINT)[]"

EVENT_COLUMNS = {
    "ingest_id": "BIGINT",
    "source_key": "BIGINT",
    "bucket": "SMALLINT",
    "kind": "VARCHAR",
    "name": "VARCHAR",
    "ts": "TIMESTAMP",
    "received_at": "TIMESTAMP",
    "sent_at": "TIMESTAMP",
    "original_at": "TIMESTAMP",
    "message_hash": "BIGINT",
    "source_id": "INTEGER",
    "import_id": "INTEGER",
    "order_id": "VARCHAR",
    "amount": "BIGINT",
    "currency": "VARCHAR",
    "products": PRODUCTS,
    "properties": "VARCHAR",
}


@dataclass(frozen=True)
class TableSpec:
    """A table's columns (SQL types), the columns whose statistics the log may hold, and its partition column."""

    name: str
    columns: Mapping[str, str]
    statistics: str
    partition: str | None = None


TABLES = {
    spec.name: spec
    for spec in (
        TableSpec("events_tail", EVENT_COLUMNS, "ingest_id,ts,source_key"),
        TableSpec("events_body", EVENT_COLUMNS, "ingest_id,ts,source_key", "bucket"),
        TableSpec(
            "identifiers",
            {"source_key": "BIGINT", "kind": "VARCHAR", "value": "VARCHAR", "value_hash": "BIGINT"},
            "source_key",
        ),
        TableSpec(
            "links",
            {"a_key": "BIGINT", "b_key": "BIGINT", "kind": "VARCHAR", "at": "TIMESTAMP", "import_id": "INTEGER"},
            "a_key,b_key",
        ),
        TableSpec(
            "id_map", {"source_key": "BIGINT", "customer_key": "BIGINT", "revision": "BIGINT"}, "source_key,revision"
        ),
        TableSpec(
            "refunds",
            {
                "ingest_id": "BIGINT",
                "amount": "BIGINT",
                "currency": "VARCHAR",
                "products": PRODUCTS,
                "reason": "VARCHAR",
                "revision": "BIGINT",
            },
            "ingest_id,revision",
        ),
        TableSpec(  # one row per `group` call, copied from the events so that a few customers need not read all
            "company_calls",
            {
                "ingest_id": "BIGINT",
                "source_key": "BIGINT",
                "company": "VARCHAR",
                "ts": "TIMESTAMP",
                "received_at": "TIMESTAMP",
                "import_id": "INTEGER",
                "properties": "VARCHAR",
            },
            "ingest_id,source_key",
        ),
        TableSpec("retractions", {"kind": "VARCHAR", "id": "BIGINT", "cause": "VARCHAR", "at": "TIMESTAMP"}, "id"),
        TableSpec(
            "imports",
            {
                "import_id": "INTEGER",
                "kind": "VARCHAR",
                "file": "VARCHAR",
                "source_id": "INTEGER",
                "at": "TIMESTAMP",
                "by": "VARCHAR",
                "state": "VARCHAR",
                "result": "VARCHAR",
            },
            "import_id",
        ),
        TableSpec(
            "costs",
            {
                "cost_hash": "BIGINT",
                "import_id": "INTEGER",
                "source_id": "INTEGER",
                "from": "DATE",
                "until": "DATE",
                "channel": "VARCHAR",
                "kind": "VARCHAR",
                "amount": "BIGINT",
                "currency": "VARCHAR",
                "persona": "VARCHAR",
                "segment": "VARCHAR",
            },
            "import_id,from",
        ),
        TableSpec(
            "stage_history",
            {
                "customer_key": "BIGINT",
                "lifecycle": "VARCHAR",
                "stage": "VARCHAR",
                "entered": "DATE",
                "left": "DATE",
                "previous": "VARCHAR",
                "cause": "VARCHAR",
            },
            "customer_key",
        ),
        TableSpec(
            "segment_history",
            {"customer_key": "BIGINT", "month": "DATE", "segment": "VARCHAR", "revenue": "BIGINT"},
            "customer_key",
        ),
        TableSpec(
            "membership_history",
            {"customer_key": "BIGINT", "segment": "VARCHAR", "entered": "DATE", "left": "DATE"},
            "customer_key",
        ),
        TableSpec(  # one row per buyer: the next 365 days as expected at `as_of`; money in minor units, NULL if unknown
            "value",
            {
                "customer_key": "BIGINT",
                "purchases": "DOUBLE",
                "alive": "DOUBLE",
                "value": "BIGINT",
                "low": "BIGINT",
                "high": "BIGINT",
                "model": "VARCHAR",
                "as_of": "TIMESTAMP",
            },
            "customer_key",
        ),
        TableSpec(  # one row per customer who ever held a contract: what that is of `purchases` and `value` in `value`
            "renewals",
            {"customer_key": "BIGINT", "renewals": "DOUBLE", "value": "BIGINT", "as_of": "TIMESTAMP"},
            "customer_key",
        ),
        TableSpec(  # one row per contract with a risk of its own: what its value loses by that, minor units
            "stakes",
            {"customer_key": "BIGINT", "amount": "BIGINT", "as_of": "TIMESTAMP"},
            "customer_key",
        ),
        TableSpec(  # one row per buyer: how likely no purchase in the next `days` is, as expected at `as_of`
            "risk",
            {
                "customer_key": "BIGINT",
                "probability": "DOUBLE",
                "band": "VARCHAR",
                "days": "INTEGER",
                "model": "VARCHAR",
                "as_of": "TIMESTAMP",
            },
            "customer_key",
        ),
        TableSpec(  # one row per buyer: when it orders next, as expected at `as_of`, and the gap in days behind that
            "next_orders",
            {"customer_key": "BIGINT", "gap": "DOUBLE", "next_day": "DATE", "as_of": "TIMESTAMP"},
            "customer_key",
        ),
        TableSpec(  # one row per buyer, kind and place: a product to offer, with the figures of its reason
            "recommendations",
            {
                "customer_key": "BIGINT",
                "kind": "VARCHAR",
                "place": "INTEGER",
                "product": "VARCHAR",
                "score": "DOUBLE",
                "because": "VARCHAR",
                "figure": "DOUBLE",
                "n": "BIGINT",
                "days": "DOUBLE",
                "day": "DATE",
                "amount": "BIGINT",
                "as_of": "TIMESTAMP",
            },
            "customer_key",
        ),
        TableSpec(  # one row per buyer and product it buys again: after how many days, and when that falls due
            "replenishments",
            {
                "customer_key": "BIGINT",
                "product": "VARCHAR",
                "times": "BIGINT",
                "last_day": "DATE",
                "days": "DOUBLE",
                "due_day": "DATE",
                "as_of": "TIMESTAMP",
            },
            "customer_key",
        ),
        TableSpec(  # one row per buyer and category it leans to: the share of its lines, against the shop's
            "category_affinities",
            {
                "customer_key": "BIGINT",
                "category": "VARCHAR",
                "share": "DOUBLE",
                "lift": "DOUBLE",
                "n": "BIGINT",
                "as_of": "TIMESTAMP",
            },
            "customer_key",
        ),
        TableSpec(  # one row per value segment and category: its share of lines against the shop's, with interval
            "category_leanings",
            {
                "segment": "VARCHAR",
                "category": "VARCHAR",
                "customers": "BIGINT",
                "share": "DOUBLE",
                "lift": "DOUBLE",
                "low": "DOUBLE",
                "high": "DOUBLE",
                "as_of": "TIMESTAMP",
            },
            "segment",
        ),
        TableSpec(  # one row per product ever sold: how it sells (lately: 90 days), whether it is offered
            "products",
            {
                "product": "VARCHAR",
                "title": "VARCHAR",
                "category": "VARCHAR",
                "price": "BIGINT",
                "buyers": "BIGINT",
                "first_day": "DATE",
                "last_day": "DATE",
                "units": "DOUBLE",
                "returned": "DOUBLE",
                "units_lately": "DOUBLE",
                "units_before": "DOUBLE",
                "revenue_lately": "BIGINT",
                "buyers_lately": "BIGINT",
                "buyers_now": "BIGINT",
                "stock": "DOUBLE",
                "state": "VARCHAR",
                "days": "DOUBLE",
                "rebuyers": "BIGINT",
                "as_of": "TIMESTAMP",
            },
            "product",
        ),
        TableSpec(  # one row per bundle of two or three products that stand in one basket beyond chance
            "product_bundles",
            {
                "place": "INTEGER",
                "products": "VARCHAR[]",
                "baskets": "BIGINT",
                "share": "DOUBLE",
                "lift": "DOUBLE",
                "price": "BIGINT",
                "as_of": "TIMESTAMP",
            },
            "place",
        ),
        TableSpec(  # one row per day and category ("" is the whole shop): customers who ordered
            "daily_sales", {"day": "DATE", "category": "VARCHAR", "orders": "BIGINT"}, "day"
        ),
        TableSpec("needs_report", {"as_of": "TIMESTAMP", "report": "VARCHAR"}, "as_of"),
        TableSpec(  # one row per buyer: how well it is (0–100), the groups' scores (JSON), and 30 days before `as_of`
            "health",
            {
                "customer_key": "BIGINT",
                "score": "DOUBLE",
                "band": "VARCHAR",
                "groups": "VARCHAR",
                "before": "DOUBLE",
                "segment": "VARCHAR",
                "as_of": "TIMESTAMP",
            },
            "customer_key",
        ),
        *(  # one row per customer and score that moved; beside it one row per customer, the newest: see scores.py
            TableSpec(f"{source}_{kind}", score_columns(source), "customer_key,as_of")
            for source in SCORES
            for kind in ("history", "scores")
        ),
        TableSpec("risk_model", {"as_of": "TIMESTAMP", "model": "VARCHAR", "report": "VARCHAR"}, "as_of"),
        TableSpec("value_model", {"as_of": "TIMESTAMP", "model": "VARCHAR", "report": "VARCHAR"}, "as_of"),
    )
}


@dataclass
class Table:
    """A handle on one Delta table. One writer at a time; any number of readers in any process."""

    spec: TableSpec
    storage: Storage
    _handle: DeltaTable | None = None
    _guard: threading.RLock = field(default_factory=threading.RLock)
    _positions: tuple[int, dict[str, int | None]] = (-1, {})
    _kept: set[int] = field(default_factory=set)

    @property
    def uri(self) -> str:
        """Where the table lives."""
        return self.storage.uri(self.spec.name)

    @property
    def _log(self) -> str:
        """The folder of the table's log, where the store is a folder."""
        return f"{self.storage.root}/{self.spec.name}/_delta_log"

    def _open(self) -> DeltaTable | None:
        """The table, or None before its first row. Without a log delta-rs, slower to say so, is not asked."""
        if not self.storage.remote and not os.path.isdir(self._log):
            return None
        try:
            return DeltaTable(self.uri, storage_options=self.storage.options)
        except TableNotFoundError:
            return None

    def handle(self, refresh: bool = True) -> DeltaTable | None:
        """The table at its newest version, or None before its first row."""
        with self._guard:
            if self._handle is None:
                self._handle = self._open()
            elif refresh:
                self._refresh(self._handle)
            return self._handle

    def _refresh(self, handle: DeltaTable) -> None:
        """Read newer versions, if there are any: looking for the next one's file costs far less than asking for it.

        Versions follow each other without gaps, and the log is cleaned from its oldest end.
        """
        log, version = self._log, int(handle.version())
        if (
            self.storage.remote
            or os.path.exists(f"{log}/{version + 1:020d}.json")
            or not os.path.exists(f"{log}/{version:020d}.json")
        ):
            handle.update_incremental()

    def version(self) -> int:
        """The newest version; -1 before the first row."""
        found = self.handle()
        return -1 if found is None else int(found.version())

    def pinned(self) -> tuple[int, tuple[str, ...], dict[str, int]]:
        """(version, its files, positions recorded under `ingest`), read together."""
        with self._guard:
            found = self.handle()
            if found is None:
                return -1, (), {}
            last = self._position(found, "ingest")
            files = tuple(unquote(file) for file in found.file_uris())  # a space comes as %20
            return int(found.version()), files, {"ingest": int(last or 0)}

    def position(self, name: str) -> int | None:
        """The position recorded with the last append under this name; None if there was none."""
        with self._guard:
            found = self.handle()
            return None if found is None else self._position(found, name)

    def _position(self, handle: DeltaTable, name: str) -> int | None:
        """Asking Delta takes milliseconds, so what one version answered is remembered until the next."""
        version = int(handle.version())
        if self._positions[0] != version:
            self._positions = (version, {})
        known = self._positions[1]
        if name not in known:
            value = handle.transaction_version(name)
            known[name] = None if value is None else int(value)
        return known[name]

    def kept_all(self, since: int, upto: int) -> bool:
        """Whether this handle itself wrote all versions after `since` up to `upto`, and none took a row away."""
        return all(version in self._kept for version in range(since + 1, upto + 1))

    def append(
        self, rows: duckdb.DuckDBPyRelation, positions: Mapping[str, int] | None = None, overwrite: bool = False
    ) -> None:
        """Append the relation's rows and record the positions, in one commit. Raises StoreError when refused."""
        commit = CommitProperties(app_transactions=[Transaction(name, at) for name, at in (positions or {}).items()])
        target = self.handle(refresh=False)
        before = None if target is None else (int(target.version()), self._positions)
        try:
            write_deltalake(
                target if target is not None else self.uri,
                rows,
                mode="overwrite" if overwrite else "append",
                partition_by=[self.spec.partition] if self.spec.partition else None,
                configuration=None if target is not None else self._configuration(),
                writer_properties=WRITTEN,
                commit_properties=commit,
                storage_options=self.storage.options,
            )
        except CommitFailedError as error:
            raise StoreError(f"Another process has written to {self.spec.name}; open the workspace again.") from error
        if target is None:
            self._kept.add(0)
        elif before is not None and not overwrite:
            self._appended(target, before, positions or {})

    def _appended(
        self, target: DeltaTable, before: tuple[int, tuple[int, dict[str, int | None]]], positions: Mapping[str, int]
    ) -> None:
        """An append adds one version; the positions it did not name are those of the version before."""
        version, (known_at, known) = before
        now = int(target.version())
        if now == version + 1:
            self._kept.add(now)
            self._positions = (now, {**(known if known_at == version else {}), **positions})

    def _configuration(self) -> dict[str, str | None]:
        return {
            "delta.dataSkippingStatsColumns": self.spec.statistics,
            "delta.checkpointInterval": "50",
            "delta.logRetentionDuration": "interval 1 hours",
            "delta.deletedFileRetentionDuration": "interval 1 hours",
        }

    def delete(self, predicate: str, moved: bool = False) -> None:
        """Remove rows; physically only after `vacuum`. `moved`: they stand in another table now."""
        found = self.handle()
        if found is not None:
            before = int(found.version())
            found.delete(predicate)
            if moved:
                self._keep(before, found)

    def _keep(self, before: int, handle: DeltaTable) -> None:
        self._kept.update(range(before + 1, int(handle.version()) + 1))

    def optimise(self) -> None:
        """Join small files into large ones; readers of older versions are not disturbed."""
        found = self.handle()
        if found is not None:
            before = int(found.version())
            found.optimize.compact(writer_properties=WRITTEN)
            self._keep(before, found)

    def vacuum(self, hours: int = 1) -> int:
        """Delete files no version of the last `hours` needs; returns how many."""
        found = self.handle()
        if found is None:
            return 0
        before = int(found.version())
        removed = found.vacuum(retention_hours=hours, dry_run=False, enforce_retention_duration=False)
        self._keep(before, found)
        return len(removed)

    def files(self) -> int:
        """How many data files the newest version has."""
        return len(self.pinned()[1])
