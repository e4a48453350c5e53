"""Files of customers that segments are listed in: which a text names, and their copies kept with versions.

A copy stands in `definitions/.lists` under the checksum of its content, so that a list is kept once however many
versions name it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tenure.definitions.located import Entry, Problems, Scalar, read
from tenure.errors import NotFound

__all__ = ["Listed", "forget", "id_of", "keep", "kept", "marked", "named_files", "present", "put_lists"]

FOLDER = ".lists"


@dataclass(frozen=True, slots=True)
class Listed:
    """A list file as a version had it: its name, its lines, and the checksum under which its copy is kept."""

    name: str
    lines: int
    checksum: str

    @property
    def text(self) -> str:
        """How a difference names it."""
        return f"{self.name}: {self.lines} lines, {self.checksum[:8]}"


def named_files(text: str) -> list[str]:
    """The plain names of the files that the segments of a text are listed in."""
    top = read(text, Problems("")) if text.strip() else None
    held = top.items.get("segments") if top is not None else None
    segments = held.items.values() if isinstance(held, Entry) else ()
    named = [each.items.get("file") for each in segments if isinstance(each, Entry)]
    return [each.text for each in named if isinstance(each, Scalar) and _is_plain(each.text)]


def _is_plain(name: str) -> bool:
    return Path(name).name == name and not name.startswith(".")


def present(folder: Path, text: str | None) -> dict[str, bytes]:
    """The files that a segment's text names, as far as they stand beside the segments of `folder`."""
    paths = [folder / "segments" / name for name in named_files(text or "")]
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def id_of(line: str) -> str:
    """The customer's id in a line of a list: the line, or its first column."""
    return line.split(",")[0].split("\t")[0].strip().strip('"')


def forget(folder: Path, ids: Collection[str]) -> int:
    """Take somebody's lines out of every list beside the segments of `folder` and of the kept copies; how many."""
    lists = [path for path in (folder / "segments").glob("*") if not path.name.endswith((".yml", ".yaml"))]
    gone = 0
    for path in (path for path in (*lists, *(folder / FOLDER).glob("*")) if path.is_file()):
        lines = path.read_bytes().decode("utf-8", "surrogateescape").splitlines(keepends=True)
        rest = [line for line in lines if id_of(line.lstrip("\ufeff")) not in ids]
        if len(rest) < len(lines):
            _write(path, "".join(rest).encode("utf-8", "surrogateescape"))
            gone += len(lines) - len(rest)
    return gone


def put_lists(folder: Path, lists: Mapping[str, bytes]) -> None:
    """Put files of customers beside the segments of `folder`, in the place of those of the same name."""
    (folder / "segments").mkdir(parents=True, exist_ok=True)
    for name, content in lists.items():
        _write(folder / "segments" / name, content)


def marked(lists: Mapping[str, bytes]) -> tuple[Listed, ...]:
    """What tells lists apart, by name."""
    return tuple(
        Listed(name, len(content.splitlines()), hashlib.sha256(content).hexdigest())
        for name, content in sorted(lists.items())
    )


def keep(folder: Path, lists: Mapping[str, bytes]) -> tuple[Listed, ...]:
    """Keep copies of list files for versions to come."""
    found = marked(lists)
    for each in found:
        path = folder / FOLDER / each.checksum
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, lists[each.name])
    return found


def kept(folder: Path, lists: Iterable[Listed]) -> dict[str, bytes]:
    """The content of lists from their copies. Raises NotFound where one is no longer there."""
    found = {}
    for each in lists:
        path = folder / FOLDER / each.checksum
        if not path.is_file():
            raise NotFound(f'The kept copy of the list "{each.name}" is no longer there.')
        found[each.name] = path.read_bytes()
    return found


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)
