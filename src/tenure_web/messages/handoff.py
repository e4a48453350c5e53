"""Hands claimed messages to their channel and writes down what became of each."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tenure.collect import failpoints
from tenure.messages import Letter, Mail, Wording, WordingError, letter, tracked
from tenure.messages.channels import FAILED, LATER, SENT, Outcome
from tenure.messages.channels.email import SmtpChannel, SmtpServer
from tenure_web.customers.models import Customer
from tenure_web.messages import gate
from tenure_web.messages.addresses import click_url, open_url, unsubscribe_url
from tenure_web.messages.models import Copy, Message, Template
from tenure_web.messages.values import values_of
from tenure_web.messages.writing import write
from tenure_web.settings.smtp import server
from tenure_web.worker import workspace

__all__ = ["Made", "made", "wording_of", "work"]

PATIENCE = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)]
MAILBOX_BATCH = 50
SMTP_BATCH = 50
TURN = 20.0  # seconds; then `now`, the leases and the quiet hours are taken afresh


@dataclass(frozen=True)
class Made:
    """A message ready to go: its letter with tracked links, and where they lead."""

    letter: Letter
    links: list[str]


def work(now: datetime) -> int:
    """Hand off what is due; returns how many messages were looked at."""
    recovered = gate.recover(now)
    there = server()
    if there is None:
        return recovered + _into_mailbox(now)
    if not workspace.current().settings.sender_email:
        return recovered  # the Sending page says so; nothing is claimed that could not leave
    smtp = SmtpServer(there.host, there.port, there.user, there.password, there.security)
    return recovered + _by_smtp(smtp, now)


def _into_mailbox(now: datetime) -> int:
    """Gate, letter, copy and outcome in one transaction: a crash undoes all of it, so nothing is ever in doubt."""
    with transaction.atomic():
        rows = gate.let_through(now, MAILBOX_BATCH)
        failpoints.reach("messages.claimed")
        copies = []
        for row, ready in _letters(rows):
            if isinstance(ready, Made):
                _fill(row, ready)
                _write(row, Outcome(SENT), now)
                copies.append(Copy(message=row, html=ready.letter.html, text=ready.letter.text, at=now))
            else:
                _write(row, ready, now)
        write(rows, _WRITTEN)
        Copy.objects.bulk_create(copies)
        failpoints.reach("messages.mailbox")
    return len(rows)


def _by_smtp(smtp: SmtpServer, now: datetime) -> int:
    """One message at a time: claim (committed), hand off, write the outcome; a slow server ends the turn early."""
    begun = time.monotonic()
    with SmtpChannel(smtp) as channel:
        for done in range(SMTP_BATCH):
            with transaction.atomic():
                rows = gate.let_through(now, 1)
                failpoints.reach("messages.gate")
            if not rows:
                return done
            failpoints.reach("messages.claimed")
            if _hand_off(rows[0], channel, now).state == LATER or time.monotonic() - begun > TURN:
                return done + 1
    return SMTP_BATCH


def _hand_off(row: Message, channel: SmtpChannel, now: datetime) -> Outcome:
    _, ready = next(iter(_letters([row])))
    if isinstance(ready, Made):
        _fill(row, ready)
        Message.objects.filter(pk=row.pk, lease=row.lease).update(subject=row.subject, links=row.links)
        mail = _mail(row, ready.letter, now)
        failpoints.reach("messages.handing")
        outcome = channel.send(mail)
        failpoints.reach("messages.handed")
    else:
        outcome = ready
    _write(row, outcome, now)
    with transaction.atomic():
        # A stale worker, whose lease ran out, may still say what became of its own message.
        mine = Message.objects.filter(pk=row.pk, lease=row.lease, state__in=(Message.CLAIMED, Message.UNKNOWN))
        mine.update(**{name: getattr(row, name) for name in _WRITTEN})
        failpoints.reach("messages.outcome")
    failpoints.reach("messages.written")
    return outcome


_WRITTEN = ["state", "reason", "detail", "subject", "links", "attempts", "due_at", "done_at"]


def _write(row: Message, outcome: Outcome, now: datetime) -> None:
    """Put the outcome on the row (not yet saved)."""
    row.detail = outcome.detail[:400]
    if outcome.state == LATER and row.attempts < len(PATIENCE):
        row.state, row.reason = Message.PLANNED, "unreachable"
        row.due_at = now + PATIENCE[row.attempts]
        row.attempts += 1
        return
    row.state, row.done_at = (FAILED if outcome.state == LATER else outcome.state), now
    row.reason = row.reason if row.reason in ("template", "gone") else ""
    if not row.reason and row.state in (Message.FAILED, Message.UNKNOWN):
        row.reason = "refused" if row.state == Message.FAILED else "broken"


def _fill(row: Message, ready: Made) -> None:
    row.subject, row.links = ready.letter.subject[:998], ready.links


def _letters(rows: list[Message]) -> Iterable[tuple[Message, Made | Outcome]]:
    """Each row with its letter, or with the reason why there is none."""
    customers = Customer.objects.in_bulk([row.customer_key for row in rows if row.customer_key is not None])
    values = values_of(customers.values())
    templates = {found.key: found for found in Template.objects.filter(key__in={row.template for row in rows})}
    for row in rows:
        template, known = templates.get(row.template), values.get(row.customer_key or 0)
        if template is None or known is None:
            row.reason = "gone"
            yield row, Outcome(FAILED, "")
            continue
        try:
            yield row, made(template, row.language, known, row.token)
        except WordingError as error:
            row.reason = "template"
            yield row, Outcome(FAILED, str(error))


def wording_of(template: Template, language: str) -> Wording:
    """The template's wording in this language, or in the other one where it is missing."""
    chosen = {
        "en": Wording(template.subject_en, template.body_en, template.form, "en"),
        "zh": Wording(template.subject_zh, template.body_zh, template.form, "zh"),
    }
    first = chosen["zh" if language.startswith("zh") else "en"]
    return first if first.subject and first.body else chosen["en" if first.language == "zh" else "zh"]


def made(template: Template, language: str, values: dict[str, Any], token: str) -> Made:
    """The letter of a template for one customer, with its links led through us."""
    leave = unsubscribe_url(token)
    filled = letter(wording_of(template, language), {**values, "unsubscribe_url": leave})
    with_links, links = tracked(filled, lambda number: click_url(token, number), open_url(token), leave)
    return Made(with_links, links)


def _mail(row: Message, filled: Letter, now: datetime) -> Mail:
    settings = workspace.current().settings
    leave = unsubscribe_url(row.token)
    headers = {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    domain = settings.sender_email.rpartition("@")[2]
    return Mail(
        to=row.address,
        sender=settings.sender_email,
        sender_name=settings.sender_name or settings.company_in(row.language),
        letter=filled,
        message_id=f"{row.token}@{domain}",
        at=now,
        headers=headers if row.kind == Message.JOURNEY else {},
    )


def one(row: Message, now: datetime) -> None:
    """Hand a test message off here and now; nothing but its address is asked."""
    there = server()
    row.state, row.claimed_at, row.lease, row.lease_until = Message.CLAIMED, now, row.token[:16], now + gate.LEASE
    row.save(update_fields=["state", "claimed_at", "lease", "lease_until"])
    if there is not None and workspace.current().settings.sender_email:
        with SmtpChannel(SmtpServer(there.host, there.port, there.user, there.password, there.security)) as channel:
            _hand_off(row, channel, now)
        return
    with transaction.atomic():
        _, ready = next(iter(_letters([row])))
        if isinstance(ready, Made):
            _fill(row, ready)
            Copy.objects.create(message=row, html=ready.letter.html, text=ready.letter.text, at=now)
        _write(row, Outcome(SENT) if isinstance(ready, Made) else ready, now)
        row.save(update_fields=_WRITTEN)
