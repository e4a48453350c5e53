"""Features from definition files: what is declared is checked, then derived ones are read against all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast, get_args

from tenure.definitions.kinds import KINDS, OF, PERIODS, UNITS
from tenure.definitions.located import did_you_mean
from tenure.definitions.objects import Events, Feature, Type, Unit
from tenure.definitions.reading_events import EVENT_KINDS, part, selector, since
from tenure.definitions.rules import fields_of, parse_expression
from tenure.definitions.screening import names_a_column
from tenure.definitions.section import Section
from tenure.errors import DefinitionError

__all__ = ["DECLARED", "FEATURE_KEYS", "OF", "resolve", "to_feature", "to_score"]

DECLARED = tuple(key for key in KINDS if key != "given")  # what a file may declare
TYPES = get_args(Type)
UNITS_OF_VALUES = get_args(Unit)
CALLS = Events(kinds=("group",))  # what companies are known from
RESERVED = ("customer_key", "source_key", "as_of", "day", "today")
FEATURE_KEYS = {
    "title": "The name people see, in English and Chinese.",
    "meaning": "What the number says, in words. Without it a definition is refused.",
    "kind": f"How it is computed: {', '.join(DECLARED)}.",
    "events": "The names of the events that count, one or a list; without names and kinds all events count.",
    "kinds": f"The kinds of calls that count: {', '.join(EVENT_KINDS)}.",
    "where": "Only these events: a condition over amount, quantity, day and properties (amount >= 100 AND gift),"
    " or the values a property may have: {property: [value, …]}.",
    "of": f"The value that is taken: {', '.join(OF)}, or property:NAME; of a company id, since, members or"
    " property:NAME.",
    "within_days": "Only events of the last so many days; of a trend, the days that are held against those before.",
    "period": f"Only events of a calendar period in the workspace's zone: {', '.join(PERIODS)}.",
    "since_first": "Only events from the day on of the first event of another kind: its name, or events, kinds, where.",
    "since_last": "Only events from the day on of the last event of another kind: its name, or events, kinds, where.",
    "every": f"Of a streak, what must not be missed: {', '.join(UNITS)}.",
    "part": "Of a share, the condition that the counted part of the events fulfils, written as in where.",
    "expression": "For kind derived: a calculation or a condition over other features.",
    "type": f"The type of the value, where it does not follow from the kind: {', '.join(TYPES)}.",
    "unit": f"What the value is measured in: {', '.join(UNITS_OF_VALUES)}.",
    "counter": 'The word after a number: "order/orders" in English (one/many), 「单」 in Chinese.',
    "phrase": 'How a condition on it is said, with {value} where the amount stands: "{value} in the last 30 days".',
    "some": "How it is said that there is one: ordered before.",
    "none": "How it is said that there is none: never ordered.",
}


def to_feature(key: str, section: Section, digits: int) -> Feature | None:
    """One declared feature, its expression still unread; None after a problem that leaves nothing to go on with."""
    section.known(FEATURE_KEYS)
    title, meaning = section.words("title"), section.words("meaning")
    kind = section.choice("kind", DECLARED)
    if not section.has("kind"):
        section.problem("kind", f"{section.name} needs a kind: {', '.join(DECLARED)}.")
    if kind is None:
        return None
    if (key in RESERVED and kind != "today") or not names_a_column(key):
        section.problem("", f'"{key}" is a word of the rule language. Choose another key.')
        return None
    of = _of(section, kind)
    type_, unit = _shape(section, kind, of)
    reads = KINDS[kind].grain != "none"
    counted = part(section, digits) if kind == "share" else None
    feature = Feature(
        key,
        title,
        meaning,
        kind,
        type_,
        unit,
        events=CALLS if kind == "company" else selector(section, digits) if reads else None,
        of=of,
        within_days=section.days("within_days"),
        expression_text=_expression_text(section, kind),
        default=0 if KINDS[kind].counted and not _since_key(section) else None,
        built_in=section.built_in,
        counter=section.words("counter", required=False),
        phrase=section.words("phrase", required=False),
        some=section.words("some", required=False),
        none=section.words("none", required=False),
        period=section.choice("period", PERIODS),
        since=since(section, digits),
        every=section.choice("every", UNITS),
        part=counted,
        part_text=(section.text("part") or "") if counted else "",
    )
    _fitting(section, kind)
    return feature


def to_score(source: str, key: str, section: Section, digits: int) -> Feature:
    """One feature that another room gives, by the name `source.key`."""
    section.known(("title", "meaning", "type", "unit", "words", "counter"))
    type_, unit = section.choice("type", TYPES) or "float", section.choice("unit", UNITS_OF_VALUES) or "count"
    return Feature(
        f"{source}.{key}",
        section.words("title"),
        section.words("meaning"),
        "given",
        cast(Type, type_),
        cast(Unit, unit),
        counter=section.words("counter", required=False),
        built_in=True,
        digits=digits if unit == "money" else None,
        source=source,
        listed=section.texts("words"),
    )


WINDOWS = ("within_days", "period", "since_first", "since_last")


def _since_key(section: Section) -> bool:
    return section.has("since_first") or section.has("since_last")


def _fitting(section: Section, kind: str) -> None:
    """Note what an entry of the feature does not go with."""
    given = [key for key in WINDOWS if section.has(key)]
    if KINDS[kind].grain == "none":
        for key in ("events", "kinds", "where", *given):
            if section.has(key):
                section.problem(key, f"kind {kind} takes no `{key}`: it reads no events.")
    elif given and not KINDS[kind].windows:
        section.problem(given[0], f"kind {kind} takes no `{given[0]}`: it looks at all time.")
    elif kind == "trend" and given and given != ["within_days"]:
        section.problem(given[-1], "kind trend takes `within_days` alone: so many days against those before.")
    elif len(given) > 1:
        section.problem(given[1], f"{section.name} has two windows: {' and '.join(given)}. Keep one.")
    for key in KINDS[kind].needs:
        if not section.has(key) and key != "expression":
            section.problem(key, f"kind {kind} needs `{key}`: {FEATURE_KEYS[key]}")
    for key, owner in (("every", "streak"), ("part", "share")):
        if section.has(key) and kind != owner:
            section.problem(key, f"kind {kind} takes no `{key}`; use kind {owner}.")


def _of(section: Section, kind: str) -> str | None:
    of, known = section.text("of"), KINDS[kind]
    listed = ", ".join((*known.of, "property:NAME"))
    if known.takes_of and of is None and not known.of_is_optional:
        section.problem("of", f"{section.name} needs `of`: {listed}.")
    elif not known.takes_of and of is not None:
        section.problem("of", f"kind {kind} takes no `of`.")
    elif of is not None and not _is_property(of) and of not in (*OF, *known.of):
        section.problem("of", f'"{of}" is not known.{did_you_mean(of, known.of)} Known: {listed}.')
    elif of is not None and not _is_property(of) and of not in known.of:
        section.problem("of", f"kind {kind} takes {', '.join(known.of)} or property:NAME.")
    else:
        return of
    return None


def _is_property(of: str) -> bool:
    return of.startswith("property:") and bool(of.removeprefix("property:").strip())


def _shape(section: Section, kind: str, of: str | None) -> tuple[Type, Unit]:
    """Type and unit: what follows from the kind, or what is declared where that is open."""
    is_open, default = KINDS[kind].open_type(of), KINDS[kind].shape(of)
    type_, unit = section.choice("type", TYPES), section.choice("unit", UNITS_OF_VALUES)
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


def _expression_text(section: Section, kind: str) -> str | None:
    text = section.text("expression")
    if kind == "derived" and text is None:
        section.problem("expression", f"{section.name} needs an expression.")
    if kind != "derived" and text is not None:
        section.problem("expression", f"kind {kind} takes no expression; use kind derived.")
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
