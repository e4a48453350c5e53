"""Finding the sentence that a text is, and saying it in Chinese.

Code goes on raising plain English; who shows a text to a reader of Chinese has it translated here. A text may be one
sentence of the catalogue, several of them, or lines of them; values inside may be sentences in turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tenure.sentences.catalogue import Catalogue, chinese
from tenure.sentences.template import Template, Value

__all__ = ["Translator", "in_language"]

DEEPEST = 5  # sentences inside sentences
LONGEST = 4_000  # characters of a line; what is longer is no sentence
MOST_PARTS = 21  # sentences in a row, and what stands between them
_BETWEEN = re.compile(r"((?<=[.?!])[ ]+(?=\S)|;[ ]+)")
_COMMAS = re.compile(r"[^\s,]+(, [^\s,]+)+")
_JOINED = re.compile(r"[^\s,]+( (and|or|with) [^\s,]+)+")
_JOINTS = {"and": "{first}和{last}", "or": "{first}或{last}", "with": "{first}与{last}"}
_ENDED = tuple("。？！；：…")


def in_language(text: str, language: str) -> str:
    """The text in this language; what is unknown, or already Chinese, stays as it is."""
    return _in_chinese(text) if language.startswith("zh") and text.strip() else text


@lru_cache(2_000)
def _in_chinese(text: str) -> str:
    return Translator(chinese()).lines(text)


class Translator:
    """Says texts in the words of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def lines(self, text: str) -> str:
        """The text, line by line where it has several."""
        return "\n".join((len(line) <= LONGEST and self.sentence(line, 0)) or line for line in text.split("\n"))

    def sentence(self, text: str, depth: int) -> str | None:
        """The text if any of it is known; None when nothing is."""
        if depth > DEEPEST or " " not in text.strip():
            return self._fixed(text, depth)
        return (
            self._whole(text, depth, lenient=False)
            or self._in_parts(text, depth, all_known=True)
            or self._whole(text, depth, lenient=True)
            or self._after_colon(text, depth)
            or self._in_parts(text, depth, all_known=False)
        )

    def _fixed(self, text: str, depth: int) -> str | None:
        found = self.catalogue.fixed.get(text)
        return self.catalogue.fixed_parts.get(text) if found is None and depth else found

    def _templates(self, depth: int) -> Iterator[Template]:
        yield from self.catalogue.sentences
        if depth:
            yield from self.catalogue.parts

    def _whole(self, text: str, depth: int, lenient: bool) -> str | None:
        found = self._fixed(text, depth)
        if found is not None:
            return found
        for template in self._templates(depth):
            values = template.values(text, lenient) if template.longest in text else None
            if values is not None:
                return template.said({name: self._value(value, depth + 1) for name, value in values.items()})
        return None

    def _value(self, value: Value, depth: int) -> str:
        if value.quoted or not value.text.strip():
            return value.text
        return self.sentence(value.text, depth) or self._list(value.text, depth) or value.text

    def _list(self, text: str, depth: int) -> str | None:
        """Words in a row as Chinese lists them: names with commas between them, which stay, or `a and b`."""
        if _COMMAS.fullmatch(text):
            return text.replace(", ", "、")
        if not _JOINED.fullmatch(text):
            return None
        *words, joint, last = re.split(" (and|or|with) ", text)
        first = "、".join(self._fixed(word, depth) or word for word in words[::2])
        return Template("", _JOINTS[joint]).said({"first": first, "last": self._fixed(last, depth) or last})

    def _after_colon(self, text: str, depth: int) -> str | None:
        """`where: sentence`, if the sentence is known."""
        where, colon, rest = text.partition(": ")
        said = self.sentence(rest, depth + 1) if colon else None
        return said and f"{self.sentence(where, depth + 1) or where}：{said}"

    def _in_parts(self, text: str, depth: int, all_known: bool) -> str | None:
        """Several sentences in a row, the longest known ones first."""
        parts = _BETWEEN.split(text)
        if not 1 < len(parts) <= MOST_PARTS:
            return None
        said, known, at = "", False, 0
        while at < len(parts):
            end, found = self._longest(parts, at, depth)
            if found is None and all_known:
                return None
            known = known or found is not None
            said += (found or parts[at]) + _joint(parts[end : end + 1], found or parts[at])
            at = end + 1
        return said if known else None

    def _longest(self, parts: list[str], start: int, depth: int) -> tuple[int, str | None]:
        """Where the longest known sentence from here ends, and its Chinese."""
        for end in range(len(parts), start, -2):
            if not (start == 0 and end == len(parts)):
                found = self._whole("".join(parts[start:end]), depth, lenient=False)
                if found is not None:
                    return end, found
        return start + 1, None


def _joint(between: list[str], before: str) -> str:
    """What stands between two sentences: nothing after a Chinese full stop."""
    if not between or before.endswith(_ENDED):
        return ""
    return "；" if between[0].startswith(";") and not before.isascii() else between[0]
