"""One instant of a running installation, held still in a staging folder while the archive is written.

Events travel inbox -> store, and personal data inbox -> application database; each leaves the inbox only after it has
arrived. So the inbox is kept from being written to for some milliseconds, and within them, in this order: the
application database and the inbox are opened as of now, small files are copied, the tables' versions are pinned and
their files linked. What was acknowledged before is then in the inbox's copy or already in the pinned tables; the
tables' recorded positions are never ahead of the inbox. What the loader was in the middle of looks like a crash at
that instant, and is taken up again in the same way. See docs/decisions/0008-backup.md.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tenure.errors import StoreError, UsageError
from tenure.settings import Settings
from tenure.store.backup import postgresql, sqlite
from tenure.store.room import Store
from tenure.store.snapshot import Snapshot

__all__ = ["APP", "INBOX", "Cut", "cut"]

APP, INBOX = "app.sqlite3", "inbox.sqlite3"
LEFT_OUT = frozenset({"store", "tmp", "backups", "logs", "lock", "secret", "verify.json"})
ABANDONED = 24 * 3600  # seconds
ATTEMPTS = 5
_LOG = "_delta_log"


@dataclass
class Cut:
    """What was held still. `staging` mirrors the workspace; databases are copied into it from the open readers."""

    staging: Path
    snapshot: Snapshot
    sqlite: dict[str, sqlite.Reader] = field(default_factory=dict)
    postgresql: postgresql.Reader | None = None


@contextmanager
def cut(folder: Path, settings: Settings) -> Iterator[Cut]:
    """Hold one instant still; everything staged is removed afterwards. Raises UsageError for facts elsewhere."""
    if settings.storage:
        raise UsageError(
            f"The facts of this workspace are in {settings.storage}. Let the object store keep versions of it;"
            " tenure backup packs a workspace whose facts are in its own folder."
        )
    (folder / "tmp").mkdir(exist_ok=True)
    _sweep(folder / "tmp")
    store = Store(folder / "store", settings)
    store.snapshot()  # opens the tables' logs, so that pinning them again below takes milliseconds
    with TemporaryDirectory(prefix="backup-", dir=folder / "tmp") as place, ExitStack() as stack:
        staging = Path(place)
        with _still(folder, settings):
            readers = _open(folder, settings, stack)
            _small_files(folder, staging)
            snapshot = _pin_and_link(store, staging / "store")
        yield Cut(staging, snapshot, *readers)


def _sweep(tmp: Path) -> None:
    """Remove what backups left behind that were killed: their links keep files from being freed."""
    for path in tmp.glob("backup-*"):
        if time.time() - path.stat().st_mtime > ABANDONED:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _still(folder: Path, settings: Settings) -> Iterator[None]:
    """Keep the inbox, wherever it is, from being written to."""
    with ExitStack() as stack:
        if settings.database:
            stack.enter_context(postgresql.hold(settings.database))
        if (folder / INBOX).exists():
            stack.enter_context(closing(sqlite.hold(folder / INBOX)))
        yield


def _open(
    folder: Path, settings: Settings, stack: ExitStack
) -> tuple[dict[str, sqlite.Reader], postgresql.Reader | None]:
    server = None
    if settings.database:
        server = postgresql.Reader(settings.database)
        stack.callback(server.close)
    names = [path.name for path in sorted(folder.glob("*.sqlite3")) if not (server and path.name == APP)]
    readers = {}
    for name in names:
        readers[name] = sqlite.Reader(folder / name)
        stack.callback(readers[name].close)
    return readers, server


def _small_files(folder: Path, staging: Path) -> None:
    """Copy the settings, the definitions and whatever else lies in the workspace; never the secret."""
    for path in sorted(folder.iterdir()):
        if path.name in LEFT_OUT or path.is_symlink() or ".sqlite3" in path.name or path.name.endswith(".partial"):
            continue
        if path.is_dir():
            shutil.copytree(path, staging / path.name, symlinks=True, ignore=shutil.ignore_patterns("*.partial"))
        elif path.is_file():
            shutil.copy2(path, staging / path.name)


def _pin_and_link(store: Store, target: Path) -> Snapshot:
    """A snapshot that reads the linked files, so that nothing can take them away while the archive is written.

    A vacuum between pinning and linking may remove a file that no newer version needs: then the newer one is taken.
    """
    for _ in range(ATTEMPTS):
        snapshot = store.snapshot()
        try:
            _link_store(store.root, target, snapshot)
        except FileNotFoundError:
            shutil.rmtree(target, ignore_errors=True)
        else:
            return _over(snapshot, target)
    raise StoreError("The store changed faster than its files could be held still. Try again.")


def _over(snapshot: Snapshot, root: Path) -> Snapshot:
    """The same versions, read from another place."""
    pins = {
        name: replace(pin, files=tuple(str(root / Path(file).relative_to(snapshot.root)) for file in pin.files))
        for name, pin in snapshot.pins.items()
    }
    return Snapshot(root, snapshot.settings, pins)


def _link_store(root: Path, target: Path, snapshot: Snapshot) -> None:
    """Link the files of every pinned version, and the part of the log that leads to it."""
    for name, pin in snapshot.pins.items():
        if pin.version < 0:
            continue
        for uri in pin.files:
            _link(Path(uri), target / Path(uri).relative_to(root))
        for path in sorted((root / name / _LOG).iterdir()):
            if _leads_to(path, pin.version):
                _link(path, target / name / _LOG / path.name)


def _leads_to(path: Path, version: int) -> bool:
    """Commits and checkpoints up to the version. `_last_checkpoint` is only a hint and may already be later."""
    number = path.name.split(".", 1)[0]
    return number.isdigit() and int(number) <= version and path.suffix in (".json", ".parquet")


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
