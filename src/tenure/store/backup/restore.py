"""Making a workspace from a backup, in an empty place."""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tenure.errors import StoreError, UsageError
from tenure.settings import Settings
from tenure.store.backup import postgresql
from tenure.store.backup.archive import Manifest, Progress, copy, opened, read_manifest
from tenure.store.backup.create import POSTGRESQL, SECRET
from tenure.store.backup.secret import fingerprint, unlock

__all__ = ["restore"]

FOLDERS = ("store", "tmp", "definitions/features", "definitions/lifecycles", "definitions/segments")


def restore(
    archive: Path,
    folder: Path,
    *,
    secret: str = "",
    passphrase: str = "",
    database: str = "",
    prepare: Callable[[Path], None] | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Make the workspace `folder` from a backup; every file is compared with its SHA-256 on the way.

    `secret` (hex) is needed when the backup holds none. A backup of a PostgreSQL installation goes into the empty
    `database`; `prepare(folder)` makes its tables first. Raises UsageError for a folder in use, a wrong secret or
    passphrase, StoreError for a damaged archive; nothing is left behind then.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty. Restore into a new folder.")
    with opened(archive) as packed:
        manifest = read_manifest(packed, archive)
        key = _secret(packed, manifest, secret, passphrase)
        _check_database(manifest, database)
        partial = folder.with_name(folder.name + ".restoring")
        if partial.exists():
            shutil.rmtree(partial)
        try:
            _unpack(packed, manifest, partial, progress)
            _write_secret(partial / SECRET, key)
            if manifest.database == POSTGRESQL:
                _fill(partial, database, prepare)
            if folder.exists():
                folder.rmdir()
            os.replace(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _secret(packed: zipfile.ZipFile, manifest: Manifest, given: str, passphrase: str) -> bytes:
    """The right secret, from wherever it is. Raises UsageError when there is none or it is another's."""
    try:
        if given:
            key = bytes.fromhex(given.strip())
        elif manifest.secret == "plain":
            key = bytes.fromhex(packed.read(SECRET).decode().strip())
        elif manifest.secret == "passphrase":
            if not passphrase:
                raise UsageError("The backup's secret is locked. Give the passphrase it was made with.")
            key = unlock(manifest.lock, passphrase)
        else:
            raise UsageError("The backup does not hold the workspace's secret. Give the file `secret` you kept apart.")
    except (ValueError, KeyError) as error:
        raise UsageError("The secret must be the content of a workspace's file `secret`.") from error
    if fingerprint(key) != manifest.fingerprint:
        raise UsageError("This secret belongs to another workspace; the backup was made with a different one.")
    return key


def _check_database(manifest: Manifest, database: str) -> None:
    if manifest.database == POSTGRESQL and not database:
        raise UsageError("The backup is of a PostgreSQL installation. Name an empty PostgreSQL database.")
    if manifest.database != POSTGRESQL and database:
        raise UsageError("The backup is of an installation on SQLite; it cannot go into a PostgreSQL database.")


def _unpack(packed: zipfile.ZipFile, manifest: Manifest, target: Path, progress: Progress | None) -> None:
    target.mkdir(parents=True)
    for number, (name, entry) in enumerate(manifest.files.items(), 1):
        if name == SECRET:
            continue
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with packed.open(name) as source, path.open("wb") as goal:
                found = copy(source, goal)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise StoreError(f"{name} cannot be read from the backup; nothing was restored.") from error
        if found != entry:
            raise StoreError(f"{name} was altered since the backup was made; nothing was restored.")
        if path.suffix == ".sqlite3":
            path.chmod(0o600)
        if progress:
            progress(number / len(manifest.files), name)
    for name in FOLDERS:
        (target / name).mkdir(parents=True, exist_ok=True)


def _write_secret(path: Path, key: bytes) -> None:
    path.touch(mode=0o600)
    path.write_text(key.hex())


def _fill(folder: Path, database: str, prepare: Callable[[Path], None] | None) -> None:
    """Load the copied tables into the empty database, and name it in the restored settings."""
    settings = replace(Settings.load(folder), database=database)
    settings.save(folder)
    if prepare:
        prepare(folder)
    postgresql.load(database, folder / POSTGRESQL)
    shutil.rmtree(folder / POSTGRESQL)
