"""Every change of a workspace's definitions, kept: who, when, why, and the text before and after it.

One line of JSON a change in `definitions/.versions.jsonl`, appended under a lock. A change may touch several
definitions at once; what was edited by hand in the files since the last change is kept first, as a change of its own.
"""

from __future__ import annotations

import difflib
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from tenure.definitions.texts import Sort, find, keys_of, put, remove, shipped
from tenure.errors import NotFound, UsageError

__all__ = ["Entry", "Version", "change", "diff", "restored", "versions"]

FILE = ".versions.jsonl"
BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Entry:
    """One definition's text after a change; None: the company's own is gone, and a built-in one counts again."""

    sort: Sort
    key: str
    text: str | None
    before: str | None

    @property
    def lines(self) -> list[str]:
        """What went and came; where the company has no text of its own the built-in one stands in its place."""
        before, after = (shipped(self.sort, self.key) if text is None else text for text in (self.before, self.text))
        return diff(before, after)


@dataclass(frozen=True, slots=True)
class Version:
    """One change of definitions. Numbers go up by one; `author` is how the person is called, or "by hand"."""

    number: int
    at: datetime
    author: str
    reason: str
    entries: tuple[Entry, ...]

    def entry(self, sort: Sort, key: str) -> Entry | None:
        """What this change did to a definition, None when nothing."""
        return next((each for each in self.entries if (each.sort, each.key) == (sort, key)), None)


def change(
    folder: Path, texts: Sequence[tuple[Sort, str, str | None]], author: str, reason: str, now: datetime
) -> Version | None:
    """Put checked texts in place (None takes a definition away) and keep the change; None when nothing changed.

    The record is kept before the files are written: after a crash in between, the next change sees the difference.
    """
    with _log(folder) as known:
        entries = tuple(Entry(sort, key, text, _own(folder, sort, key)) for sort, key, text in texts)
        entries = tuple(each for each in entries if each.text != each.before)
        if not entries:
            return None
        _keep_hand_made(folder, known, entries, now)
        version = _append(folder, known, author, reason, now, entries)
        for each in entries:
            if each.text is None:
                remove(folder, each.sort, each.key)
            else:
                put(folder, each.sort, each.key, each.text)
    return version


def versions(folder: Path, sort: Sort | None = None, key: str | None = None) -> list[Version]:
    """The changes, newest first: all of them, or those of one definition."""
    found = [_read(line) for line in _lines(folder)]
    wanted = [each for each in found if sort is None or key is None or each.entry(sort, key)]
    return wanted[::-1]


def restored(folder: Path, number: int) -> list[tuple[Sort, str, str | None]]:
    """The texts that bring all definitions back to how they were right after a version, for `change`. Raises NotFound.

    What was defined since then is taken away again; it stays in the versions.
    """
    history = versions(folder)[::-1]
    if number not in {each.number for each in history}:
        raise NotFound(f"There is no version {number} of the definitions.")
    texts: dict[tuple[Sort, str], str | None] = {}
    for each in history:
        for entry in each.entries:
            place = (entry.sort, entry.key)
            if each.number <= number:
                texts[place] = entry.text
            else:
                texts.setdefault(place, entry.before)
    return [(sort, key, text) for (sort, key), text in texts.items()]


def diff(before: str | None, after: str | None) -> list[str]:
    """The lines that went (-), came (+) and stayed around them, without headers."""
    lines = difflib.unified_diff((before or "").splitlines(), (after or "").splitlines(), lineterm="", n=2)
    return [line for line in lines if not line.startswith(("---", "+++"))]


def _own(folder: Path, sort: Sort, key: str) -> str | None:
    """The company's own present text, None where there is none."""
    try:
        found = find(folder, sort, key)
    except NotFound:
        return None
    return None if found.built_in else found.text


def _keep_hand_made(folder: Path, known: list[Version], entries: Sequence[Entry], now: datetime) -> None:
    """Keep what somebody wrote into the files themselves, so that it can be brought back."""
    unknown = []
    for each in entries:
        past = [found for version in known if (found := version.entry(each.sort, each.key))]
        last = past[-1].text if past else None
        if each.before != last and each.before is not None:
            unknown.append(Entry(each.sort, each.key, each.before, last))
    if unknown:
        _append(folder, known, BY_HAND, "", now, tuple(unknown))


def _append(
    folder: Path, known: list[Version], author: str, reason: str, now: datetime, entries: tuple[Entry, ...]
) -> Version:
    for each in entries:
        if each.text is not None and keys_of(each.text, each.sort) != [each.key]:
            raise UsageError(f'The text of "{each.key}" defines something else; nothing was changed.')
    version = Version(1 + max((each.number for each in known), default=0), now, author, reason, entries)
    path = folder / FILE
    cut = path.is_file() and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        said = json.dumps({**asdict(version), "at": now.isoformat()}, ensure_ascii=False)
        file.write(("\n" if cut else "") + said + "\n")
        file.flush()
        os.fsync(file.fileno())
    known.append(version)
    return version


@contextmanager
def _log(folder: Path) -> Iterator[list[Version]]:
    """The changes so far, oldest first, with nobody else changing anything."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".versions.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield [_read(line) for line in _lines(folder)]
    finally:
        os.close(handle)


def _lines(folder: Path) -> list[str]:
    """The whole lines; one that a crash cut short is none."""
    path = folder / FILE
    if not path.is_file():
        return []
    text = path.read_text("utf-8")
    whole = text.split("\n")[:-1]
    return [line for line in whole if line.startswith("{") and line.endswith("}")]


def _read(line: str) -> Version:
    said = json.loads(line)
    entries = tuple(Entry(each["sort"], each["key"], each["text"], each["before"]) for each in said["entries"])
    return Version(said["number"], datetime.fromisoformat(said["at"]), said["author"], said["reason"], entries)
