"""What products and categories are called in each language: the company's own `definitions/titles.csv`.

Events name a product once, in the language of the shop that sold it. Here a name gets its words; what has none is
shown as it came.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tenure.definitions import Words
from tenure.errors import DefinitionError

__all__ = ["FILE", "Titles", "load_titles"]

FILE = "titles.csv"
COLUMNS = ("name", "en", "zh")


@dataclass(frozen=True)
class Titles:
    """Words by name: the key of a product or category, or what it is called in either language."""

    known: Mapping[str, Words] = field(default_factory=dict)

    def of(self, name: str) -> Words:
        """The words of a name; the name itself where it has none."""
        return self.known.get(name) or Words(name, name)


def load_titles(folder: Path) -> Titles:
    """The titles of a folder of definitions, none without the file. Raises DefinitionError when it is wrong."""
    own = folder / FILE
    return _read(own, own.stat().st_mtime_ns) if own.is_file() else Titles()


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Titles:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DefinitionError([f"{FILE}: it cannot be read ({type(error).__name__}). Save it as UTF-8 text."]) from None
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise DefinitionError([f"{FILE} line 1: expected the columns {','.join(COLUMNS)}."])
    found: dict[str, Words] = {}
    for row in rows:
        en, zh = (row["en"] or row["zh"] or "").strip(), (row["zh"] or row["en"] or "").strip()
        if en:
            for name in (row["name"], en, zh):
                found.setdefault((name or "").strip(), Words(en, zh))
    return Titles(found)
