"""One customer's facts, read from the store by a point look-up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tenure.features import Company, company_of
from tenure.workspace import Workspace
from tenure_web.customers.models import Profile

MOST = 500

_EVENTS = """
SELECT ts, kind, name, order_id, amount, currency, products, properties,
  CASE WHEN import_id IS NULL AND received_at >= ts + INTERVAL '1' DAY THEN received_at END AS came
FROM events WHERE customer_key = ? AND ts < ? ORDER BY ts DESC, ingest_id DESC LIMIT ?
"""
_IDENTIFIERS = """
SELECT i.source_key, i.kind, i.value
FROM identifiers AS i LEFT JOIN identity AS m ON m.source_key = i.source_key
WHERE coalesce(m.customer_key, i.source_key) = ? ORDER BY i.kind, i.source_key
"""


@dataclass(frozen=True)
class Event:
    """Something the customer did. `amount` is in minor units; `came` is when it reached us, if that was days later."""

    at: datetime
    kind: str
    name: str
    order_id: str | None
    amount: int | None
    currency: str | None
    products: Sequence[dict[str, Any]]
    properties: str
    came: datetime | None = None


@dataclass(frozen=True)
class Identifier:
    """One identifier of a customer. `value` is what people may read: of e-mail and phone only what the profile says."""

    source_key: int
    kind: str
    value: str


@dataclass(frozen=True)
class Facts:
    """The newest events, whether there are more, the identifiers, and the company as it is now."""

    events: tuple[Event, ...]
    more: bool
    identifiers: tuple[Identifier, ...]
    company: Company | None = None

    @property
    def orders(self) -> tuple[Event, ...]:
        """Orders, refunds and cancellations among the events."""
        return tuple(event for event in self.events if event.order_id)


def facts(workspace: Workspace, key: int, until: datetime | None = None, most: int = MOST) -> Facts:
    """The newest `most` events of a customer, before `until` if given, and all identifiers."""
    con = workspace.connect_for([key])
    try:
        limit = (until or datetime(9999, 1, 1, tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
        rows = con.execute(_EVENTS, [key, limit, most + 1]).fetchall()
        known = con.execute(_IDENTIFIERS, [key]).fetchall()
        company = company_of(con, key, workspace.clock.as_of())
    finally:
        con.close()
    events = tuple(_event(row) for row in rows[:most])
    return Facts(events, len(rows) > most, _identifiers(known), company)


def _event(row: tuple[Any, ...]) -> Event:
    at, kind, name, order_id, amount, currency, products, properties, came = row
    said = (kind, name or "", order_id, amount, currency, products or (), properties or "")
    return Event(at.replace(tzinfo=UTC), *said, came.replace(tzinfo=UTC) if came else None)


def _identifiers(rows: Sequence[tuple[int, str, str | None]]) -> tuple[Identifier, ...]:
    said = dict(Profile.objects.filter(source_key__in=[row[0] for row in rows]).values_list("source_key", "fields"))

    def readable(source_key: int, kind: str, value: str | None) -> str:
        if kind in ("email", "phone"):
            return str((said.get(source_key, {}).get(kind) or {}).get("value") or "")
        return value or ""

    return tuple(Identifier(key, kind, readable(key, kind, value)) for key, kind, value in rows)


def moved_to(workspace: Workspace, key: int) -> int | None:
    """The customer a key belongs to after a merge; None when it is its own or unknown."""
    con = workspace.store.snapshot().connect()
    try:
        found = con.execute("SELECT customer_key FROM identity WHERE source_key = ?", [key]).fetchall()
    finally:
        con.close()
    return int(found[0][0]) if found else None
