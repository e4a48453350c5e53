"""Making a backup of a running installation."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import duckdb

import tenure
from tenure.errors import StoreError, UsageError
from tenure.settings import Settings
from tenure.store.backup import sqlite
from tenure.store.backup.archive import Manifest, Progress, Writer, opened, read_manifest
from tenure.store.backup.cut import Cut, cut
from tenure.store.backup.known import Known
from tenure.store.backup.secret import fingerprint, lock

__all__ = ["COUNTED", "POSTGRESQL", "SECRET", "SQLITE", "create"]

POSTGRESQL, SQLITE, SECRET = "postgresql", "sqlite", "secret"
COUNTED = ("raw_events", "identifiers", "links", "retractions", "imports")


def create(
    folder: Path,
    archive: Path,
    *,
    with_secret: bool = False,
    passphrase: str = "",
    progress: Progress | None = None,
) -> Manifest:
    """Write a backup of the workspace to `archive` while the installation runs; returns its manifest.

    Every event acknowledged before the call is in it. The workspace's secret is in it only `with_secret`, or locked
    with a `passphrase`. Raises UsageError when the archive exists already, StoreError when a file is damaged.
    """
    if archive.exists():
        raise UsageError(f"{archive} exists already. Choose another name; a backup never overwrites one.")
    settings, secret = Settings.load(folder), _secret(folder)
    tell = progress or (lambda share, what: None)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    partial = archive.with_name(archive.name + ".partial")
    try:
        with cut(folder, settings) as held, _private(partial) as target, zipfile.ZipFile(target, "w") as packed:
            counts, writer = _databases(held, tell), Writer(packed)
            _pack(held, writer, folder, tell)
            counts |= _events(held)
            if with_secret:
                writer.add_bytes(SECRET, secret.hex().encode())
            writer.finish(
                Manifest(
                    tenure=tenure.__version__,
                    made_at=made_at,
                    company=settings.company,
                    database=POSTGRESQL if settings.database else SQLITE,
                    secret="plain" if with_secret else "passphrase" if passphrase else "absent",
                    fingerprint=fingerprint(secret),
                    tables={name: pin.version for name, pin in held.snapshot.pins.items()},
                    counts=counts,
                    files=writer.files,
                    lock=lock(secret, passphrase) if passphrase else {},
                )
            )
        _settle(partial, archive)
    finally:
        partial.unlink(missing_ok=True)
    with opened(archive) as packed:
        return read_manifest(packed, archive)


def _secret(folder: Path) -> bytes:
    try:
        return bytes.fromhex((folder / SECRET).read_text().strip())
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder / SECRET} is missing or cannot be read.") from error


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner may read, on the disk when the block ends."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as target:
        yield target
        target.flush()
        os.fsync(target.fileno())


def _settle(partial: Path, archive: Path) -> None:
    os.link(partial, archive)  # refuses to overwrite, unlike a rename
    handle = os.open(archive.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _databases(held: Cut, tell: Progress) -> dict[str, int]:
    """Copy the databases into the staging folder; rows by database and table."""
    counts: dict[str, int] = {}
    for name, reader in held.sqlite.items():
        tell(0.0, name)
        reader.copy(held.staging / name)
        problems = sqlite.problems(held.staging / name)
        if problems:
            raise StoreError(f"{name} is damaged and was not backed up: {problems[0]}. See: tenure verify")
        counts |= {f"{name}/{table}": rows for table, rows in sqlite.counts(held.staging / name).items()}
    if held.postgresql:
        for path in held.postgresql.copy(held.staging / POSTGRESQL):
            tell(0.0, path.name)
        counts |= {f"{POSTGRESQL}/{table}": rows for table, rows in held.postgresql.counts().items()}
    return counts


def _events(held: Cut) -> dict[str, int]:
    try:
        with closing(held.snapshot.connect()) as con:
            rows = {table: con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in COUNTED}
    except duckdb.Error as error:
        raise StoreError("A table of the store cannot be read; no backup was made. See: tenure verify") from error
    return {f"store/{table}": int(count) for table, count in rows.items()}


def _pack(held: Cut, writer: Writer, folder: Path, tell: Progress) -> None:
    """Put everything staged into the archive; store files must still be what they were when first read."""
    paths = [path for path in sorted(held.staging.rglob("*")) if path.is_file() and not path.is_symlink()]
    total, done = sum(path.stat().st_size for path in paths) or 1, 0
    known = Known(folder)
    for path in paths:
        name = path.relative_to(held.staging).as_posix()
        entry = writer.add(name, path)
        if name.startswith("store/") and not known.agrees(name, entry):
            raise StoreError(f"{name} was altered since it was first read; no backup was made. See: tenure verify")
        done += entry.size
        tell(done / total, name)
    known.save()
