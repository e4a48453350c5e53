"""Reads one mapping of a definition file key by key; what is wrong is noted with its line, and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tenure.definitions.located import Entry, Item, Listing, Problems, Scalar, did_you_mean
from tenure.definitions.objects import Words

__all__ = ["KEY", "Section"]

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_HAN = re.compile("[\u3400-\u9fff]")
_NOTHING = Words("", "")


class Section:
    """One mapping: a feature, a lifecycle, a stage, a goal …; `name` is how it is called in problems."""

    def __init__(self, entry: Entry, name: str, problems: Problems, built_in: bool) -> None:
        self.entry = entry
        self.name = name
        self.problems = problems
        self.built_in = built_in

    def unheard(self) -> Section:
        """The same mapping for reading it once more: its problems have been told."""
        return Section(self.entry, self.name, Problems(""), self.built_in)

    def known(self, keys: Iterable[str]) -> None:
        """Note every key that is not one of these."""
        listed = list(keys)
        for key in self.entry.items:
            if key not in listed:
                cut = not self.has(key) and "en" in listed
                hint = " A text with a comma needs quotes inside { }." if cut else did_you_mean(key, listed)
                self.problem(key, f'unknown entry "{key[:60]}" in {self.name}.{hint}')

    def problem(self, key: str, sentence: str) -> None:
        """Note an error at a key's line."""
        self.problems.add(self.entry.line_of(key), sentence)

    def has(self, key: str) -> bool:
        """Whether the key is given with a value."""
        item = self.entry.items.get(key)
        return item is not None and not (isinstance(item, Scalar) and item.plain and item.text in ("", "null", "~"))

    def get(self, key: str) -> Item | None:
        """The node of a key, None when it is not given."""
        return self.entry.items[key] if self.has(key) else None

    def text(self, key: str) -> str | None:
        """A text, or None."""
        item = self.get(key)
        if item is None or isinstance(item, Scalar):
            return item.text.strip() if item else None
        self.problem(key, f'"{key}" in {self.name} must be a text.')
        return None

    def choice(self, key: str, known: Iterable[str]) -> str | None:
        """One of the known words, or None."""
        found, listed = self.text(key), list(known)
        if found is not None and found not in listed:
            said = did_you_mean(found, listed) or f" Known: {', '.join(listed)}."
            self.problem(key, f'"{found}" is not a {key} that is known.{said}')
            return None
        return found

    def number(self, key: str) -> float | None:
        """A number, or None."""
        found = self.text(key)
        if found is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", found):
            self.problem(key, f'"{key}" in {self.name} must be a number, not "{found[:40]}".')
            return None
        return float(found)

    def days(self, key: str) -> int | None:
        """A number of days from 1 to 36,500, or None."""
        found = self.number(key)
        if found is not None and not (found.is_integer() and 1 <= found <= 36_500):
            self.problem(key, f'"{key}" in {self.name} must be a number of days from 1 to 36500.')
            return None
        return None if found is None else int(found)

    def flag(self, key: str) -> bool:
        """true or false (the default)."""
        found = self.text(key)
        if found not in (None, "true", "false"):
            self.problem(key, f'"{key}" in {self.name} must be true or false.')
        return found == "true"

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; one text alone counts as a list of one."""
        item = self.get(key)
        if item is None:
            return ()
        items = item.items if isinstance(item, Listing) else (item,)
        found = tuple(each.text for each in items if isinstance(each, Scalar))
        if len(found) != len(items):
            self.problem(key, f'"{key}" in {self.name} must be a list of texts.')
        return found

    def sections(self, key: str, name: str) -> list[Section]:
        """A list of mappings; a plain text stands for a mapping of that text alone."""
        item = self.get(key)
        if item is None:
            return []
        if not isinstance(item, Listing):
            self.problem(key, f'"{key}" in {self.name} must be a list (lines beginning with "-").')
            return []
        return [self._inner(each, f"{name} of {self.name}") for each in item.items]

    def section(self, key: str, name: str) -> Section | None:
        """A mapping, or None."""
        item = self.get(key)
        return None if item is None else self._inner(item, name)

    def named(self, key: str, noun: str) -> dict[str, Section]:
        """A mapping of keys to mappings, such as `stages`."""
        item = self.get(key)
        if item is None:
            return {}
        if not isinstance(item, Entry):
            self.problem(key, f'"{key}" must hold one entry for each {noun}.')
            return {}
        found = {}
        for each, value in item.items.items():
            if not KEY.fullmatch(each):
                self.problems.add(item.line_of(each), f'"{each}" is no key: use small letters, digits and _.')
            elif not isinstance(value, Entry):
                self.problems.add(item.line_of(each), f'{noun} "{each}" must hold entries such as title and meaning.')
            else:
                start = Entry(value.items, item.line_of(each), value.lines)
                found[each] = Section(start, f'{noun} "{each}"', self.problems, self.built_in)
        return found

    def _inner(self, item: Item, name: str) -> Section:
        if isinstance(item, Scalar):
            language = "zh" if _HAN.search(item.text) else "en"
            item = Entry({language: item}, item.line)
        elif isinstance(item, Listing):
            self.problems.add(item.line, f"{name} must hold entries, not a list.")
            item = Entry({}, item.line)
        return Section(item, name, self.problems, self.built_in)

    def words(self, key: str, required: bool = True) -> Words:
        """The texts {en, zh} of a key; a plain text counts for its language alone."""
        if not self.has(key):
            if required:
                self.problem(key, f"{self.name} needs a {key} in words.")
            return _NOTHING
        inner = self.section(key, f'"{key}" of {self.name}')
        if inner is None:
            return _NOTHING
        inner.known(("en", "zh"))
        return inner.own_words()

    def own_words(self) -> Words:
        """The texts `en` and `zh` of this mapping itself."""
        found = Words(self.text("en") or "", self.text("zh") or "")
        if not found.en and not found.zh:
            self.problems.add(self.entry.line, f"{self.name} is empty: say it in words (en and zh).")
        elif not (found.en and found.zh):
            missing = "English" if found.zh else "Chinese"
            note = self.problems.add if self.built_in else self.problems.warn
            note(self.entry.line, f"the {missing} text of {self.name} is missing.")
        return found
