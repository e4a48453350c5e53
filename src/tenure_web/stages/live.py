"""What moves while one looks: today's moves and the number that says whether anything changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tenure.definitions import Lifecycle, Stage
from tenure_web.customers.labels import known_label, label_key
from tenure_web.customers.models import Customer, ObservedMove, SyncMark
from tenure_web.theme.colours import slots

SHOWN = 12


@dataclass(frozen=True)
class Seen:
    """A move as the running system saw it."""

    customer: Customer
    at: datetime
    cause: str
    start: Stage | None
    end: Stage
    from_slot: str
    to_slot: str


def version() -> int:
    """Grows with every sync of the projections; pages that know it already have nothing to fetch."""
    return SyncMark.objects.filter(pk=1).values_list("version", flat=True).first() or 0


def latest_moves(lifecycle: Lifecycle, since: datetime) -> list[Seen]:
    """The newest moves of this lifecycle since an instant."""
    found = list(
        ObservedMove.objects.filter(lifecycle=known_label("lifecycle", lifecycle.key), at__gte=since).order_by("-id")[
            :SHOWN
        ]
    )
    people = Customer.objects.in_bulk([move.customer_key for move in found])
    stages = {stage.key: stage for stage in lifecycle.stages}
    colours = slots(list(stages), {stage.key for stage in lifecycle.stages if stage.leaving})
    return [seen for move in found if (seen := _seen(move, people, stages, colours))]


def _seen(
    move: ObservedMove, people: Mapping[Any, Customer], stages: Mapping[str, Stage], colours: Mapping[str, str]
) -> Seen | None:
    start = label_key(move.from_stage).split("/", 1)[1] if move.from_stage else ""
    end = label_key(move.to_stage).split("/", 1)[1]
    if end not in stages:
        return None
    person = people.get(move.customer_key) or Customer(customer_key=move.customer_key)
    return Seen(person, move.at, move.cause, stages.get(start), stages[end], colours.get(start, ""), colours[end])
