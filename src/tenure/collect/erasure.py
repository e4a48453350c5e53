"""Erasing a person: what is theirs leaves the tables of facts, the index, the dead letters and the refused lines.

Physically: rows are deleted, files rewritten, old files removed. A journal outside the store keeps a keyed hash of each
erased identifier and when, so that a backup of before can be restored without bringing the person back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tenure.collect.database import Database
from tenure.collect.files.lines import CELL
from tenure.collect.index import Index
from tenure.store import BUCKETS, Store

__all__ = ["JOURNAL", "Erased", "erase_facts", "erase_letters", "identifiers_of", "journalled", "remember"]

JOURNAL = "erasures.jsonl"
_PLAIN = 5  # characters from which on a word is looked for inside longer texts, too


@dataclass(frozen=True)
class Erased:
    """What an erasure took away."""

    events: int
    identifiers: int


def identifiers_of(store: Store, customer_key: int) -> dict[int, tuple[str, str]]:
    """{source key: (kind, value as it is kept)} of a customer."""
    con = store.snapshot().connect()
    try:
        rows = con.execute(
            "SELECT i.source_key, i.kind, i.value FROM identifiers AS i LEFT JOIN identity AS m USING (source_key)"
            " WHERE coalesce(m.customer_key, i.source_key) = ?",
            [customer_key],
        ).fetchall()
    finally:
        con.close()
    return {key: (kind, value) for key, kind, value in rows}


def remember(folder: Path, secret: bytes, found: Collection[tuple[str, str]], now: datetime) -> None:
    """Write into the journal, durably, that these identifiers were erased."""
    line = json.dumps({"at": now.astimezone(UTC).isoformat(), "erased": [_mark(secret, *each) for each in found]})
    path = folder / JOURNAL
    path.touch(mode=0o600)
    with path.open("a", encoding="utf-8") as journal:
        journal.write(line + "\n")
        journal.flush()
        os.fsync(journal.fileno())


def journalled(store: Store, secret: bytes, journal: Path, since: datetime) -> list[int]:
    """The customers of a restored store whom the journal says were erased after `since`, when its backup was made."""
    marks = {mark for at, found in _lines(journal) if at >= since for mark in found}
    con = store.snapshot().connect()
    try:
        rows = con.execute(
            "SELECT coalesce(m.customer_key, i.source_key), i.kind, i.value FROM identifiers AS i"
            " LEFT JOIN identity AS m USING (source_key)"
        ).fetchall()
    finally:
        con.close()
    return sorted({key for key, kind, value in rows if _mark(secret, kind, value) in marks}) if marks else []


def _lines(journal: Path) -> Iterator[tuple[datetime, list[str]]]:
    for line in journal.read_text("utf-8").splitlines():
        row = json.loads(line)
        yield datetime.fromisoformat(row["at"]), row["erased"]


def _mark(secret: bytes, kind: str, value: str) -> str:
    return hmac.new(secret, f"erasure\x1f{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest()


def erase_facts(store: Store, index: Index, customer_key: int, keys: Collection[int], restatements: Path) -> Erased:
    """Remove all facts of a customer; the identifiers go last, so that a broken erasure can be asked for again."""
    listed = ", ".join(str(int(key)) for key in keys)
    with store.moving, store.guard:
        con = store.snapshot().connect()
        events = [row[0] for row in con.execute(
            f"SELECT ingest_id FROM raw_events WHERE source_key IN ({listed})"
        ).fetchall()]  # fmt: skip
        con.close()
        tables = store.tables
        for path in (path for path in restatements.glob("*") if path.suffix in (".parquet", ".features")):
            path.unlink(missing_ok=True)
        buckets = ", ".join(sorted({str(int(key) % BUCKETS) for key in keys}))
        tables["events_tail"].delete(f"source_key IN ({listed})")
        tables["events_body"].delete(f"bucket IN ({buckets}) AND source_key IN ({listed})")
        tables["company_calls"].delete(f"source_key IN ({listed})")
        if events:
            tables["refunds"].delete(f"ingest_id IN ({', '.join(map(str, events))})")
        for table in tables.values():
            if "customer_key" in table.spec.columns and "source_key" not in table.spec.columns:
                table.delete(f"customer_key IN ({listed}, {int(customer_key)})")
        tables["links"].delete(f"a_key IN ({listed}) OR b_key IN ({listed})")
        tables["id_map"].delete(f"source_key IN ({listed})")
        tables["identifiers"].delete(f"source_key IN ({listed})")
        for table in tables.values():
            table.vacuum(hours=0)
        index.erase(keys)
    return Erased(len(events), len(keys))


def erase_letters(database: Database, words: Collection[str]) -> int:
    """Remove dead letters and refused lines that name the person; returns how many."""
    wanted = {word.strip().casefold() for word in words if word.strip()}
    letters = [
        row for row, body in database.read("SELECT id, body FROM dead_letter") if _names(_parts(bytes(body)), wanted)
    ]
    lines = [
        (number, line)
        for number, line, cells in database.read("SELECT import_id, line, cells FROM refused_line")
        if _names(cells.split(CELL), wanted)
    ]
    with database.write() as writing:
        writing.many("DELETE FROM dead_letter WHERE id = ?", [(row,) for row in letters])
        writing.many("DELETE FROM refused_line WHERE import_id = ? AND line = ?", lines)
    database.shrink()
    return len(letters) + len(lines)


def _parts(body: bytes) -> list[str]:
    """Every text and number inside a body; the body as one text where it cannot be read."""
    try:
        pending, found = [msgspec.json.decode(body)], []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [body.decode("utf-8", "replace")]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
        elif value is not None:
            found.append(str(value))
    return found


def _names(parts: Collection[str], wanted: Collection[str]) -> bool:
    """Whether a part is one of the words, or holds one that is long enough not to be met by chance."""
    folded = [part.strip().casefold() for part in parts]
    return any(part == word or (len(word) >= _PLAIN and word in part) for part in folded for word in wanted)
