"""The Chinese of all sentences: one .po file a room in `zh/`, which any translator's program opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tenure.sentences.template import PART, Template

__all__ = ["FOLDER", "Catalogue", "chinese", "read"]

FOLDER = Path(__file__).parent / "zh"


@dataclass(frozen=True)
class Catalogue:
    """Templates with placeholders, those with most text of their own first, and by themselves those without."""

    sentences: tuple[Template, ...]
    parts: tuple[Template, ...]  # these only stand inside sentences
    fixed: dict[str, str]
    fixed_parts: dict[str, str]

    @classmethod
    def of(cls, templates: Iterable[Template]) -> Catalogue:
        """The catalogue of these templates."""
        both = [form for each in templates for form in each.forms()]
        ranked = sorted(both, key=lambda each: (-len(each.own), each.english))
        fixed = [each for each in ranked if not each.names]
        return cls(
            tuple(each for each in ranked if each.names and not each.part),
            tuple(each for each in ranked if each.names and each.part),
            {each.own: each.said({}) for each in fixed if not each.part},
            {each.own: each.said({}) for each in fixed if each.part},
        )


def read(folder: Path = FOLDER) -> Iterator[Template]:
    """Every translated sentence of the folder's files; what a slip of a brace has broken stays English."""
    import polib

    for path in sorted(folder.glob("*.po")):
        for entry in polib.pofile(str(path)):
            template = Template(entry.msgid, entry.msgstr, entry.msgctxt == PART)
            if template.chinese and not entry.obsolete and "fuzzy" not in entry.flags and template.sound:
                yield template


@cache
def chinese() -> Catalogue:
    """The catalogue that comes with Tenure; read when the first sentence is asked for."""
    return Catalogue.of(read())
