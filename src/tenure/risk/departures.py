"""Why customers leave: the tree of reasons that people choose from, built in or the workspace's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tenure.definitions import Words
from tenure.definitions.located import Problems, read
from tenure.definitions.section import Section
from tenure.errors import DefinitionError

__all__ = ["Departure", "load_departures", "read_departures"]

FILE = "departures.yml"


@dataclass(frozen=True)
class Departure:
    """A reason for leaving, and what it can be about, {key: words}. A part is kept as `reason.part`."""

    key: str
    title: Words
    parts: Mapping[str, Words]


def load_departures(folder: Path) -> tuple[Departure, ...]:
    """The reasons of a folder of definitions, the built-in ones where it has none. Raises DefinitionError."""
    return read_departures(folder)[0]


def read_departures(folder: Path) -> tuple[tuple[Departure, ...], tuple[str, ...]]:
    """The reasons, and what is left unsaid in one language. Raises as `load_departures` does."""
    own, problems = folder / FILE, Problems(FILE)
    try:
        text = own.read_text("utf-8-sig") if own.exists() else files("tenure.risk").joinpath(FILE).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError([f"{FILE}: it cannot be read ({type(error).__name__}). Save it as UTF-8 text."]) from None
    top = read(text, problems)
    found: tuple[Departure, ...] = ()
    if top is not None:
        section = Section(top, FILE, problems, not own.exists())
        section.known(("departures",))
        found = tuple(_departure(key, each) for key, each in section.named("departures", "reason").items())
    if not found and not problems.errors:
        problems.add(1, "there are no reasons. Write `departures:` with a title each, or remove the file.")
    if problems.errors:
        raise DefinitionError(problems.errors)
    return found, tuple(problems.warnings)


def _departure(key: str, section: Section) -> Departure:
    section.known(("title", "parts"))
    parts = section.named("parts", "part")
    for part in parts.values():
        part.known(("en", "zh"))
    return Departure(key, section.words("title"), {each: part.own_words() for each, part in parts.items()})
