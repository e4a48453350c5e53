"""YAML text → located nodes: every key and value with its line. Strict: no anchors, tags, doubled keys or bombs.

Scalars stay texts (so `no` is Norway, not false); whoever reads one says what it must be.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MAX_BYTES", "Entry", "Item", "Listing", "Problems", "Scalar", "did_you_mean", "read"]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
MAX_NODES = 20_000


class Problems:
    """Collects what is wrong with one file: errors stop the load, warnings only fail the check."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def add(self, line: int, sentence: str) -> None:
        """An error at a line."""
        self.errors.append(f"{self.file} line {line}: {sentence}")

    def warn(self, line: int, sentence: str) -> None:
        """A warning at a line."""
        self.warnings.append(f"{self.file} line {line}: {sentence}")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it was written. `plain` tells null and 12 from "null" and "12"."""

    text: str
    line: int
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of nodes."""

    items: tuple[Item, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A mapping of keys to nodes, with the line of each key."""

    items: Mapping[str, Item]
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, key: str) -> int:
        """The line of a key, or of the mapping where the key is missing."""
        return self.lines.get(key, self.line)


Item = Scalar | Listing | Entry


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A closing question with the nearest known word, or nothing."""
    near = difflib.get_close_matches(word[:60], list(known), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""


def read(text: str, problems: Problems, deepest: int = MAX_DEPTH) -> Entry | None:
    """The file's top mapping, or None after a problem was noted."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        problems.add(1, f"the file is larger than {MAX_BYTES // 1024} KB. Split it.")
        return None
    import yaml

    try:
        top = _Composer(yaml.parse(text, Loader=yaml.CSafeLoader), problems, deepest).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or "not YAML"
        problems.add(mark.line + 1 if mark else 1, f"it cannot be read as YAML ({said}).")
        return None
    except (_Refused, RecursionError) as refused:
        line, sentence = refused.args if isinstance(refused, _Refused) else (1, "it is nested too deeply.")
        problems.add(line, sentence)
        return None
    if top is not None and not isinstance(top, Entry):
        problems.add(top.line, "the file must begin with `name: value` lines.")
        return None
    return top


class _Refused(Exception):
    """Line and sentence of what makes the whole file unreadable."""


class _Composer:
    """Builds located nodes from the parser's events, so that nothing is expanded behind our back."""

    def __init__(self, events: Iterator[Any], problems: Problems, deepest: int) -> None:
        self.events = events
        self.problems = problems
        self.deepest = deepest
        self.count = 0

    def document(self) -> Item | None:
        """The only document of the stream."""
        found: Item | None = None
        documents = 0
        for event in self.events:
            name = type(event).__name__
            if name == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    raise _Refused(event.start_mark.line + 1, "it holds a second document (---). Use one file each.")
                found = self.node(next(self.events), 0)
        return found

    def node(self, event: Any, depth: int) -> Item:
        """The node that begins with this event."""
        line = event.start_mark.line + 1
        name = type(event).__name__
        self.count += 1
        if self.count > MAX_NODES or depth > self.deepest:
            raise _Refused(line, "it is nested too deeply or too long. Split it.")
        if name == "AliasEvent" or event.anchor is not None:
            raise _Refused(line, "anchors and aliases (& and *) are not allowed. Write it out.")
        if event.tag is not None:
            raise _Refused(line, f'the tag "{event.tag}" is not allowed.')
        if name == "ScalarEvent":
            return Scalar(event.value, line, plain=event.implicit[0])
        return self._listing(line, depth) if name == "SequenceStartEvent" else self._entry(line, depth)

    def _listing(self, line: int, depth: int) -> Listing:
        items = []
        for event in self.events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            items.append(self.node(event, depth + 1))
        return Listing(tuple(items), line)

    def _entry(self, line: int, depth: int) -> Entry:
        items: dict[str, Item] = {}
        lines: dict[str, int] = {}
        for event in self.events:
            if type(event).__name__ == "MappingEndEvent":
                break
            key = self.node(event, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if not isinstance(key, Scalar) or key.text == "<<":
                raise _Refused(key.line, "a key must be a plain word.")
            if key.text in items:
                self.problems.add(key.line, f'"{key.text}" is written twice; first on line {lines[key.text]}.')
                continue
            items[key.text], lines[key.text] = value, key.line
        return Entry(items, line, lines)
