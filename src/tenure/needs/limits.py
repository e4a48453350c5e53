"""What may not be offered: the company's own `definitions/needs.yml`, and the stock it names.

Without that file nothing is forbidden, and a product counts as gone when nobody has bought it for 90 days.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from tenure.definitions.located import Problems, read
from tenure.definitions.section import Section
from tenure.errors import DefinitionError

__all__ = ["FILE", "Limits", "load_limits"]

FILE = "needs.yml"
GONE_AFTER = 90
KEYS = ("never_products", "never_categories", "gone_after_days", "stock")


@dataclass(frozen=True)
class Limits:
    """Products and categories never offered, days without a sale after which one is gone, and the stock where known."""

    never_products: tuple[str, ...] = ()
    never_categories: tuple[str, ...] = ()
    gone_after: int = GONE_AFTER
    stock: tuple[tuple[str, float], ...] = ()


def load_limits(folder: Path) -> Limits:
    """The limits of a folder of definitions. Raises DefinitionError with all problems: file, line, what to write."""
    own, problems = folder / FILE, Problems(FILE)
    if not own.exists():
        return Limits()
    try:
        top = read(own.read_text("utf-8-sig"), problems)
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError([f"{FILE}: it cannot be read ({type(error).__name__}). Save it as UTF-8 text."]) from None
    found = Limits()
    if top is not None:
        found = _limits(Section(top, FILE, problems, False), folder)
    if problems.errors:
        raise DefinitionError(problems.errors)
    return found


def _limits(section: Section, folder: Path) -> Limits:
    section.known(KEYS)
    name = section.text("stock")
    stock = _stock(section, folder, name) if name else ()
    products, categories = section.texts("never_products"), section.texts("never_categories")
    return Limits(products, categories, section.days("gone_after_days") or GONE_AFTER, stock)


def _stock(section: Section, folder: Path, name: str) -> tuple[tuple[str, float], ...]:
    """The rows `product,stock` of a CSV file beside needs.yml."""
    path = folder / name
    if path.resolve().parent != folder.resolve() or not path.is_file():
        section.problem(
            "stock", f'"{name}" is not a file beside {FILE}. Put a CSV with the columns product,stock there.'
        )
        return ()
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    found = []
    for number, row in enumerate(rows, 2):
        try:
            found.append((str(row["product"]).strip(), float(row["stock"])))
        except (KeyError, TypeError, ValueError):
            section.problem(
                "stock", f"{name} line {number}: expected the columns product,stock with a number of pieces."
            )
            return ()
    return tuple(found)
