"""Looking for damage in a workspace, while it runs or not."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from tenure.errors import TenureError
from tenure.settings import Settings
from tenure.store.backup import postgresql, sqlite
from tenure.store.backup.archive import Progress, copy
from tenure.store.backup.create import COUNTED
from tenure.store.backup.cut import INBOX
from tenure.store.backup.known import Known
from tenure.store.backup.report import Report
from tenure.store.room import Store
from tenure.store.snapshot import Snapshot

__all__ = ["verify"]


def verify(folder: Path, progress: Progress | None = None) -> Report:
    """Check settings, secret, every store file against the tables' logs, the databases, and the loader's position."""
    report, tell = Report(), progress or (lambda share, what: None)
    try:
        settings = Settings.load(folder)
    except TenureError as error:
        report.fault("settings", str(error))
        return report
    _secret(folder, report)
    store = Store(folder / "store", settings)
    _store(folder, store, report, tell)
    _databases(folder, settings, report)
    if not settings.database:
        _position(folder, store, report)
    return report


def _secret(folder: Path, report: Report) -> None:
    path = folder / "secret"
    try:
        if len(bytes.fromhex(path.read_text().strip())) < 16:
            report.fault("secret", "the secret is too short")
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            report.fault("secret", "other users of this machine may read the secret; run: chmod 600 secret")
    except (OSError, ValueError):
        report.fault("secret", "the secret is missing or cannot be read; without it no e-mail can be recognised")


def _store(folder: Path, store: Store, report: Report, tell: Progress) -> None:
    try:
        snapshot = store.snapshot()
        sizes = dict(_sizes(store))
    except Exception as error:  # a damaged log raises whatever delta-rs stumbles over
        report.fault("store", f"a table's log cannot be read: {str(error).splitlines()[0]}")
        return
    known, whole = Known(folder), _files(folder, store)
    for number, path in enumerate(whole, 1):
        name = path.relative_to(folder).as_posix()
        tell(number / len(whole), name)
        problem = _file(path, name, sizes.get(path), known)
        if problem:
            report.fault("store", f"{name} {problem}")
    known.save()
    if report.sound:
        _rows(snapshot, report)


def _sizes(store: Store) -> Iterator[tuple[Path, int]]:
    """Every data file of the newest versions with the size that the log gives it."""
    for table in store.tables.values():
        handle = table.handle()
        if handle is not None:
            actions: Any = handle.get_add_actions(flatten=True)
            columns = zip(actions["path"].to_pylist(), actions["size_bytes"].to_pylist(), strict=True)
            for path, size in columns:
                yield Path(table.uri) / str(path), int(size)


def _files(folder: Path, store: Store) -> list[Path]:
    """Data files the newest versions need, and the logs that lead to them."""
    logs = [
        path
        for table in store.tables.values()
        for path in (Path(table.uri) / "_delta_log").glob("*")
        if path.suffix in (".json", ".parquet") and path.name[:1].isdigit()
    ]
    return sorted({path for path, _size in _sizes(store)} | set(logs))


def _file(path: Path, name: str, size: int | None, known: Known) -> str:
    try:
        with path.open("rb") as source:
            entry = copy(source, None)
    except FileNotFoundError:
        return "is missing" if size is not None else ""
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if size is not None and entry.size != size:
        return f"has {entry.size} bytes where the table's log says {size}"
    return "" if known.agrees(name, entry) else "was altered since it was first read: its SHA-256 differs"


def _rows(snapshot: Snapshot, report: Report) -> None:
    """Read every value once, and hold the tables against one another."""
    try:
        with closing(snapshot.connect()) as con:
            for table in COUNTED:
                con.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {table} AS t").fetchall()
                report.counts[f"store/{table}"] = _one(con, f"SELECT count(*) FROM {table}")
            twice = _one(con, "SELECT count(*) - count(DISTINCT ingest_id) FROM raw_events")
            known_keys = "(SELECT source_key FROM identifiers)"
            strange = _one(con, f"SELECT count(*) FROM raw_events WHERE source_key NOT IN {known_keys}")
    except duckdb.Error as error:
        report.fault("store", f"the files cannot be read through: {type(error).__name__}")
        return
    if twice:
        report.fault("store", f"{twice} events are there twice")
    if strange:
        report.fault("store", f"{strange} events belong to no identifier")


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0])


def _databases(folder: Path, settings: Settings, report: Report) -> None:
    for path in sorted(folder.glob("*.sqlite3")):
        for problem in sqlite.problems(path):
            report.fault(path.name, problem)
        try:
            report.counts |= {f"{path.name}/{table}": rows for table, rows in sqlite.counts(path).items()}
        except sqlite3.DatabaseError as error:
            report.fault(path.name, str(error))
    if settings.database:
        try:
            found = postgresql.counts(settings.database)
            report.counts |= {f"postgresql/{table}": rows for table, rows in found.items()}
        except TenureError as error:
            report.fault("postgresql", str(error))


def _position(folder: Path, store: Store, report: Report) -> None:
    """The store must not claim to have loaded more than the inbox ever took in: later events would be skipped."""
    path = folder / INBOX
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as con:
            name = con.execute("SELECT value FROM about WHERE name = 'inbox'").fetchone()
            row = con.execute("SELECT seq FROM sqlite_sequence WHERE name = 'inbox'").fetchone()
    except sqlite3.DatabaseError:
        return  # told already, as damage of the file
    taken, loaded = int(row[0]) if row else 0, store.position(f"inbox:{name[0]}") if name else 0
    report.counts["inbox taken in"], report.counts["inbox loaded"] = taken, loaded
    if loaded > taken:
        report.fault(INBOX, f"the store has loaded up to request {loaded}, but the inbox only knows {taken}")
