"""Every change of a workspace's definitions, kept: who, when, why, and the text before and after it.

One line of JSON a change in `definitions/.versions.jsonl`, appended under a lock. A change may touch several
definitions at once; what was edited by hand in the files since the last change is kept first, as a change of its own.
A segment's files of customers are kept with it (`list_files`).
"""

from __future__ import annotations

import difflib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tenure.definitions.list_files import Listed, keep, kept, marked, named_files, present, put_lists
from tenure.definitions.loader import own_files
from tenure.definitions.texts import Sort, find, keys_of, put, remove, shipped
from tenure.errors import NotFound, UsageError

__all__ = ["Entry", "Version", "change", "diff", "has_its_lists", "lists_of", "restored", "restored_lists", "versions"]

Text = tuple[Sort, str, str | None]

FILE = ".versions.jsonl"
BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Entry:
    """One definition's text after a change; None: the company's own is gone, and a built-in one counts again.

    `lists` are the files of customers it was listed in after and before the change; None: not known, from versions
    that were made before lists were kept.
    """

    sort: Sort
    key: str
    text: str | None
    before: str | None
    lists: tuple[Listed, ...] | None = None
    lists_before: tuple[Listed, ...] | None = None

    @property
    def lines(self) -> list[str]:
        """What went and came; where the company has no text of its own the built-in one stands in its place."""
        before, after = (shipped(self.sort, self.key) if text is None else text for text in (self.before, self.text))
        went, came = set(self.lists_before or ()), set(self.lists or ())
        return [
            *diff(before, after),
            *(f"-{each.text}" for each in self.lists_before or () if each not in came),
            *(f"+{each.text}" for each in self.lists or () if each not in went),
        ]


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
    folder: Path,
    texts: Sequence[Text],
    author: str,
    reason: str,
    now: datetime,
    lists: Mapping[str, bytes] | None = None,
) -> Version | None:
    """Put checked texts in place (None takes a definition away), and files of customers with the segments that name
    them, and keep the change; None when nothing changed.

    The record is kept before the files are written: after a crash in between, the next change sees the difference.
    """
    lists = lists or {}
    with _log(folder) as known:
        entries = tuple(_entry(folder, *text, lists) for text in (*texts, *_named(folder, texts, lists)))
        entries = tuple(each for each in entries if each.text != each.before or each.lists != each.lists_before)
        if not entries:
            return None
        _keep_hand_made(folder, known, entries, now)
        version = _append(folder, known, author, reason, now, entries)
        put_lists(folder, lists)
        for each in entries:
            if each.text is None:
                remove(folder, each.sort, each.key)
            elif each.text != each.before:
                put(folder, each.sort, each.key, each.text)
    return version


def _named(folder: Path, texts: Sequence[Text], lists: Mapping[str, bytes]) -> list[Text]:
    """The company's other segments that are listed in these files: they change with them."""
    changed = {(sort, key) for sort, key, _text in texts}
    keys = [key for path in own_files(folder / "segments") for key in keys_of(path.read_text("utf-8-sig"), "segments")]
    others = [(key, _own(folder, "segments", key)) for key in keys if lists and ("segments", key) not in changed]
    return [("segments", key, text) for key, text in others if text and set(named_files(text)) & set(lists)]


def _entry(folder: Path, sort: Sort, key: str, text: str | None, lists: Mapping[str, bytes]) -> Entry:
    before = _own(folder, sort, key)
    if sort != "segments":
        return Entry(sort, key, text, before)
    new = {name: content for name, content in lists.items() if name in named_files(text or "")}
    after = keep(folder, {**present(folder, text), **new})
    return Entry(sort, key, text, before, after, keep(folder, present(folder, before)))


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


def restored_lists(folder: Path, number: int) -> dict[str, bytes]:
    """The files of customers that were others right after a version, as far as versions know. Raises NotFound."""
    found: dict[str, Listed] = {}
    for each in versions(folder)[::-1]:
        for entry in each.entries:
            if each.number <= number:
                found |= {listed.name: listed for listed in entry.lists or ()}
            else:
                found = {**{listed.name: listed for listed in entry.lists_before or ()}, **found}
    here = {path.name: path.read_bytes() for path in (folder / "segments").glob("*") if path.name in found}
    return {name: text for name, text in kept(folder, found.values()).items() if here.get(name) != text}


def lists_of(folder: Path, entry: Entry) -> dict[str, bytes]:
    """The files of customers that a change left a definition with. Raises NotFound where a copy is gone."""
    return kept(folder, entry.lists or ())


def has_its_lists(folder: Path, entry: Entry) -> bool:
    """Whether the files of customers are still those that a change left a definition with."""
    return entry.lists is None or set(entry.lists) == set(marked(present(folder, entry.text)))


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
        last = past[-1] if past else None
        text, lists = (last.text, last.lists) if last else (None, None)
        other_lists = lists is not None and each.lists_before != lists
        if each.before is not None and (each.before != text or other_lists):
            unknown.append(Entry(each.sort, each.key, each.before, text, each.lists_before, lists))
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
    entries = tuple(_read_entry(each) for each in said["entries"])
    return Version(said["number"], datetime.fromisoformat(said["at"]), said["author"], said["reason"], entries)


def _read_entry(said: dict[str, Any]) -> Entry:
    lists, before = (_read_lists(said.get(name)) for name in ("lists", "lists_before"))
    return Entry(said["sort"], said["key"], said["text"], said["before"], lists, before)


def _read_lists(said: list[dict[str, Any]] | None) -> tuple[Listed, ...] | None:
    return None if said is None else tuple(Listed(**each) for each in said)
