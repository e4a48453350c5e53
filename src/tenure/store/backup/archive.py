"""The backup file: a ZIP with a manifest that names every file with its size and SHA-256."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from tenure.errors import UsageError
from tenure.store.backup.report import Report

__all__ = ["FORMAT", "Entry", "Manifest", "Progress", "Writer", "check", "copy", "opened", "read_manifest"]

FORMAT = 1
MANIFEST = "manifest.json"
_BLOCK = 1 << 20

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Entry:
    """A file in the archive."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: when and by which version it was made, counts at that instant, and its files.

    `database` is sqlite or postgresql; `secret` is absent, plain or passphrase; `tables` gives the pinned Delta
    version of every table; `counts` are rows by part.
    """

    tenure: str
    made_at: str
    company: str
    database: str
    secret: str
    fingerprint: str
    tables: dict[str, int]
    counts: dict[str, int]
    files: dict[str, Entry]
    format: int = FORMAT
    lock: dict[str, str] = field(default_factory=dict)


class Writer:
    """Adds files to a new archive, hashing as it goes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.files: dict[str, Entry] = {}

    def add(self, name: str, path: Path) -> Entry:
        """Add a file under this name; Parquet is stored as it is, for it is compressed already."""
        info = zipfile.ZipInfo.from_file(path, name)
        info.compress_type = zipfile.ZIP_STORED if name.endswith(".parquet") else zipfile.ZIP_DEFLATED
        with path.open("rb") as source, self._archive.open(info, "w", force_zip64=True) as target:
            self.files[name] = copy(source, target)
        return self.files[name]

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small file from memory."""
        self._archive.writestr(name, content)
        self.files[name] = Entry(len(content), hashlib.sha256(content).hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, which closes the archive's list of files."""
        self._archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1, ensure_ascii=False))


def copy(source: Any, target: BinaryIO | Any | None) -> Entry:
    """Copy a stream (nowhere, when `target` is None) and tell its size and SHA-256."""
    digest, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        digest.update(block)
        size += len(block)
        if target is not None:
            target.write(block)
    return Entry(size, digest.hexdigest())


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, or a UsageError in plain words."""
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise UsageError(f"There is no file {path}.") from error
    except (zipfile.BadZipFile, OSError) as error:
        raise UsageError(f"{path} is not a Tenure backup, or it is cut short ({error}).") from error
    with archive:
        yield archive


def read_manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    """The archive's manifest. Raises UsageError when there is none or a newer Tenure wrote it."""
    try:
        found = json.loads(archive.read(MANIFEST))
        files = {_safe(name): Entry(int(row["size"]), str(row["sha256"])) for name, row in found.pop("files").items()}
        manifest = Manifest(files=files, **found)
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise UsageError(f"{path} is not a Tenure backup: its manifest cannot be read.") from error
    if manifest.format > FORMAT:
        raise UsageError(f"{path} was made by a newer Tenure ({manifest.tenure}). Restore it with that version.")
    return manifest


def _safe(name: str) -> str:
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts or "\\" in name or "\0" in name or not place.parts:
        raise ValueError(name)
    return name


def check(path: Path, progress: Progress | None = None) -> Report:
    """Compare every file of a backup with its manifest; whatever was altered, lost or added is a finding."""
    report = Report()
    with opened(path) as archive:
        manifest = read_manifest(archive, path)
        names = set(archive.namelist()) - {MANIFEST}
        for extra in sorted(names - set(manifest.files)):
            report.fault("backup", f"{extra} is in the archive but not in its manifest")
        for number, (name, entry) in enumerate(manifest.files.items(), 1):
            problem = "is missing" if name not in names else _compare(archive, name, entry)
            if problem:
                report.fault("backup", f"{name} {problem}")
            if progress:
                progress(number / len(manifest.files), name)
        report.counts = {"files": len(manifest.files), **manifest.counts}
    return report


def _compare(archive: zipfile.ZipFile, name: str, entry: Entry) -> str:
    try:
        with archive.open(name) as source:
            found = copy(source, None)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError) as error:
        return f"cannot be read ({error})"
    return "" if found == entry else "was altered: its SHA-256 differs from the manifest"
