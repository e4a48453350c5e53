"""Changes made in a form, written into YAML text: what is not touched keeps its place, its style and its comments."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tenure.errors import DefinitionError

__all__ = ["Change", "Patch", "plain"]

Path = tuple[str, ...]
Change = tuple[Path, Any]


def plain(text: str) -> Any:
    """The text as dictionaries and lists of texts: what a form shows. Raises DefinitionError when it is no YAML."""
    return _plain(_loaded(text))


class Patch:
    """One text under change. Steps are keys; a missing mapping on the way is made."""

    def __init__(self, text: str) -> None:
        self.tree = _loaded(text)
        self.before = text
        self.changed = False

    def get(self, path: Path) -> Any:
        """What stands at a path, as dictionaries, lists and texts; None when nothing does."""
        holder = self._holder(path[:-1], make=False)
        return None if holder is None or path[-1] not in holder else _plain(holder[path[-1]])

    def set(self, path: Path, value: Any) -> None:
        """Put a text, number, flag, list or mapping at a path; "" and None and [] take it away."""
        holder = self._holder(path[:-1], make=value not in ("", None, []))
        if holder is None:
            return
        if value in ("", None, []):
            if path[-1] in holder:
                del holder[path[-1]]
                self.changed = True
        elif _plain(holder.get(path[-1])) != _plain(value):
            holder[path[-1]] = _in_one_line(value)
            self.changed = True

    def order(self, path: Path, keys: Sequence[str]) -> None:
        """Put the entries of a mapping into this order."""
        holder = self._holder(path, make=False)
        if holder is None or list(holder) == list(keys):
            return
        for key in keys:
            holder.move_to_end(key)
        self.changed = True

    def rename(self, path: Path, key: str) -> None:
        """Call an entry by another key, in its place."""
        holder = self._holder(path[:-1], make=False)
        if holder is None or path[-1] not in holder or not key or key in holder:
            return
        place = list(holder).index(path[-1])
        holder.insert(place, key, holder.pop(path[-1]))
        self.changed = True

    def text(self) -> str:
        """The whole text; to the letter the one given when nothing changed."""
        if not self.changed:
            return self.before
        written = io.StringIO()
        _yaml().dump(self.tree, written)
        return written.getvalue()

    def _holder(self, path: Path, make: bool) -> Any:
        found = self.tree
        for key in path:
            if not isinstance(found.get(key), Mapping):
                if not make:
                    return None
                found[key] = _words_or_mapping(found.get(key))
                self.changed = True
            found = found[key]
        return found


def _in_one_line(value: Any) -> Any:
    """A list of numbers is written `[7, 30, 90]`, as people write it."""
    from ruamel.yaml.comments import CommentedSeq

    if not isinstance(value, list) or not all(isinstance(each, int | float) for each in value):
        return value
    made = CommentedSeq(value)
    made.fa.set_flow_style()
    return made


def _words_or_mapping(present: Any) -> Any:
    """A plain text stands for the text of one language: when the other is added it becomes a mapping of both."""
    from ruamel.yaml.comments import CommentedMap

    made = CommentedMap()
    if isinstance(present, str):
        made["zh" if any("\u3400" <= letter <= "\u9fff" for letter in present) else "en"] = present
    return made


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt", pure=True)
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    yaml.allow_unicode = True
    return yaml


def _loaded(text: str) -> Any:
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    try:
        found = _yaml().load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise DefinitionError([f"{line}it cannot be read as YAML."]) from error
    if not isinstance(found, CommentedMap):
        raise DefinitionError(["line 1: the text must begin with `name: value` lines."])
    return found


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_plain(each) for each in node]
    if isinstance(node, bool):
        return "true" if node else "false"
    return "" if node is None else _number(node) if isinstance(node, int | float) else str(node)


def _number(node: Any) -> str:
    written: Callable[[], str] | None = getattr(node, "_raw", None)
    return str(written) if written else f"{node:g}" if isinstance(node, float) else str(node)
