"""The definition of the health score from YAML: the built-in one, or the workspace's `definitions/health.yml`."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from tenure.definitions import Definitions
from tenure.definitions.located import Entry, Problems, Scalar, did_you_mean, read
from tenure.definitions.section import Section
from tenure.errors import DefinitionError
from tenure.risk.health import CONTRACT_MEASURES, OF, PULSE, Group, HealthScore, Measure, PulseRule

__all__ = ["FILE", "health_text", "load_health", "put_health", "read_health"]

FILE = "health.yml"
MOST_WEIGHT = 1000.0
_RANKS = ("ascending", "descending")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def load_health(folder: Path, definitions: Definitions) -> HealthScore:
    """The health score of a folder of definitions, the built-in one where it has none.

    Raises DefinitionError with all problems: file, line, what to write.
    """
    text, built_in = health_text(folder)
    return read_health(text, definitions, built_in)


def health_text(folder: Path) -> tuple[str, bool]:
    """The YAML of the health score of a folder of definitions, and whether it is the built-in one.

    Raises DefinitionError where the file cannot be read.
    """
    own = folder / FILE
    try:
        if not own.exists():
            return files("tenure.risk").joinpath(FILE).read_text("utf-8"), True
        return own.read_text("utf-8-sig"), False
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError([f"{FILE}: it cannot be read ({type(error).__name__}). Save it as UTF-8 text."]) from None


def read_health(text: str, definitions: Definitions, built_in: bool = False) -> HealthScore:
    """The health score that a text says. Raises DefinitionError with all problems: file, line, what to write."""
    problems = Problems(FILE)
    top = read(text, problems)
    found = _Reader(definitions, Section(top, FILE, problems, built_in)).health() if top is not None else None
    if top is None and not problems.errors:
        problems.add(1, "the file is empty. Write groups with measures in them, or remove it.")
    if problems.errors or found is None:
        raise DefinitionError(problems.errors)
    return HealthScore(found.groups, found.pulse, tuple(problems.warnings))


def put_health(folder: Path, text: str | None) -> None:
    """Put a text in the place of the workspace's own, in one step; None: the built-in one counts again."""
    own = folder / FILE
    if text is None:
        own.unlink(missing_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{FILE}.fresh"
    fresh.write_text(text, "utf-8")
    fresh.replace(own)


class _Reader:
    """Reads one file against the features and value segments that are known."""

    def __init__(self, definitions: Definitions, top: Section) -> None:
        self.definitions, self.top = definitions, top

    def health(self) -> HealthScore:
        self.top.known(("groups", PULSE))
        groups = tuple(self._group(key, section) for key, section in self.top.named("groups", "group").items())
        if not groups:
            self.top.problem("groups", "a health score needs groups with measures in them.")
        elif not any(group.weight for group in groups):
            self.top.problem("groups", "every group weighs 0: give at least one a weight.")
        return HealthScore(groups, self._pulse())

    def _pulse(self) -> PulseRule | None:
        section = self.top.section(PULSE, PULSE)
        if section is None:
            return None
        section.known(("title", "weight", "days"))
        days = section.days("days")
        if days is None:
            section.problem("days", "the pulse needs days: after how many it is forgotten.")
        return PulseRule(section.words("title"), self._weight(section), days or 1)

    def _group(self, key: str, section: Section) -> Group:
        section.known(("title", "meaning", "weight", "weights", "of", "measures"))
        if key == PULSE:
            section.problem("", f'"{PULSE}" is the colleagues\' mark. Choose another key.')
        measures = tuple(self._measure(each) for each in section.sections("measures", "measure"))
        if not measures:
            section.problem("measures", f"{section.name} needs measures.")
        seen: set[str] = set()
        for measure in measures:
            if measure.feature in seen:
                section.problem("measures", f'{section.name} measures "{measure.feature}" twice.')
            seen.add(measure.feature)
        title, meaning, of = section.words("title"), section.words("meaning"), section.text("of") or ""
        if of not in ("", *OF):
            section.problem(
                "of", "of is orders (who has ordered), contracts (who ever held one) or running (whose contract runs)."
            )
        return Group(key, title, meaning, self._weight(section), measures, self._weights(section), of)

    def _weight(self, section: Section) -> float:
        found = section.number("weight")
        if found is not None and not 0 <= found <= MOST_WEIGHT:
            section.problem("weight", f"the weight of {section.name} must lie between 0 and {MOST_WEIGHT:.0f}.")
        return 1.0 if found is None else found

    def _weights(self, section: Section) -> dict[str, float]:
        """Weights for some value segments."""
        inner, found = section.section("weights", "weights"), {}
        for segment in inner.entry.items if inner is not None else ():
            assert inner is not None
            if segment not in self.definitions.value_segments:
                known = list(self.definitions.value_segments)
                hint = did_you_mean(segment, known) or f" Known: {', '.join(known)}."
                inner.problem(segment, f'"{segment[:60]}" is no value segment.{hint}')
            weight = inner.number(segment)
            if weight is None or not 0 <= weight <= MOST_WEIGHT:
                inner.problem(segment, f'the weight for "{segment[:60]}" must lie between 0 and {MOST_WEIGHT:.0f}.')
            else:
                found[segment] = weight
        return found

    def _measure(self, section: Section) -> Measure:
        section.known(("feature", "weight", "points", "percentile"))
        key = self._feature(section)
        weight, ranked = self._weight(section), section.choice("percentile", _RANKS) or ""
        if section.has("points") == section.has("percentile"):
            section.problem("feature", f"{section.name} needs either points or percentile (ascending or descending).")
        points = self._points(section, key) if section.has("points") else ()
        return Measure(key, weight, points, ranked)

    def _feature(self, section: Section) -> str:
        key, known = section.text("feature") or "", self.definitions.features
        if key in CONTRACT_MEASURES:
            return key
        if key not in known:
            section.problem(
                "feature", f'unknown feature "{key[:60]}".{did_you_mean(key, [*known, *CONTRACT_MEASURES])}'
            )
        elif "health" in self.definitions.sources([key]):
            through = "" if known[key].source else f" → {key}"
            section.problem("feature", f"the health score would need itself: health{through} → health. Choose another.")
        elif known[key].type not in ("integer", "float", "boolean"):
            section.problem("feature", f'feature "{key}" is neither a number nor yes-or-no: it cannot be measured.')
        return key

    def _points(self, section: Section, key: str) -> tuple[tuple[float, float], ...]:
        """Rising values with their points; money is written in whole units of the currency."""
        entry = section.get("points")
        pairs = list(entry.items.items()) if isinstance(entry, Entry) else []
        texts = [(value, item.text if isinstance(item, Scalar) else "") for value, item in pairs]
        if not texts or not all(_NUMBER.fullmatch(word) for pair in texts for word in pair):
            section.problem("points", "points must be a mapping of values to points, such as {0: 100, 30: 50, 90: 0}.")
            return ()
        steps = [(float(value), float(points)) for value, points in texts]
        if any(after[0] <= before[0] for before, after in pairwise(steps)):
            section.problem("points", "the values of points must rise from left to right.")
        if any(not 0 <= points <= 100 for _, points in steps):
            section.problem("points", "points run from 0 (ailing) to 100 (healthy).")
        feature = self.definitions.features.get(key)
        unit = 10 ** (feature.digits or 0) if feature is not None and feature.unit == "money" else 1
        return tuple((value * unit, points) for value, points in steps)
