"""Own segments from definition files: rules, lists, exclusions; the cut points of value segments where given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

from tenure.definitions.list_files import id_of
from tenure.definitions.membership import IN, Outlook, columns_like
from tenure.definitions.objects import Rfm, Segment
from tenure.definitions.reading_profiles import profile_rule, to_traits
from tenure.definitions.rules import Rule
from tenure.definitions.section import Section
from tenure.definitions.value_segments import PROSPECT, VALUE_SEGMENTS
from tenure.errors import DefinitionError

__all__ = ["RFM_KEYS", "SEGMENT_KEYS", "to_rfm", "to_segment", "without_circles"]

SEGMENT_KEYS = {
    "title": "The name people see, in English and Chinese.",
    "meaning": "Who is in it, in words. Without it a definition is refused.",
    "rule": "The condition over features, stages, value segments, other segments, percentiles and consent.",
    "exclude": "Who is left out all the same: a condition like the rule.",
    "customers": "A fixed list of customer ids that belong to it.",
    "file": "A text or CSV file beside the definition whose first column lists customer ids.",
    "traits": "What makes an ideal customer: traits by key, each with a title, a rule and a weight. Who fits belongs.",
    "fit": "The fit score, 0 to 100, from which on a customer belongs to a segment with traits (default: 60).",
    "features": "Features that only this segment needs, such as a sum of events in a window.",
}
RFM_KEYS = {
    "days": "Four rising cut points of the days since the last order; without them they are learned each month.",
    "orders": "Four rising cut points of the number of orders.",
    "revenue": "Four rising cut points of the revenue, in whole units of the currency.",
    "few_customers": "Under how many repeat customers nothing is learned and days alone decide (default: 100).",
    "few_days": "The three days that decide then (default: 40, 90, 180).",
    "high_order": "How many times the typical order a high order value is (default: 1.5).",
}
MOST_LISTED = 200_000


def to_segment(key: str, section: Section, outlook: Outlook, folder: Path | None) -> Segment | None:
    """One own segment, or None after a problem that leaves nothing to go on with."""
    section.known(SEGMENT_KEYS)
    title, meaning = section.words("title"), section.words("meaning")
    if key in (*VALUE_SEGMENTS, PROSPECT):
        section.problem("", f'"{key}" is a value segment. Choose another key.')
    text, exclude = section.text("rule") or "", section.text("exclude") or ""
    listed = (*section.texts("customers"), *_listed(section, folder))
    if not (text or section.has("customers") or section.has("file") or section.has("traits")):
        section.problem("rule", f"{section.name} needs a rule, or a list of customers.")
        return None
    traits = to_traits(key, section.unheard())
    asked, fit = profile_rule(key, section, text) if traits else (text, None)
    rule = _rule(section, "rule", asked, outlook.read)
    left_out = _rule(section, "exclude", exclude, outlook.read)
    if asked and rule is None:
        return None
    named = tuple(dict.fromkeys(listed))
    return Segment(key, title, meaning, rule, text, section.built_in, left_out, exclude, named, outlook, traits, fit)


def _rule(section: Section, key: str, text: str, read: Callable[[str], Rule]) -> Rule | None:
    if not text:
        return None
    try:
        return read(text)
    except DefinitionError as error:
        name = "rule" if key == "rule" else f'"{key}" rule'
        section.problem(key, f"the {name} of {section.name} is wrong: {error.problems[0]}")
        return None


def _listed(section: Section, folder: Path | None) -> tuple[str, ...]:
    """The ids of a file beside the definition: one a line, or the first column."""
    name = section.text("file")
    if name is None or folder is None:
        return ()
    if Path(name).name != name or name.startswith("."):
        section.problem("file", f'"{name}" must be the plain name of a file beside the definition.')
        return ()
    try:
        lines = (folder / name).read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        section.problem("file", f'the file "{name}" cannot be read ({type(error).__name__}).')
        return ()
    if len(lines) > MOST_LISTED:
        section.problem("file", f'the file "{name}" lists {len(lines)} customers; at most {MOST_LISTED} are read.')
    found = map(id_of, lines[:MOST_LISTED])
    return tuple(each for each in found if each and each.lower() not in ("customer", "customer_id", "customerid"))


def without_circles(segments: dict[str, Segment], sections: Mapping[str, Section]) -> dict[str, Segment]:
    """The segments such that each comes after those it reads; circles are told and left out."""
    done: dict[str, Segment] = {}
    told: set[str] = set()

    def visit(key: str, path: list[str]) -> None:
        if key in path:
            circle = path[path.index(key) :]
            if not told.intersection(circle):
                sections[key].problem("rule", f"these segments need each other: {' → '.join([*circle, key])}.")
            told.update(circle)
            return
        segment = segments.get(key)
        if segment is None or key in done:
            return
        for rule in segment.rules:
            for inner in columns_like(rule, IN):
                visit(inner, [*path, key])
        done[key] = segment

    for key in segments:
        visit(key, [])
    return {key: segment for key, segment in done.items() if key not in told}


def to_rfm(section: Section, digits: int) -> Rfm:
    """How value segments find their cut points."""
    section.known(RFM_KEYS)
    points = {key: _points(section, key, 4) for key in ("days", "orders", "revenue")}
    few_days = _points(section, "few_days", 3) or Rfm().few_days
    few, high = section.number("few_customers"), section.number("high_order")
    return Rfm(
        points["days"],
        points["orders"],
        tuple(point * 10**digits for point in points["revenue"]),
        Rfm().few_customers if few is None else int(few),
        (int(few_days[0]), int(few_days[1]), int(few_days[2])),
        Rfm().high_order if high is None else high,
    )


def _points(section: Section, key: str, count: int) -> tuple[float, ...]:
    if not section.has(key):
        return ()
    try:
        found = tuple(float(text) for text in section.texts(key))
    except ValueError:
        found = ()
    if len(found) != count or any(a > b for a, b in pairwise(found)):
        section.problem(key, f'"{key}" of {section.name} needs {count} numbers, none smaller than the one before.')
        return ()
    return found
