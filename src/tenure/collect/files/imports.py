"""Imports: every file taken in has an id, who, when and what; it is taken in once, and can be undone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from tenure.clock import Clock
from tenure.collect.orders import IS_ORDER, ORDER_KEY
from tenure.errors import NotFound, UsageError
from tenure.store import Store

__all__ = ["DONE", "FAILED", "RUNNING", "UNDONE", "Import", "ImportLog", "ImportResult", "Pulled"]

RUNNING, DONE, FAILED, UNDONE = "running", "done", "failed", "undone"


@dataclass(frozen=True)
class ImportResult:
    """What an import did. `accepted`, `duplicates` and `refused` count lines; the rest is of the accepted ones.

    `revenue` is net and `costs` are a cost file's, minor units by currency; `orders` counts documents, cancellations
    too; `replaced` events are former versions of orders.
    """

    import_id: int | None = None
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    customers: int = 0
    orders: int = 0
    refunds: int = 0
    replaced: int = 0
    revenue: Mapping[str, int] = field(default_factory=dict)
    costs: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    dry_run: bool = False
    touched: frozenset[int] = field(default=frozenset(), repr=False)  # source keys whose facts changed

    def document(self) -> dict[str, Any]:
        """The JSON document the command line prints."""
        return {
            "import": self.import_id,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "refused": self.refused,
            "reasons": dict(self.reasons),
            "customers": self.customers,
            "orders": self.orders,
            "refunds": self.refunds,
            "replaced": self.replaced,
            "revenue": dict(self.revenue),
            "costs": dict(self.costs),
            "notes": list(self.notes),
            "dry_run": self.dry_run,
        }


@dataclass(frozen=True)
class Pulled:
    """What a pull from a company's database came to: the next one begins at `cursor`, a text of this `type`.

    `digest` names the rows that the next pull will ask for again; while they are the same, there is nothing new.
    """

    source: str
    column: str
    type: str
    cursor: str
    digest: str
    rows: int


@dataclass(frozen=True)
class Import:
    """One import as the list shows it. `header` names the columns of its refused lines; `pulled`: not from a file."""

    import_id: int
    kind: str
    file: str
    source_id: int
    at: datetime
    by: str
    state: str
    changed_at: datetime
    fingerprint: str
    header: tuple[str, ...]
    result: Mapping[str, Any]
    pulled: Pulled | None = None


class ImportLog:
    """The store's table of imports: one row a change of state, the newest counts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self) -> list[Import]:
        """Every import, newest first."""
        con = self._store.snapshot().connect("imports")
        rows = con.execute(
            """SELECT import_id, kind, file, source_id, min("at"), arg_max("by", "at"), arg_max(state, "at"), max("at"),
                 arg_max(result, "at") FROM imports GROUP BY ALL ORDER BY import_id DESC"""
        ).fetchall()
        con.close()
        return [_import(row) for row in rows]

    def get(self, import_id: int) -> Import:
        """One import. Raises NotFound."""
        for found in self.list():
            if found.import_id == import_id:
                return found
        raise NotFound(f"There is no import {import_id}. See the list with: tenure imports")

    def begin(
        self, kind: str, path: Path, source_id: int, by: str, options: Mapping[str, Any], now: datetime,
        name: str | None = None,
    ) -> Import:  # fmt: skip
        """A new import, or the one of the same file and options that never came to its end: it is taken up again."""
        mark = fingerprint(path, {"kind": kind, "source": source_id, **options})
        known = self.list()
        for found in known:
            if found.fingerprint == mark and found.state in (RUNNING, FAILED):
                return found
        number = max((found.import_id for found in known), default=0) + 1
        new = Import(number, kind, name or path.name, source_id, now, by, RUNNING, now, mark, (), {})
        self.save(new)
        return new

    def save(self, found: Import) -> None:
        """Write the import's state, stamped with the real time so that the newest row is known."""
        about = {"fingerprint": found.fingerprint, "header": list(found.header), "result": dict(found.result)}
        kept = json.dumps(about | ({"pulled": asdict(found.pulled)} if found.pulled else {}))
        con = self._store.connect()
        con.execute(
            'CREATE TEMP TABLE row AS SELECT ?::INTEGER AS import_id, ? AS kind, ? AS file, ?::INTEGER AS source_id,'
            ' ?::TIMESTAMP AS "at", ? AS "by", ? AS state, ? AS result',
            [
                found.import_id, found.kind, found.file, found.source_id,
                max(Clock("UTC").now(), found.at).replace(tzinfo=None), found.by, found.state, kept,
            ],
        )  # fmt: skip
        with self._store.guard:
            self._store.append("imports", con, "SELECT * FROM row")
        con.close()

    def finish(
        self, found: Import, result: ImportResult, header: tuple[str, ...], pulled: Pulled | None = None
    ) -> None:
        """The import is in."""
        self.save(replace(found, state=DONE, header=header, result=result.document(), pulled=pulled))

    def retract(self, import_id: int, now: datetime) -> None:
        """The import's events count no more; what they had replaced does. Raises UsageError if it is undone already."""
        if self.get(import_id).state == UNDONE:
            raise UsageError(f"Import {import_id} is undone already.")
        with self._store.guard:
            con = self._store.snapshot().connect()
            standing = _retractions(con, import_id, now)
            self._store.append("retractions", standing, "SELECT * FROM standing", overwrite=True)
            con.close()

    def people(self, import_id: int) -> Sequence[int]:
        """The source keys of everybody an import said something about."""
        con = self._store.snapshot().connect()
        rows = con.execute("SELECT DISTINCT source_key FROM raw_events WHERE import_id = ?", [import_id]).fetchall()
        con.close()
        return [row[0] for row in rows]

    def mark_undone(self, import_id: int) -> Import:
        """The import is taken back."""
        undone = replace(self.get(import_id), state=UNDONE)
        self.save(undone)
        return undone


def fingerprint(path: Path, options: Mapping[str, Any]) -> str:
    """Names a file with what is wanted of it."""
    with path.open("rb") as raw:
        content = hashlib.file_digest(raw, "sha256").hexdigest()
    return hashlib.sha256((content + json.dumps(options, sort_keys=True, default=str)).encode()).hexdigest()


def _import(row: tuple[Any, ...]) -> Import:
    import_id, kind, file, source_id, at, by, state, changed, kept = row
    about = json.loads(kept)
    return Import(
        import_id, kind, file, source_id, at.replace(tzinfo=UTC), by, state, changed.replace(tzinfo=UTC),
        about["fingerprint"], tuple(about["header"]), about["result"],
        Pulled(**about["pulled"]) if "pulled" in about else None,
    )  # fmt: skip


def _retractions(con: duckdb.DuckDBPyConnection, import_id: int, now: datetime) -> duckdb.DuckDBPyConnection:
    """Make `standing`: every retraction that holds once the import is undone.

    What it had replaced comes back, unless a later version from elsewhere stands: then that one is the new cause.
    """
    cause = f"import:{import_id}"
    con.execute(
        f"""CREATE TEMP TABLE standing AS
        WITH versions AS (
            -- one row per version of an order
            SELECT ingest_id, import_id, {ORDER_KEY} AS order_key FROM raw_events WHERE {IS_ORDER}
        ),
        newest AS (
            -- one row per order that still shows a version without this import
            SELECT order_key, max(ingest_id) AS ingest_id, arg_max(import_id, ingest_id) AS import_id FROM versions
            WHERE ingest_id NOT IN (SELECT id FROM retractions WHERE kind = 'event') AND (import_id IS NULL OR (
                import_id <> ? AND import_id NOT IN (SELECT id FROM retractions WHERE kind = 'import')))
            GROUP BY order_key
        )
        SELECT kind, id, cause, "at" FROM retractions WHERE cause <> ?
        UNION ALL
        SELECT r.kind, r.id, coalesce('import:' || n.import_id, 'later version'), r."at" FROM retractions AS r
        JOIN versions AS v ON v.ingest_id = r.id JOIN newest AS n ON n.order_key = v.order_key
        WHERE r.kind = 'event' AND r.cause = ? AND n.ingest_id > r.id
        UNION ALL
        SELECT 'import', ?, 'undo', ?""",
        [import_id, cause, cause, import_id, now.astimezone(UTC).replace(tzinfo=None)],
    )
    return con
