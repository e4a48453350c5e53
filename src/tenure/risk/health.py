"""The health score 健康分: measures → groups → one number from 0 to 100, where 100 is healthy. What it is, purely.

A missing measure's weight is spread over the others of its group, an empty group's over the other groups: both are
weighted means of what is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from tenure.definitions import Words

__all__ = [
    "CONTRACT_MEASURES", "HEALTH_BANDS", "OF", "PULSE", "Group", "HealthScore", "Measure", "Pulse", "PulseRule", "mean",
    "standing_pulses",
]  # fmt: skip

HEALTH_BANDS = (("poor", 0.0), ("fair", 40.0), ("good", 70.0))  # each with its floor, the lowest first
PULSE = "pulse"
OF = {"orders": "ordered", "contracts": "contracted", "running": "contract_runs = 1"}
"""Whom a group can be of alone, and SQL for who that is."""
CONTRACT_MEASURES = ("contract_runs", "contract_renewals", "contract_lateness")
"""What is measured of a contract beside features: whether it runs (1 or 0), how often it was renewed since it last
began, and the time since the last payment in periods (1: it falls due)."""


@dataclass(frozen=True)
class Measure:
    """One feature's part of a group: steps of `points` (from this value on, so many), or its rank among customers."""

    feature: str
    weight: float
    points: tuple[tuple[float, float], ...] = ()
    percentile: str = ""  # ascending: more is healthier; descending: less is


@dataclass(frozen=True)
class Group:
    """Measures that say one thing together; `by_segment` weighs it otherwise for some value segments.

    `of` is empty, or orders, contracts or running: then it is only told of whoever has ordered, has ever held a
    contract, or holds one that runs.
    """

    key: str
    title: Words
    meaning: Words
    weight: float
    measures: tuple[Measure, ...]
    by_segment: Mapping[str, float]
    of: str = ""


@dataclass(frozen=True)
class PulseRule:
    """How much a colleague's pulse weighs, as a group of its own, and after how many days it is forgotten."""

    title: Words
    weight: float
    days: int


@dataclass(frozen=True)
class Pulse:
    """What a colleague thinks of a customer: 1 (about to leave) to 5 (delighted), on a day."""

    customer_key: int
    mark: int
    day: date

    @property
    def points(self) -> float:
        """On the scale of the score: 0, 25, 50, 75 or 100."""
        return (self.mark - 1) * 25.0


@dataclass(frozen=True)
class HealthScore:
    """A definition of health."""

    groups: tuple[Group, ...]
    pulse: PulseRule | None
    warnings: tuple[str, ...] = ()

    @property
    def features(self) -> frozenset[str]:
        """The features that it reads."""
        named = frozenset(measure.feature for group in self.groups for measure in group.measures)
        return named - set(CONTRACT_MEASURES)

    @property
    def weighs_by_segment(self) -> bool:
        """Whether a customer's value segment changes the score."""
        return any(group.by_segment for group in self.groups)

    def weights(self, segment: str | None) -> dict[str, float]:
        """What each group weighs for a customer of a value segment."""
        found = {group.key: group.by_segment.get(segment or "", group.weight) for group in self.groups}
        return found | ({PULSE: self.pulse.weight} if self.pulse else {})

    def score(self, groups: Mapping[str, float | None], segment: str | None) -> float | None:
        """One customer's score from that of its groups; None when nothing is known."""
        return mean((weight, groups.get(key)) for key, weight in self.weights(segment).items())


def mean(parts: Iterable[tuple[float, float | None]]) -> float | None:
    """The weighted mean of what is known, given as (weight, value); None when nothing with a weight is."""
    known = [(weight, value) for weight, value in parts if value is not None]
    total = sum(weight for weight, _ in known)
    return sum(weight * value for weight, value in known) / total if total else None


def standing_pulses(pulses: Iterable[Pulse], rule: PulseRule | None, day: date) -> dict[int, float]:
    """The points of each customer's latest pulse as of a day, unless it has aged out. Of one day the later counts."""
    if rule is None:
        return {}
    of_then = sorted((each for each in pulses if each.day <= day), key=lambda each: each.day)
    latest = {each.customer_key: each for each in of_then}
    return {key: each.points for key, each in latest.items() if (day - each.day).days < rule.days}
