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
_ONE = r"(?:(?![.?!]\s|;\s|\n).)*?"  # a value that begins no further sentence
_INNER = r"(?:(?!:\s|[.?!]\s|;\s|\n).)*?"  # a value inside a part: what follows a colon is no part any more
_ANY = r".*?"
_QUOTED = r'[^"`\n]*?'


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
    def pieces(self) -> tuple[tuple[str, str | None], ...]:
        """(text, the placeholder after it) from left to right."""
        found: list[tuple[str, str | None]] = []
        held = ""
        for text, name, _, _ in Formatter().parse(self.english):
            held += text
            if name is not None or not text.endswith(("{", "}")):  # after an escaped brace the text goes on
                found.append((held, name))
                held = ""
        return (*found, (held, None)) if held else tuple(found)

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """Its own texts between the placeholders, the longest first."""
        return tuple(sorted((text for text, _ in self.pieces if text), key=len, reverse=True))

    @property
    def sound(self) -> bool:
        """Whether both texts can be filled in, and with the same values."""
        try:
            filled = {name for _, name, _, _ in Formatter().parse(self.chinese) if name is not None}
            return filled == {name for _, name in self.pieces if name is not None} and all(
                map(str.isidentifier, filled)
            )
        except ValueError:
            return False

    @property
    def fixed(self) -> bool:
        """Whether it has no placeholder."""
        return all(name is None for _, name in self.pieces)

    @property
    def weight(self) -> int:
        """How many letters are its own: what has more of them is tried first."""
        return sum(map(len, self.literals))

    @cached_property
    def quoted(self) -> frozenset[str]:
        """The placeholders that stand in quotes."""
        found = set()
        for (before, name), (after, _) in zip(self.pieces, (*self.pieces[1:], ("", None)), strict=True):
            if name and before[-1:] in ('"', "`") and before[-1:] == after[:1]:
                found.add(name)
        return frozenset(found)

    @cached_property
    def strict(self) -> re.Pattern[str]:
        """Matches the whole sentence where no value holds a quote or a further sentence."""
        return self._pattern(_INNER if self.part else _ONE, _QUOTED)

    @cached_property
    def lenient(self) -> re.Pattern[str]:
        """Matches the whole sentence, whatever its values hold."""
        return self._pattern(_INNER if self.part else _ANY, _ANY)

    def _pattern(self, plain: str, quoted: str) -> re.Pattern[str]:
        text, seen = "", set[str]()
        for before, name in self.pieces:
            text += re.escape(before)
            if name in seen:
                text += f"(?P={name})"
            elif name:
                seen.add(name)
                text += f"(?P<{name}>{quoted if name in self.quoted else plain})"
        return re.compile(text, re.DOTALL)

    def values(self, text: str, lenient: bool) -> dict[str, Value] | None:
        """What stands in the placeholders when the whole text is this sentence, else None."""
        if any(each not in text for each in self.literals):
            return None
        found = (self.lenient if lenient else self.strict).fullmatch(text)
        return found and {name: Value(each, name in self.quoted) for name, each in found.groupdict().items()}

    def said(self, values: Mapping[str, str]) -> str:
        """The Chinese with these values."""
        return self.chinese.format_map(values)
