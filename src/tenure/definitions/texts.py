"""Where a definition is written: one feature, lifecycle or segment cut out of its file, and put back line by line.

The text of one definition is a whole small file: `lifecycle: …` with its stages, or `features:` (`segments:`) holding
the one entry; the cut points of value segments, `rfm: …`, stand in a file of segments. Everything else in the file it
comes from, comments too, stays as it was.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Literal

from tenure.definitions.list_files import put_lists
from tenure.definitions.loader import FOLDERS, load_checked, own_files
from tenure.definitions.located import Entry, Problems, Scalar, read
from tenure.definitions.objects import Definitions
from tenure.definitions.section import KEY
from tenure.errors import DefinitionError, NotFound

__all__ = [
    "SORTS",
    "Draft",
    "Sort",
    "Written",
    "copied",
    "cut",
    "draft",
    "find",
    "home",
    "keys_of",
    "put",
    "remove",
    "shipped",
    "without",
]

Sort = Literal["features", "lifecycles", "segments", "rfm"]
SORTS: tuple[Sort, ...] = ("features", "lifecycles", "segments", "rfm")
WHOLE = ("lifecycles", "rfm")  # their text is what stands in the file, without a heading that others share


@dataclass(frozen=True, slots=True)
class Written:
    """The text of one definition. `file` is the workspace's file that holds it, None for a built-in one."""

    sort: Sort
    key: str
    text: str
    file: Path | None

    @property
    def built_in(self) -> bool:
        """Whether it is one of the product's own, not yet changed by the company."""
        return self.file is None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a changed definition would give: all definitions (None when something is wrong) and what is wrong."""

    key: str
    definitions: Definitions | None
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def home(sort: Sort) -> str:
    """The folder in which definitions of this sort are written."""
    return "segments" if sort == "rfm" else sort


def find(folder: Path, sort: Sort, key: str) -> Written:
    """The definition's text: the workspace's own, else the built-in one. Raises NotFound."""
    for path in own_files(folder / home(sort)):
        text = path.read_text("utf-8-sig")
        span = _span(text, sort, key)
        if span is not None:
            return Written(sort, key, _cut(text, sort, span), path)
    ours = shipped(sort, key)
    if ours is not None:
        return Written(sort, key, ours, None)
    raise NotFound(f'There is no definition "{key}" among the {sort}.')


def shipped(sort: Sort, key: str) -> str | None:
    """The text of the product's own definition of this key, None where it has none."""
    for text in _built_in(sort):
        span = _span(text, sort, key)
        if span is not None:
            return _cut(text, sort, span)
    return None


def put(folder: Path, sort: Sort, key: str, text: str) -> Path:
    """Write a definition into the file that holds it, or into one of its own; other entries keep their lines."""
    _only(sort, key, text)
    for path in own_files(folder / home(sort)):
        whole = path.read_text("utf-8-sig")
        span = _span(whole, sort, key)
        if span is not None:
            return _write(path, _spliced(whole, span, text if sort in WHOLE else _body(text)))
    return _write(_new_file(folder, sort, key), text)


def _new_file(folder: Path, sort: Sort, key: str) -> Path:
    """A file for a definition that no file holds yet; one of that name may hold others."""
    (folder / home(sort)).mkdir(parents=True, exist_ok=True)
    path, number = folder / home(sort) / f"{key}.yml", 2
    while path.exists():
        path, number = path.with_name(f"{key}-{number}.yml"), number + 1
    return path


def remove(folder: Path, sort: Sort, key: str) -> bool:
    """Take the workspace's own definition away; False when there is none. A built-in one of the key counts again."""
    for path in own_files(folder / home(sort)):
        whole = path.read_text("utf-8-sig")
        span = _span(whole, sort, key)
        if span is None:
            continue
        rest = "" if sort == "lifecycles" else _spliced(whole, span, "")
        if any(keys_of(rest, each) for each in SORTS):
            _write(path, rest)
        else:
            path.unlink()
        return True
    return False


def draft(
    folder: Path, sort: Sort, key: str, text: str, currency: str, lists: Mapping[str, bytes] | None = None
) -> Draft:
    """Load the definitions of `folder` as they would be with this text in place of the definition `key`.

    `lists` are files of customers that go with it. Lines in problems are those of the text.
    """
    with copied(folder) as trial:
        put_lists(trial, lists or {})
        remove(trial, sort, key)
        _write(_new_file(trial, sort, key), text)
        problems = _mistaken(sort, key, text)
        definitions, errors, warnings = load_checked(trial, currency)
    found = (*problems, *errors)
    return Draft(key, None if found else definitions, found, tuple(warnings))


def without(folder: Path, sort: Sort, key: str, currency: str) -> list[str]:
    """What would be wrong in the definitions of `folder` without this one; empty when it can be taken away."""
    with copied(folder) as trial:
        remove(trial, sort, key)
        return load_checked(trial, currency)[1]


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    """A copy of the definitions to try something on, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tenure-draft-") as name:
        trial = Path(name) / "definitions"
        for each in FOLDERS:
            if (folder / each).is_dir():
                shutil.copytree(folder / each, trial / each)
        yield trial


def _mistaken(sort: Sort, key: str, text: str) -> list[str]:
    try:
        _only(sort, key, text)
    except DefinitionError as error:
        return list(error.problems)
    return []


def _only(sort: Sort, key: str, text: str) -> None:
    """Raises DefinitionError unless the text defines this one key and nothing else."""
    if not KEY.fullmatch(key):
        raise DefinitionError([f'"{key}" is no key: use small letters, digits and _.'])
    found = keys_of(text, sort)
    if found != [key]:
        listed = ", ".join(found) or "nothing"
        raise DefinitionError([f'{key}.yml line 1: this text must define "{key}" and nothing else; it holds {listed}.'])


@lru_cache(maxsize=32)
def _top(text: str) -> Entry | None:
    """Only to be read: a search goes through the same files once for every key."""
    return read(text, Problems("")) if text.strip() else None


def keys_of(text: str, sort: Sort) -> list[str]:
    """The keys a text defines, in its order; none where it cannot be read."""
    top = _top(text)
    if top is None:
        return []
    if sort == "lifecycles":
        key = top.items.get("lifecycle")
        return [key.text] if isinstance(key, Scalar) else []
    if sort == "rfm":
        return ["rfm"] if isinstance(top.items.get("rfm"), Entry) else []
    held = top.items.get(sort)
    return list(held.items) if isinstance(held, Entry) else []


def _span(text: str, sort: Sort, key: str) -> tuple[int, int] | None:
    """First and last-but-one line (from 0) of the definition in the text."""
    if key not in keys_of(text, sort):
        return None
    lines = text.splitlines()
    if sort == "lifecycles":
        return 0, len(lines)
    top = _top(text)
    assert top is not None
    held = top if sort == "rfm" else top.items[sort]
    assert isinstance(held, Entry)
    start = held.line_of(key) - 1
    if held is not top and start == top.line_of(sort) - 1:
        raise DefinitionError([f"line {start + 1}: begin each of the {sort} on a line of its own."])
    following = [line - 1 for line in (*held.lines.values(), *top.lines.values()) if line - 1 > start]
    end = min(following, default=len(lines))
    return start, _without_trailing_notes(lines, start, end)


def _without_trailing_notes(lines: list[str], start: int, end: int) -> int:
    """Comments and blank lines before the next entry belong to that one."""
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def cut(text: str, sort: Sort, key: str) -> str:
    """The text of one of the definitions that a text holds. Raises NotFound."""
    span = _span(text, sort, key)
    if span is None:
        raise NotFound(f'There is no definition "{key}" in this text.')
    return _cut(text, sort, span)


def _cut(text: str, sort: Sort, span: tuple[int, int]) -> str:
    if sort == "lifecycles":
        return text
    head = [] if sort in WHOLE else [f"{sort}:"]
    return "\n".join([*head, *text.splitlines()[slice(*span)]]) + "\n"


def _body(text: str) -> str:
    """The lines under `features:` or `segments:`."""
    lines = text.splitlines()
    head = next(index for index, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
    return "\n".join([*lines[:head], *lines[head + 1 :]]) + "\n"


def _spliced(whole: str, span: tuple[int, int], replacement: str) -> str:
    lines = whole.splitlines()
    return "\n".join([*lines[: span[0]], *replacement.splitlines(), *lines[span[1] :]]) + "\n"


def _write(path: Path, text: str) -> Path:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, "utf-8")
    os.replace(unfinished, path)
    return path


def _built_in(sort: Sort) -> list[str]:
    ours = resources.files("tenure.definitions") / "builtin"
    if sort == "lifecycles":
        return [each.read_text("utf-8") for each in sorted(ours.joinpath("lifecycles").iterdir(), key=str)]
    return [ours.joinpath(f"{sort}.yml").read_text("utf-8")] if sort in ("features", "rfm") else []
