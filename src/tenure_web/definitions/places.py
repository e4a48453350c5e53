"""Where a draft would put everybody: lines and moves of the pane, and the names of some customers."""

from dataclasses import dataclass
from typing import Any

from tenure_web.customers.masking import person
from tenure_web.customers.models import Customer

__all__ = ["Line", "Moved", "names"]


@dataclass(frozen=True)
class Line:
    """One stage or value segment: customers now and under the draft; of a new lifecycle with some names.

    `slot` is its colour: of a stage by its place, of a value segment its key.
    """

    title: str
    slot: str
    after: int
    before: int | None
    share: float
    people: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Moved:
    """Customers who would be in another stage or value segment, with some names."""

    before: str
    before_slot: str
    after: str
    after_slot: str
    customers: int
    people: tuple[tuple[int, str], ...]


def names(keys: set[int], user: Any) -> dict[int, str]:
    """What these customers are called, or masks of it for somebody who may not see that."""
    found = Customer.objects.in_bulk(list(keys))
    return {key: person(customer, user).title for key, customer in found.items()}
