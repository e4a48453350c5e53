"""Opening a user's file: what it is, told by its bytes, and a stream of its inflated bytes with guards."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from tenure.errors import CollectError, NotFound

__all__ = ["Opened", "file_format", "guard_zip", "opened"]

GZIP, XZ, ZIP, PARQUET = b"\x1f\x8b", b"\xfd7zXZ\x00", b"PK\x03\x04", b"PAR1"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
SUSPICIOUS = 256 * 1024**2  # inflated bytes from which on the ratio is watched
MOST_XLSX = 2 * 1024**3
MOST_XLSX_STRINGS = 300 * 1024**2
MOST_RATIO = 150  # real workbooks inflate 5 to 50 times; a bomb a thousand times
MOST_ENTRIES = 5_000


class _Guarded(io.RawIOBase):
    """A stream that stops when far more comes out than can be honest for what went in."""

    def __init__(self, name: str, inner: IO[bytes], raw: IO[bytes]) -> None:
        self._name, self._inner, self._raw, self._out = name, inner, raw, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        self._out += len(data)
        if self._out > SUSPICIOUS and self._out > self._raw.tell() * MOST_RATIO * 2:
            raise CollectError(
                f"{self._name} unpacks to far more than a sensible file would. Unpack it yourself and look at it."
            )
        return len(data)


@dataclass(frozen=True)
class Opened:
    """A stream of the inflated bytes, and the raw file beside it, whose position tells the progress."""

    stream: io.BufferedReader
    raw: IO[bytes]
    size: int

    def fraction(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(self.raw.tell() / self.size, 1.0) if self.size else 1.0


def file_format(path: Path) -> str:
    """`text`, `xlsx` or `parquet`, judged by the bytes. Raises CollectError for what cannot be read."""
    if not path.is_file():
        raise NotFound(f"There is no file {path.name} in {path.parent}.")
    with path.open("rb") as raw:
        head = raw.read(8)
        if head.startswith(PARQUET):
            raw.seek(-4, 2)
            if raw.read(4) != PARQUET or path.stat().st_size < 12:
                raise CollectError(f"{path.name} begins like a Parquet file but its end is missing. Copy it again.")
            return "parquet"
    if head.startswith(OLD_EXCEL):
        raise CollectError(
            f"{path.name} is an old or encrypted Excel file. Save it as .xlsx without a password, or as CSV."
        )
    if head.startswith(ZIP) and "[Content_Types].xml" in guard_zip(path).namelist():
        guard_workbook(path)
        return "xlsx"
    return "text"


def guard_zip(path: Path) -> zipfile.ZipFile:
    """The archive's directory, read without inflating anything. Raises CollectError when it is broken or absurd."""
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MOST_ENTRIES:
                raise CollectError(
                    f"{path.name} holds {len(archive.infolist()):,} files. Give an archive with one file in it."
                )
            return archive
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CollectError(f"{path.name} is a damaged archive: its directory cannot be read.") from error


def guard_workbook(path: Path) -> None:
    """Refuse a workbook whose declared size is absurd, from the directory alone."""
    entries = guard_zip(path).infolist()
    declared, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    strings = sum(entry.file_size for entry in entries if entry.filename.endswith("sharedStrings.xml"))
    bomb = declared > 50 * 1024**2 and declared > packed * MOST_RATIO
    if bomb or declared > MOST_XLSX or strings > MOST_XLSX_STRINGS:
        raise CollectError(
            f"{path.name} would unpack to {declared / 1024**2:,.0f} MB, which is not a sensible workbook."
            " Save it as CSV instead."
        )
    if any(entry.filename.endswith("vbaProject.bin") for entry in entries):
        raise CollectError(f"{path.name} holds macros. Save it as .xlsx without macros, or as CSV.")


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """The file's bytes, inflated from .gz, .xz or a .zip with one file in it; the kind is told by the bytes."""
    with ExitStack() as stack:
        raw = stack.enter_context(path.open("rb"))
        head = raw.read(6)
        raw.seek(0)
        inflated = _Guarded(path.name, _inflated(path, raw, head, stack), raw)
        yield Opened(io.BufferedReader(inflated, 1 << 18), raw, path.stat().st_size)


def _inflated(path: Path, raw: IO[bytes], head: bytes, stack: ExitStack) -> IO[bytes]:
    if head.startswith(GZIP):
        return stack.enter_context(cast(IO[bytes], gzip.GzipFile(fileobj=raw)))
    if head.startswith(XZ):
        return stack.enter_context(lzma.LZMAFile(raw))
    if head.startswith(ZIP):
        return stack.enter_context(_only_member(path, raw, stack))
    return raw


def _only_member(path: Path, raw: IO[bytes], stack: ExitStack) -> IO[bytes]:
    """The one file in the archive. It is read as a stream and never written anywhere, whatever its name says."""
    archive = stack.enter_context(zipfile.ZipFile(raw))
    files = [entry for entry in archive.infolist() if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")]
    if len(files) != 1:
        raise CollectError(f"{path.name} holds {len(files)} files. Give an archive with exactly one file in it.")
    if files[0].flag_bits & 1:
        raise CollectError(f"{path.name} is protected by a password. Unpack it first.")
    try:
        return archive.open(files[0])
    except (NotImplementedError, RuntimeError) as error:
        raise CollectError(
            f"{path.name} is packed in a way that cannot be read. Pack it anew as a plain .zip."
        ) from error
