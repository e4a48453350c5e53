"""Everything that happened with a customer on one line, grouped by day."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure import money
from tenure.definitions import Definitions
from tenure_web.customers.columns import Badge, segment_badge, stage_badges
from tenure_web.customers.goods import called
from tenure_web.customers.labels import label_key
from tenure_web.customers.lookup import Event
from tenure_web.customers.models import Note, ObservedMove, SegmentMove
from tenure_web.theme.templatetags.look import told

# kind: (words of the filter, event names that belong to it)
KINDS: dict[str, Any] = {
    "order": gettext_lazy("Orders"),
    "visit": gettext_lazy("Visits"),
    "message": gettext_lazy("Messages"),
    "move": gettext_lazy("Moves"),
    "note": gettext_lazy("Notes"),
    "other": gettext_lazy("Other"),
}
_ICONS = {
    "order": "shopping-cart",
    "visit": "eye",
    "message": "mail",
    "move": "arrows-right-left",
    "note": "note",
    "other": "point",
}
_NAMES = {  # event name: (words, icon)
    "Order Completed": (gettext_lazy("Order"), "shopping-cart"),
    "Order Refunded": (gettext_lazy("Refund"), "receipt-refund"),
    "Order Cancelled": (gettext_lazy("Order cancelled"), "shopping-cart-x"),
    "Product Viewed": (gettext_lazy("Looked at a product"), "eye"),
    "Product Added": (gettext_lazy("Put a product in the cart"), "shopping-cart-plus"),
    "Checkout Started": (gettext_lazy("Started to check out"), "credit-card"),
    "Signed Up": (gettext_lazy("Signed up"), "user-check"),
    "Subscription Started": (gettext_lazy("Subscription started"), "repeat"),
    "Subscription Renewed": (gettext_lazy("Subscription renewed"), "repeat"),
    "Subscription Cancelled": (gettext_lazy("Subscription cancelled"), "repeat-off"),
    "Ticket Opened": (gettext_lazy("Opened a ticket"), "ticket"),
    "Email Delivered": (gettext_lazy("E-mail delivered"), "mail"),
    "Email Opened": (gettext_lazy("Opened an e-mail"), "mail-opened"),
    "Email Link Clicked": (gettext_lazy("Followed a link in an e-mail"), "click"),
    "Unsubscribed": (gettext_lazy("Unsubscribed"), "mail-off"),
}
_CALLS = {
    "page": (gettext_lazy("Visited a page"), "eye"),
    "screen": (gettext_lazy("Opened a screen of the app"), "device-mobile"),
    "identify": (gettext_lazy("Told us about themselves"), "id"),
    "group": (gettext_lazy("Joined a company"), "building"),
    "alias": (gettext_lazy("Was recognised"), "link"),
}


@dataclass(frozen=True)
class Item:
    """One line. `start` and `end` are badges of a move; `lines` the products of an order; `came` when it came late."""

    at: datetime
    kind: str
    icon: str
    title: str
    detail: str = ""
    amount: str = ""
    lines: Sequence[str] = ()
    start: Badge | None = None
    end: Badge | None = None
    segment: bool = False
    facts: Sequence[tuple[str, str]] = field(default=())
    note: Note | None = None
    came: datetime | None = None


def days(items: Iterable[Item], kind: str = "") -> list[tuple[date, list[Item]]]:
    """The items of a kind (all kinds if none is given), newest first, by local day."""
    chosen = sorted((item for item in items if not kind or item.kind == kind), key=lambda item: item.at, reverse=True)
    return [(day, list(found)) for day, found in groupby(chosen, key=lambda item: timezone.localdate(item.at))]


def of_events(events: Iterable[Event]) -> list[Item]:
    """What the customer did."""
    return [_event(event) for event in events]


def _event(event: Event) -> Item:
    words, icon = _NAMES.get(event.name) or _CALLS.get(event.kind) or (event.name, "")
    kind = _kind(event)
    amount = "" if event.amount is None else money.text(event.amount, event.currency or "USD")
    detail = event.order_id or (event.name if event.kind in ("page", "screen") else "")
    return Item(
        at=event.at,
        kind=kind,
        icon=icon or _ICONS[kind],
        title=str(words),
        detail=detail,
        amount=amount,
        lines=[_line(product) for product in event.products],
        facts=_facts(event.properties),
        came=event.came,
    )


def _kind(event: Event) -> str:
    if event.order_id or event.name.startswith("Order "):
        return "order"
    if event.name.startswith("Email ") or event.name == "Unsubscribed":
        return "message"
    if event.kind in ("page", "screen") or event.name in ("Product Viewed", "Product Added", "Checkout Started"):
        return "visit"
    return "other"


def _line(product: dict[str, Any]) -> str:
    quantity = product.get("quantity")
    name = called(str(product.get("name") or product.get("product") or ""))
    return f"{quantity:g} × {name}" if quantity and quantity != 1 else str(name)


def _facts(properties: str) -> list[tuple[str, str]]:
    """The plain properties of an event, for those who want to know."""
    try:
        found = json.loads(properties or "{}")
    except ValueError:
        return []
    if not isinstance(found, dict):
        return []
    return [(str(name), str(value)[:200]) for name, value in found.items() if not isinstance(value, dict | list)][:12]


def of_moves(key: int, definitions: Definitions, limit: int) -> list[Item]:
    """What the running system saw: changes of stage and of value segment."""
    badges = stage_badges(definitions)
    items = [
        _move(move, definitions, badges)
        for move in ObservedMove.objects.filter(customer_key=key).order_by("-id")[:limit]
    ]
    for change in SegmentMove.objects.filter(customer_key=key).order_by("-id")[:limit]:
        start = segment_badge(change.from_segment, definitions)
        end = segment_badge(change.to_segment, definitions)
        items.append(
            Item(change.at, "move", "chart-treemap", _("Value segment"), _cause(change.cause), "", (), start, end, True)
        )
    return items


def _move(move: ObservedMove, definitions: Definitions, badges: dict[str, Badge]) -> Item:
    lifecycle = definitions.lifecycles.get(label_key(move.lifecycle))
    start = badges.get(label_key(move.from_stage)) if move.from_stage else None
    end = badges.get(label_key(move.to_stage))
    title = told(lifecycle.title) if lifecycle else label_key(move.lifecycle)
    return Item(move.at, "move", _ICONS["move"], title, _cause(move.cause), "", (), start, end)


def _cause(cause: str) -> str:
    words = {
        "time": _("by time"),
        "definition": _("new definition"),
        "import": _("after an import"),
        "score": _("by a new score"),
        "first": _("scored for the first time"),
    }
    return words.get(cause, "")


def of_notes(key: int, limit: int) -> list[Item]:
    """What colleagues wrote."""
    notes = Note.objects.filter(customer_key=key).select_related("author").order_by("-at")[:limit]
    return [
        Item(note.at, "note", _ICONS["note"], str(note.author or _("A former colleague")), note.text, note=note)
        for note in notes
    ]
