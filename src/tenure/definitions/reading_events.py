"""Which events count, from definition files: names, kinds of calls, conditions; the event a window begins with."""

from __future__ import annotations

from typing import Literal

from tenure.definitions.located import Entry, Item, Listing, Scalar, did_you_mean
from tenure.definitions.objects import Events, Since
from tenure.definitions.rules import parse_event_condition
from tenure.definitions.section import Section
from tenure.definitions.tree import Condition
from tenure.errors import DefinitionError

__all__ = ["EVENT_KINDS", "SELECTOR_KEYS", "part", "selector", "since"]

EVENT_KINDS = ("track", "page", "screen", "identify", "group", "alias")
SELECTOR_KEYS = ("events", "kinds", "where")
_WHERE = "`where` must be a condition, or name properties and their values: {channel: [shop, app]}."


def selector(section: Section, digits: int) -> Events:
    """The entries events, kinds and where."""
    kinds = section.texts("kinds")
    for kind in kinds:
        if kind not in EVENT_KINDS:
            section.problem("kinds", f'"{kind}" is not a kind of call.{did_you_mean(kind, EVENT_KINDS)}')
    where = section.get("where")
    pairs: list[tuple[str, tuple[str, ...]]] = []
    if isinstance(where, Entry):
        pairs = [(name, _values(item, section)) for name, item in where.items.items()]
    elif isinstance(where, Listing):
        section.problem("where", _WHERE)
    elif where is not None:
        found = _condition(section, "where", where.text, digits)
        return Events(section.texts("events"), kinds, (), found, where.text.strip() if found else "")
    return Events(section.texts("events"), kinds, tuple(pairs))


def _values(item: Item, section: Section) -> tuple[str, ...]:
    items: tuple[Item, ...] = item.items if isinstance(item, Listing) else (item,)
    found = tuple(each.text for each in items if isinstance(each, Scalar))
    if not items or len(found) != len(items):
        section.problem("where", _WHERE)
    return found


def _condition(section: Section, key: str, text: str, digits: int) -> Condition | None:
    try:
        return parse_event_condition(text, digits)
    except DefinitionError as error:
        section.problem(key, f"`{key}` of {section.name} is wrong: {error.problems[0]}")
        return None


def part(section: Section, digits: int) -> Condition | None:
    """The condition of a share."""
    text = section.text("part")
    return None if text is None else _condition(section, "part", text, digits)


def since(section: Section, digits: int) -> Since | None:
    """The event a window begins with: a name, names, or a selector of its own."""
    for which in _WHICH:
        key = f"since_{which}"
        item = section.get(key)
        if isinstance(item, Entry):
            inner = Section(
                Entry(item.items, section.entry.line_of(key), item.lines),
                f'"{key}" of {section.name}',
                section.problems,
                section.built_in,
            )
            inner.known(SELECTOR_KEYS)
            return Since(selector(inner, digits), which)
        if item is not None:
            return Since(Events(section.texts(key)), which)
    return None


_WHICH: tuple[Literal["first", "last"], ...] = ("first", "last")
