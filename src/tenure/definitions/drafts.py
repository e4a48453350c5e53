"""A draft: a folder or a file of definitions that are to take the place of those of the same key, or to be added.

What a draft does not name stays as it is; so a draft may be one file, or a whole copy of the workspace's definitions.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tenure.definitions.list_files import named_files, put_lists
from tenure.definitions.loader import FOLDERS, load_checked, own_files
from tenure.definitions.objects import Definitions
from tenure.definitions.texts import SORTS, Sort, copied, cut, find, home, keys_of, put, remove
from tenure.definitions.versions import diff
from tenure.errors import DefinitionError, NotFound, UsageError

__all__ = ["Change", "changes", "drafted", "lists", "pieces", "with_texts"]

Piece = tuple[Sort, str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One definition that a draft adds (`before` None) or changes: its texts, and the lines that went and came."""

    sort: Sort
    key: str
    before: str | None
    after: str

    @property
    def lines(self) -> list[str]:
        """The lines that go (-), come (+) and stay around them."""
        return diff(self.before, self.after)


def pieces(draft: Path) -> list[Piece]:
    """(sort, key, text) of every definition in a draft. Raises UsageError where there is none."""
    found = [
        (sort, key, cut(text, sort, key)) for _, text in _texts(draft) for sort in SORTS for key in keys_of(text, sort)
    ]
    if not found:
        raise UsageError(f"{draft} holds no definition: no lifecycle, no features, no segments.")
    return found


def _texts(draft: Path) -> list[tuple[Path, str]]:
    if draft.is_dir():
        files = [path for folder in (draft, *(draft / name for name in FOLDERS)) for path in own_files(folder)]
    elif draft.is_file():
        files = [draft]
    else:
        raise UsageError(f"There is no file or folder {draft}.")
    try:
        return [(path, path.read_text("utf-8-sig")) for path in files]
    except UnicodeDecodeError as error:
        raise DefinitionError([f"{draft}: a file is no UTF-8 text."]) from error


def lists(folder: Path, draft: Path) -> dict[str, bytes]:
    """The files of customers that a draft's segments name and that stand beside them, as far as they are new."""
    found = {name: path.parent / name for path, text in _texts(draft) for name in named_files(text)}
    contents = {name: path.read_bytes() for name, path in sorted(found.items()) if path.is_file()}
    return {name: content for name, content in contents.items() if content != _content(folder / "segments" / name)}


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def changes(folder: Path, found: Iterable[Piece]) -> list[Change]:
    """What the pieces would change in the definitions of `folder`; a piece equal to what is there changes nothing."""
    made = [Change(sort, key, _present(folder, sort, key), text) for sort, key, text in found]
    return [each for each in made if each.before is None or each.before.split() != each.after.split()]


def _present(folder: Path, sort: Sort, key: str) -> str | None:
    try:
        return find(folder, sort, key).text
    except NotFound:
        return None


def drafted(folder: Path, draft: Path, currency: str) -> Definitions:
    """All definitions as they would be. Raises DefinitionError with every problem, by the draft's files and lines."""
    with copied(folder) as trial:
        for number, (path, text) in enumerate(_texts(draft)):
            sorts = [sort for sort in SORTS if keys_of(text, sort)] or [_sort_of(path)]
            for sort in sorts:
                for key in keys_of(text, sort):
                    remove(trial, sort, key)
            target = trial / home(sorts[0]) / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target.with_name(f"draft{number}-{path.name}") if target.exists() else target)
        put_lists(trial, lists(trial, draft))
        definitions, errors, _warnings = load_checked(trial, currency)
    if errors:
        raise DefinitionError(errors)
    return definitions


def _sort_of(path: Path) -> Sort:
    return next((sort for sort in SORTS if path.parent.name == sort), "lifecycles")


def with_texts(
    folder: Path,
    texts: Iterable[tuple[Sort, str, str | None]],
    currency: str,
    lists: Mapping[str, bytes] | None = None,
) -> Definitions:
    """All definitions as they would be with these texts (None: without that one) and lists. Raises DefinitionError."""
    with copied(folder) as trial:
        put_lists(trial, lists or {})
        for sort, key, text in texts:
            if text is None:
                remove(trial, sort, key)
            else:
                put(trial, sort, key, text)
        definitions, errors, _warnings = load_checked(trial, currency)
    if errors:
        raise DefinitionError(errors)
    return definitions
