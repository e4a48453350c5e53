"""Simulated events as columns of numbers; the words come last, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["NAMES", "Events", "Lines", "What", "events", "joined"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class What(IntEnum):
    """What happened; NAMES gives the call and the event's name."""

    IDENTIFIED = 0
    SIGNED_UP = 1
    HOME = 2
    CATEGORY = 3
    VIEWED = 4
    ADDED = 5
    CHECKOUT = 6
    ORDERED = 7
    REFUNDED = 8
    TICKET = 9
    DELIVERED = 10
    OPENED = 11
    CLICKED = 12
    UNSUBSCRIBED = 13
    SUBSCRIBED = 14
    RENEWED = 15
    ENDED = 16


NAMES: dict[What, tuple[str, str]] = {
    What.IDENTIFIED: ("identify", ""),
    What.SIGNED_UP: ("track", "Signed Up"),
    What.HOME: ("page", "Home"),
    What.CATEGORY: ("page", "Category"),
    What.VIEWED: ("track", "Product Viewed"),
    What.ADDED: ("track", "Product Added"),
    What.CHECKOUT: ("track", "Checkout Started"),
    What.ORDERED: ("track", "Order Completed"),
    What.REFUNDED: ("track", "Order Refunded"),
    What.TICKET: ("track", "Ticket Opened"),
    What.DELIVERED: ("track", "Email Delivered"),
    What.OPENED: ("track", "Email Opened"),
    What.CLICKED: ("track", "Email Link Clicked"),
    What.UNSUBSCRIBED: ("track", "Email Unsubscribed"),
    What.SUBSCRIBED: ("track", "Subscription Started"),
    What.RENEWED: ("track", "Subscription Renewed"),
    What.ENDED: ("track", "Subscription Cancelled"),
}


@dataclass(frozen=True)
class Events:
    """One row an event. `person` counts within the block; `at` in days since the opening; `thing` is the product,
    category, campaign, ticket kind or coupon, by event; `order` counts within the block, -1 for none; `amount` in
    minor units, refunds negative."""

    person: Ints
    what: Ints
    at: Floats
    thing: Ints
    order: Ints
    amount: Ints

    def __len__(self) -> int:
        return len(self.person)

    def only(self, rows: Bools | Ints) -> Events:
        """The events at these rows."""
        return Events(
            self.person[rows], self.what[rows], self.at[rows], self.thing[rows], self.order[rows], self.amount[rows]
        )


@dataclass(frozen=True)
class Lines:
    """One row a product in an order or refund: `order` and `what` say which."""

    order: Ints
    what: Ints
    product: Ints
    quantity: Ints
    price: Ints


def events(
    person: Ints,
    what: What,
    at: Floats,
    thing: Ints | int = -1,
    order: Ints | int = -1,
    amount: Ints | int = 0,
) -> Events:
    """Events of one sort."""
    shape = len(person)
    return Events(
        person,
        np.full(shape, int(what)),
        at,
        *(value if isinstance(value, np.ndarray) else np.full(shape, value) for value in (thing, order, amount)),
    )


def joined(parts: Sequence[Events]) -> Events:
    """All the events, one part after another."""
    return Events(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("person", "what", "at", "thing", "order", "amount")
        )
    )
