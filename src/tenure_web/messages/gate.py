"""The one gate that every message passes, in the transaction that hands it off: stop switch, holdout, suppression,
consent, budget, quiet hours, address. What it lets through is marked as claimed, and that is committed before anything
leaves: after a crash a claimed message is `unknown`, never sent twice.
"""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from tenure.messages import Budget, Delay, Question, QuietHours, Skip, address_problem, judge, normal_address
from tenure_web.customers.models import Customer
from tenure_web.messages import consent
from tenure_web.messages.models import EMAIL, Message, Sending, Suppression
from tenure_web.messages.values import language_of
from tenure_web.messages.writing import write
from tenure_web.worker import workspace

__all__ = ["LEASE", "governing", "let_through", "recover"]

LEASE = timedelta(minutes=3)
COUNTED = (Message.CLAIMED, Message.SENT, Message.UNKNOWN)


def governing(lock: bool = False) -> Sending:
    """The row that governs sending; with `lock`, held until the transaction ends."""
    Sending.objects.get_or_create(pk=1)
    rows = Sending.objects.select_for_update() if lock else Sending.objects
    return rows.get(pk=1)


def let_through(now: datetime, limit: int) -> list[Message]:
    """Judge the next due messages and claim those that may go. Call it inside a transaction; it locks the gate."""
    sending = governing(lock=True)
    if sending.stopped:
        return []
    due = Message.objects.filter(state=Message.PLANNED, held=False, due_at__lte=now)
    rows = list(due.order_by("due_at", "id")[:limit])
    if not rows:
        return []
    return _judged(rows, sending, now)


def _judged(rows: list[Message], sending: Sending, now: datetime) -> list[Message]:
    """Write each row's verdict; return the rows that were claimed."""
    budget = Budget(sending.budget_messages, sending.budget_days)
    quiet = QuietHours(sending.quiet_start, sending.quiet_end)
    facts = _Facts(rows, now - timedelta(days=budget.days))
    lease, claimed = secrets.token_hex(8), []
    for row in rows:
        verdict = judge(facts.question(row), budget, quiet, now)
        if isinstance(verdict, Skip):
            row.state, row.reason, row.done_at = Message.SKIPPED, verdict.reason, now
        elif isinstance(verdict, Delay):
            row.reason, row.due_at = verdict.reason, verdict.until
        else:
            row.state, row.reason, row.claimed_at, row.lease = Message.CLAIMED, "", now, lease
            row.lease_until = now + LEASE
            facts.sent[row.customer_key].append(now)
            claimed.append(row)
    fields = "state reason done_at due_at claimed_at lease lease_until address language".split()
    write(rows, fields)
    return claimed


class _Facts:
    """What the gate asks about a batch of messages, loaded set-wise."""

    def __init__(self, rows: Sequence[Message], since: datetime) -> None:
        keys = {row.customer_key for row in rows if row.customer_key is not None}
        self.customers = Customer.objects.in_bulk(keys)
        addresses = {key: found.email for key, found in self.customers.items()}
        self.consents = consent.states(addresses)
        wanted = {normal_address(address) for address in (*addresses.values(), *(row.address for row in rows))}
        self.suppressed = dict(
            Suppression.objects.filter(channel=EMAIL, address__in=wanted).values_list("address", "reason")
        )
        self.sent: dict[int | None, list[datetime]] = defaultdict(list)
        spent = Message.objects.filter(
            customer_key__in=keys, kind=Message.JOURNEY, state__in=COUNTED, claimed_at__gt=since
        )
        for key, at in spent.values_list("customer_key", "claimed_at"):
            self.sent[key].append(at)
        self.company_zone = ZoneInfo(workspace.current().settings.zone)

    def question(self, row: Message) -> Question:
        """All about one message; its address and language are filled in on the way."""
        customer = self.customers.get(row.customer_key) if row.customer_key is not None else None
        if customer and row.kind == Message.JOURNEY:
            row.address, row.language = normal_address(customer.email), language_of(customer)
        return Question(
            marketing=row.kind == Message.JOURNEY,
            address="" if address_problem(row.address) else row.address,
            consent=self.consents.get(row.customer_key or 0, ""),
            suppressed=self.suppressed.get(row.address, ""),
            sent=self.sent[row.customer_key],
            zone=self._zone(customer),
            planned_at=row.planned_at,
            held_out=row.held_out,
        )

    def _zone(self, customer: Customer | None) -> ZoneInfo:
        """The customer's own zone where it is known, else the company's."""
        name = str((customer.details or {}).get("timezone") or "") if customer else ""
        try:
            return ZoneInfo(name) if name else self.company_zone
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return self.company_zone


def recover(now: datetime) -> int:
    """Messages claimed by a worker that is no more: whether they went, nobody knows. They are shown, never resent."""
    with transaction.atomic():
        return Message.objects.filter(state=Message.CLAIMED, lease_until__lt=now).update(
            state=Message.UNKNOWN, reason="crashed", done_at=now
        )
