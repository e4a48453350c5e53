"""Features from definition files: what is declared is checked, then derived ones are read against all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast, get_args

from tenure.definitions.located import Entry, Item, Listing, Scalar, did_you_mean
from tenure.definitions.objects import Events, Feature, Kind, Type, Unit
from tenure.definitions.rules import fields_of, parse_expression
from tenure.definitions.screening import names_a_column
from tenure.definitions.section import Section
from tenure.errors import DefinitionError

__all__ = ["FEATURE_KEYS", "OF", "resolve", "to_feature"]

KINDS = get_args(Kind)
TYPES = get_args(Type)
UNITS = get_args(Unit)
EVENT_KINDS = ("track", "page", "screen", "identify", "group", "alias")
OF = ("amount", "quantity", "order_id", "product", "category", "day", "time")
RESERVED = ("customer_key", "source_key", "as_of", "day")
FEATURE_KEYS = {
    "title": "The name people see, in English and Chinese.",
    "meaning": "What the number says, in words. Without it a definition is refused.",
    "kind": f"How it is computed: {', '.join(KINDS)}.",
    "events": "The names of the events that count, one or a list; without names and kinds all events count.",
    "kinds": f"The kinds of calls that count: {', '.join(EVENT_KINDS)}.",
    "where": "Only events whose property has one of these values: {property: [value, …]}.",
    "of": f"The value that is taken: {', '.join(OF)}, or property:NAME.",
    "within_days": "Only events of the last so many days.",
    "expression": "For kind derived: a calculation or a condition over other features.",
    "type": f"The type of the value, where it does not follow from the kind: {', '.join(TYPES)}.",
    "unit": f"What the value is measured in: {', '.join(UNITS)}.",
    "counter": 'The word after a number: "order/orders" in English (one/many), 「单」 in Chinese.',
    "phrase": 'How a condition on it is said, with {value} where the amount stands: "{value} in the last 30 days".',
    "some": "How it is said that there is one: ordered before.",
    "none": "How it is said that there is none: never ordered.",
}
_NEEDS_OF = ("sum", "average", "first", "last", "distinct")
_SHAPES: dict[str, tuple[Type, Unit]] = {
    "count": ("integer", "count"),
    "distinct": ("integer", "count"),
    "median_gap": ("float", "days"),
    "days_since_first": ("integer", "days"),
    "days_since_last": ("integer", "days"),
    "amount": ("integer", "money"),
    "quantity": ("float", "count"),
    "time": ("time", "date"),
    "day": ("date", "date"),
    "order_id": ("text", "text"),
    "product": ("text", "text"),
    "category": ("text", "text"),
}


def to_feature(key: str, section: Section) -> Feature | None:
    """One declared feature, its expression still unread; None after a problem that leaves nothing to go on with."""
    section.known(FEATURE_KEYS)
    title, meaning = section.words("title"), section.words("meaning")
    kind = section.choice("kind", KINDS)
    if not section.has("kind"):
        section.problem("kind", f"{section.name} needs a kind: {', '.join(KINDS)}.")
    if kind is None:
        return None
    if key in RESERVED or not names_a_column(key):
        section.problem("", f'"{key}" is a word of the rule language. Choose another key.')
        return None
    of = _of(section, kind)
    type_, unit = _shape(section, kind, of)
    return Feature(
        key,
        title,
        meaning,
        cast(Kind, kind),
        type_,
        unit,
        events=None if kind == "derived" else _events(section),
        of=of,
        within_days=section.days("within_days"),
        expression_text=_expression_text(section, kind),
        default=0 if kind in ("count", "distinct", "sum") else None,
        built_in=section.built_in,
        counter=section.words("counter", required=False),
        phrase=section.words("phrase", required=False),
        some=section.words("some", required=False),
        none=section.words("none", required=False),
    )


def _of(section: Section, kind: str) -> str | None:
    of = section.text("of")
    if kind in _NEEDS_OF and of is None:
        section.problem("of", f"{section.name} needs `of`: {', '.join(OF)}, or property:NAME.")
    elif kind not in _NEEDS_OF and of is not None:
        section.problem("of", f"kind {kind} takes no `of`.")
    elif of is not None and of not in OF and not (of.startswith("property:") and of.removeprefix("property:").strip()):
        section.problem("of", f'"{of}" is not known.{did_you_mean(of, OF)} Known: {", ".join(OF)}, property:NAME.')
    elif kind in ("sum", "average") and of not in ("amount", "quantity") and not str(of).startswith("property:"):
        section.problem("of", f"kind {kind} takes amount, quantity or property:NAME.")
    else:
        return of
    return None


def _shape(section: Section, kind: str, of: str | None) -> tuple[Type, Unit]:
    """Type and unit: what follows from the kind, or what is declared where that is open."""
    is_open = kind == "derived" or (kind in ("first", "last") and str(of).startswith("property:"))
    number: tuple[Type, Unit] = ("float", "count")
    default = _SHAPES.get(kind) or (number if kind == "derived" else _SHAPES.get(str(of)))
    if kind == "average":
        default = ("float", "money" if of == "amount" else "count")
    default = default or (number if kind in ("sum", "average") else ("text", "text"))
    type_, unit = section.choice("type", TYPES), section.choice("unit", UNITS)
    if type_ is not None and not is_open and type_ != default[0]:
        section.problem("type", f"kind {kind} always gives {default[0]}.")
        type_ = None
    if kind == "derived" and type_ == "time":
        section.problem("type", "an expression cannot give an instant.")
    if unit == "money" and default[1] != "money" and kind != "derived":
        section.problem("unit", "only an amount or a derived feature can be money.")
        unit = None
    chosen = cast(Type, type_ or default[0])
    if kind == "derived" and unit == "money":
        chosen = "integer"
    texts: Unit = "text" if chosen in ("text", "boolean") else "date" if chosen in ("date", "time") else default[1]
    return chosen, cast(Unit, unit or texts)


def _events(section: Section) -> Events:
    kinds = section.texts("kinds")
    for kind in kinds:
        if kind not in EVENT_KINDS:
            section.problem("kinds", f'"{kind}" is not a kind of call.{did_you_mean(kind, EVENT_KINDS)}')
    where = section.get("where")
    pairs: list[tuple[str, tuple[str, ...]]] = []
    if isinstance(where, Entry):
        pairs = [(name, _values(item, section)) for name, item in where.items.items()]
    elif where is not None:
        section.problem("where", "`where` must name properties and their values: {channel: [shop, app]}.")
    return Events(section.texts("events"), kinds, tuple(pairs))


def _values(item: Item, section: Section) -> tuple[str, ...]:
    items: tuple[Item, ...] = item.items if isinstance(item, Listing) else (item,)
    found = tuple(each.text for each in items if isinstance(each, Scalar))
    if not items or len(found) != len(items):
        section.problem("where", "`where` must name properties and their values: {channel: [shop, app]}.")
    return found


def _expression_text(section: Section, kind: str) -> str | None:
    text = section.text("expression")
    if kind == "derived" and text is None:
        section.problem("expression", f"{section.name} needs an expression.")
    if kind != "derived" and text is not None:
        section.problem("expression", f"kind {kind} takes no expression; use kind derived.")
    if kind == "derived":
        for key in ("events", "kinds", "where", "within_days"):
            if section.has(key):
                section.problem(key, f"kind derived takes no `{key}`: it reads other features.")
    return text if kind == "derived" else None


def resolve(catalogue: dict[str, Feature], sections: Mapping[str, Section], digits: int) -> None:
    """Read the expressions of derived features against the whole catalogue; circles are refused."""
    fields = fields_of(catalogue, digits)
    for key, feature in list(catalogue.items()):
        if feature.expression_text is None:
            continue
        try:
            expression = parse_expression(
                feature.expression_text, catalogue, feature.type, feature.unit, digits, fields=fields
            )
        except DefinitionError as error:
            sections[key].problem("expression", f'the expression of "{key}" is wrong: {error.problems[0]}')
            del catalogue[key]
            continue
        catalogue[key] = replace(feature, expression=expression)
    for circle in _circles(catalogue):
        sections[circle[0]].problem("expression", f"these features need each other: {' → '.join(circle)}.")
        for key in circle:
            catalogue.pop(key, None)


def _circles(catalogue: Mapping[str, Feature]) -> list[list[str]]:
    found: list[list[str]] = []
    done: set[str] = set()

    def visit(key: str, path: list[str]) -> None:
        if key in path:
            found.append([*path[path.index(key) :], key])
            return
        feature = catalogue.get(key)
        if key not in done and feature is not None and feature.expression is not None:
            for inner in sorted(feature.expression.features):
                visit(inner, [*path, key])
        done.add(key)

    for key in catalogue:
        visit(key, [])
    return found
