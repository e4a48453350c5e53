"""Journeys written as files in `definitions/journeys`, checked with the file and line of every problem."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tenure.definitions import Definitions
from tenure.definitions.located import Entry, Item, Listing, Problems, Scalar, read
from tenure.definitions.section import Section
from tenure.errors import DefinitionError
from tenure.journeys import reading
from tenure.journeys.naming import rules_over, unknown_places

__all__ = ["FOLDER", "check_files"]

FOLDER = "journeys"
HELD = {
    "trigger": ("lifecycle", "stage", "segment", "leaves"),
    "goal": ("event", "lifecycle", "stage", "days"),
    "exit": ("leaves", "when"),
    "again": ("days",),
}
TEMPLATE = ("key", "name", "name_zh", "form", "subject_en", "body_en", "subject_zh", "body_zh")
LANGUAGES = ("en", "zh")
LEVELS = 4 * reading.DEEPEST + 4  # of YAML: a branch holds its ways, a way its steps, each a list of entries


def check_files(folder: Path, definitions: Definitions) -> list[str]:
    """All that is wrong in the journeys of a folder of definitions: file, line, what to write; empty when all is well.

    What is only in the application (a message template that people wrote there) is not known here.
    """
    return [sentence for path in _files(folder) for sentence in _check(path, definitions)]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / FOLDER).glob("*.yml") if not path.name.startswith("."))


def _check(path: Path, definitions: Definitions) -> list[str]:
    problems = Problems(path.name)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problems.add(1, f"it cannot be read ({type(error).__name__}). Save it as UTF-8 text.")
        return problems.errors
    top = read(text, problems, LEVELS)
    whole = Section(top or Entry({}, 1), path.name, problems, built_in=False)
    whole.known(("journey", "templates"))
    journey = whole.entry.items.get("journey")
    if isinstance(journey, Entry):
        _names(whole, journey)
        problems.errors += _journey(text, journey, path.name, definitions)
    elif not problems.errors:
        whole.problem("journey", "write the journey under `journey:`.")
    return problems.errors


def _names(whole: Section, journey: Entry) -> None:
    """Note every entry that nothing reads."""
    said = Section(journey, '"journey"', whole.problems, built_in=False)
    for name, known in HELD.items():
        inner = said.section(name, f'"{name}"') if isinstance(journey.items.get(name), Entry) else None
        if inner is not None:
            inner.known(known)
    for template in whole.sections("templates", "template"):
        _template(template)


def _template(template: Section) -> None:
    template.known(TEMPLATE)
    if not template.has("key"):
        template.problems.add(template.entry.line, "give the template a key.")
    if not any(template.has(f"subject_{each}") and template.has(f"body_{each}") for each in LANGUAGES):
        template.problems.add(template.entry.line, "write the template's subject and text in at least one language.")


def _journey(text: str, journey: Entry, file: str, definitions: Definitions) -> list[str]:
    """What is wrong with the journey itself, by the reader that the application uses too."""
    import yaml

    def place(where: str) -> str:
        return f"{file} line {_line(journey, where)}" + (f": {where}" if where else "")

    tree = yaml.load(text, Loader=yaml.CSafeLoader)["journey"]
    try:
        found = reading.read(tree, rules_over(definitions), place)
    except DefinitionError as error:
        return list(error.problems)
    return [f"{place(where)}: {sentence}" for where, sentence in unknown_places(found, definitions)]


def _line(journey: Entry, where: str) -> int:
    """The line of "trigger", "step 2", "step 2 way 1 3", "step 2 otherwise 1": where its own words begin."""
    node: Item = journey
    line = journey.line
    for word in where.split():
        step = word.isdigit()
        names = {"step": "steps", "way": "branch"}
        if isinstance(node, Entry):
            name = "steps" if step else names.get(word, word)
            line = node.line_of(name)
            node = node.items.get(name, replace(_NOTHING, line=line))
        if step and isinstance(node, Listing) and int(word) <= len(node.items):
            node = node.items[int(word) - 1]
            line = _own_line(node)
    return line


_NOTHING = Scalar("", 0)


def _own_line(node: Item) -> int:
    """The line of what a step does, or a way's condition, rather than of the id above it."""
    if isinstance(node, Entry):
        return next((node.lines[key] for key in (*reading.KINDS, "when") if key in node.lines), node.line)
    return node.line
