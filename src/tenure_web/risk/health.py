"""Health on pages: the bands with what happened to each, one customer's score with its groups, and the pulses given."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tenure.definitions import Words
from tenure.errors import DefinitionError
from tenure.risk import HEALTH_BANDS, HealthReport, Pulse, standing_pulses
from tenure.workspace import Workspace
from tenure_web.risk.models import Pulse as Given

__all__ = ["Part", "customer", "given", "report"]


@dataclass(frozen=True)
class Part:
    """One group of a customer's health: its score, None when nothing is known."""

    title: Words
    meaning: Words | None
    score: float | None

    @property
    def share(self) -> float:
        """The length of its bar."""
        return (self.score or 0.0) / 100


def given(shop: Workspace, key: int | None = None) -> list[Pulse]:
    """What colleagues said, of everybody or of one customer, the oldest first."""
    rows = Given.objects.order_by("at", "pk").values_list("customer_key", "mark", "at")
    rows = rows if key is None else rows.filter(customer_key=key)
    return [Pulse(customer, mark, shop.clock.day(at)) for customer, mark, at in rows.iterator()]


def report(shop: Workspace) -> HealthReport:
    """Bands and what happened to each, kept until health is scored anew."""
    return _report(shop, shop.store.tables["health"].version(), shop.clock.as_of().day.isoformat())


@lru_cache(maxsize=2)
def _report(shop: Workspace, _version: int, _day: str) -> HealthReport:
    return shop.health.report(pulses=given(shop))


def customer(shop: Workspace, key: int) -> dict[str, Any]:
    """One customer's health with the present pulse in it; empty where there is none."""
    kept = shop.health.one(key)
    if kept is None:
        return {}
    try:
        defined = shop.health.definition
    except DefinitionError as error:
        return {"health": {"problem": error.problems[0]}}
    said = given(shop, key)
    pulse = standing_pulses(said, defined.pulse, shop.clock.as_of().day).get(key)
    score = defined.score(kept.groups | {"pulse": pulse}, kept.segment)
    parts = [
        Part(group.title, group.meaning, kept.groups.get(group.key))
        for group in defined.groups
        if not group.of or kept.groups.get(group.key) is not None
    ]
    if defined.pulse is not None:
        parts.append(Part(defined.pulse.title, None, pulse))
    known = None if score is None else int(score)  # rounded down, so that 39.9 is not shown as a fair 40
    moved = None if known is None or kept.before is None else known - int(kept.before)
    found = {"score": known, "band": _band(score), "parts": parts, "moved": moved}
    mark = said[-1].mark if pulse is not None else None
    return {"health": found | {"pulse": defined.pulse, "mark": mark, "marks": range(1, 6), "as_of": kept.as_of}}


def _band(score: float | None) -> str:
    return next((name for name, floor in reversed(HEALTH_BANDS) if score is not None and score >= floor), "")
