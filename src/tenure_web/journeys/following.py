"""Which journeys follow which stage: what a change of definitions has to tell of."""

from dataclasses import dataclass

from tenure.errors import DefinitionError
from tenure_web.journeys.catalogue import of_version
from tenure_web.journeys.models import Journey

__all__ = ["Following", "following"]


@dataclass(frozen=True)
class Following:
    """A journey that people enter by coming into a stage, or into (with `leaves`: out of) a segment."""

    key: str
    state: str
    lifecycle: str
    stage: str
    segment: str
    leaves: bool


def following() -> list[Following]:
    """Running and paused journeys with what they follow."""
    found = []
    for row in Journey.objects.exclude(state=Journey.DRAFT).select_related("current").order_by("key"):
        if row.current is None:
            continue
        try:
            trigger = of_version(row.current).trigger
        except DefinitionError:  # the worker pauses it and says why on its page
            continue
        where = (trigger.lifecycle, trigger.stage, trigger.segment, trigger.leaves)
        found.append(Following(row.key, row.state, *where))
    return found
