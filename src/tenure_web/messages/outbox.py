"""The outbox as journeys and colleagues use it: plan, hold, release, call back, try."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count

from tenure.errors import UsageError
from tenure.messages import new_token, normal_address
from tenure_web.messages import handoff
from tenure_web.messages.gate import governing
from tenure_web.messages.models import Message

__all__ = ["Planned", "call_back", "fates", "hold", "plan", "stop", "try_out"]


@dataclass(frozen=True)
class Planned:
    """One message a journey wants to send."""

    version: int
    step: str
    enrolment: int
    customer_key: int
    template: str
    held_out: bool


def plan(wanted: Iterable[Planned], now: datetime) -> int:
    """Put messages into the outbox; the same step of the same enrolment only once, however often it is asked."""
    rows = [
        Message(
            version=one.version,
            step=one.step,
            enrolment=one.enrolment,
            customer_key=one.customer_key,
            template=one.template,
            held_out=one.held_out,
            token=new_token(),
            planned_at=now,
            due_at=now,
        )
        for one in wanted
    ]
    Message.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def hold(versions: Iterable[int], held: bool) -> int:
    """Keep the waiting messages of these journey versions back, or let them go on."""
    waiting = Message.objects.filter(version__in=list(versions), state=Message.PLANNED)
    return waiting.update(held=held, reason="paused" if held else "")


def call_back(enrolments: list[int], reason: str, now: datetime) -> int:
    """Messages that have not gone are not needed any more, for this reason."""
    waiting = Message.objects.filter(enrolment__in=enrolments, state=Message.PLANNED)
    return waiting.update(state=Message.SKIPPED, reason=reason, done_at=now)


def fates(versions: Iterable[int]) -> dict[tuple[int, str], dict[str, int]]:
    """{(version, step): {state: messages}}, without those of people held out."""
    found: dict[tuple[int, str], dict[str, int]] = {}
    rows = Message.objects.filter(version__in=list(versions), held_out=False).values_list("version", "step", "state")
    for version, step, state, count in rows.annotate(count=Count("id")).order_by():
        found.setdefault((version, step), {})[state] = count
    return found


def try_out(template: str, customer_key: int, address: str, language: str, now: datetime) -> Message:
    """Send a template, filled in for a customer, to a colleague. Raises UsageError when sending is stopped."""
    if governing().stopped:
        raise UsageError("Sending is stopped. Allow it again before you try a message.")
    row = Message.objects.create(
        kind=Message.TEST,
        customer_key=customer_key,
        template=template,
        address=normal_address(address),
        language=language,
        token=new_token(),
        planned_at=now,
        due_at=now,
    )
    handoff.one(row, now)
    row.refresh_from_db()
    return row


def stop(stopped: bool, by: Any, now: datetime) -> None:
    """Turn the switch that stops all sending; it stays as it is until somebody turns it back."""
    with transaction.atomic():
        sending = governing(lock=True)
        sending.stopped, sending.stopped_at, sending.stopped_by = stopped, now, by
        sending.save(update_fields=["stopped", "stopped_at", "stopped_by"])
