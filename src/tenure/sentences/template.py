"""A sentence with {named placeholders} in English, and the same in Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from string import Formatter

__all__ = ["PART", "PROGRAM", "Template", "Value"]

PART = "part"  # msgctxt of what only stands inside other sentences
PROGRAM = "program"  # msgctxt of what other programs say: YAML, Liquid, the operating system
_MORE = re.compile(r"[.?!]\s|;\s|\n")  # where a value would begin a further sentence
_MORE_THAN_A_PART = re.compile(r":\s|[.?!]\s|;\s|\n")  # what follows a colon is no part any more
_HAN_LATIN = re.compile(r"[\u3400-\u9fff][A-Za-z0-9`]|[A-Za-z0-9`][\u3400-\u9fff]")
_QUOTES = re.compile(r'["`\n]')


@dataclass(frozen=True, slots=True)
class Value:
    """What stood in place of a placeholder; what stood in quotes is somebody's own word."""

    text: str
    quoted: bool


@dataclass(frozen=True)
class Template:
    """English and Chinese with the same {placeholders}; `part` if it only stands inside other sentences."""

    english: str
    chinese: str
    part: bool = False

    def forms(self) -> tuple[Template, ...]:
        """Itself; and without its leading space, which it loses where texts are split."""
        return (self, replace(self, english=self.english[1:])) if self.english.startswith(" ") else (self,)

    @cached_property
    def parsed(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Its own texts and, between them, its placeholders: one text more. Raises ValueError for a stray brace."""
        texts, names = [""], []
        for text, name, _, _ in Formatter().parse(self.english):
            texts[-1] += text
            if name is not None:
                names.append(name)
                texts.append("")
        return tuple(texts), tuple(names)

    @property
    def names(self) -> frozenset[str]:
        """Its placeholders."""
        return frozenset(self.parsed[1])

    @property
    def sound(self) -> bool:
        """Whether both texts can be filled in, and with the same values."""
        try:
            filled = {name for _, name, _, _ in Formatter().parse(self.chinese) if name is not None}
            return filled == self.names and all(map(str.isidentifier, filled))
        except ValueError:
            return False

    @property
    def own(self) -> str:
        """What of it is no placeholder."""
        return "".join(self.parsed[0])

    @cached_property
    def longest(self) -> str:
        """The longest text of its own: a text without it is not this sentence."""
        return max(self.parsed[0], key=len)

    @cached_property
    def quoted(self) -> frozenset[str]:
        """The placeholders that stand in quotes."""
        texts, names = self.parsed
        around = zip(names, texts, texts[1:], strict=False)
        return frozenset(name for name, before, after in around if before[-1:] == after[:1] and _QUOTES.match(after))

    def values(self, text: str, lenient: bool) -> dict[str, Value] | None:
        """What stands in the placeholders when the whole text is this sentence, else None.

        Unless `lenient`, no value may hold a further sentence, and what stands in quotes no quote. A value that nothing
        follows may: `growth.yml line 3: …` tells all that is wrong there.
        """
        texts, names = self.parsed
        found = _between(texts, text)
        if found is None:
            return None
        values = {name: Value(each, name in self.quoted) for name, each in zip(names, found, strict=True)}
        if any(values[name].text != each for name, each in zip(names, found, strict=True)):
            return None  # one placeholder stands for one text
        if lenient and not self.part:
            return values
        closed = names if self.part or texts[-1] else names[:-1]
        return None if any(self._strange(values[name], lenient) for name in closed) else values

    def _strange(self, value: Value, lenient: bool) -> bool:
        """Whether a value is more than one usually is."""
        if value.quoted:
            return not lenient and _QUOTES.search(value.text) is not None
        return (_MORE_THAN_A_PART if self.part else _MORE).search(value.text) is not None

    def said(self, values: Mapping[str, str]) -> str:
        """The Chinese with these values, a space between a Chinese letter and a Latin one or a digit."""
        said = ""
        for text, name, _, _ in Formatter().parse(self.chinese):
            said = _joined(said, text)
            said = said if name is None else _joined(said, values[name])
        return said


def _joined(before: str, after: str) -> str:
    return f"{before} {after}" if _HAN_LATIN.search(f"{before[-1:]}{after[:1]}") else before + after


def _place(each: str, text: str, at: int, end: int) -> int:
    """Where it stands next; a full stop ends a sentence and no `own.yml`, so that nothing or a space follows it."""
    place = text.find(each, at, end)
    while place >= 0 and each[-1] in ".?!" and text[place + len(each) : place + len(each) + 1].strip():
        place = text.find(each, place + 1, end)
    return place


def _between(texts: tuple[str, ...], text: str) -> list[str] | None:
    """What stands between these texts when the whole is made of them; of several ways, that with the shortest first."""
    first, last = texts[0], texts[-1]
    if len(texts) == 1:
        return [] if text == first else None
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return None
    found = []
    for each in texts[1:-1]:
        place = _place(each, text, at, end) if each else at
        if place < 0:
            return None
        found.append(text[at:place])
        at = place + len(each)
    return [*found, text[at:end]]
