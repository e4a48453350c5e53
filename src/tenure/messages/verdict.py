"""May this message go out now? One pure answer from all that must be asked, with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tenure.messages.quiet import QuietHours

__all__ = ["REASONS", "Budget", "Delay", "Go", "Question", "Skip", "Verdict", "budget_free_at", "judge"]

REASONS = (
    "stopped holdout no_address suppressed no_consent withdrawn budget quiet_hours paused goal left template".split()
)
PATIENCE = timedelta(days=3)


@dataclass(frozen=True)
class Budget:
    """At most `messages` marketing messages a customer within any `days` days; 0 messages means no limit."""

    messages: int = 3
    days: int = 7


@dataclass(frozen=True)
class Question:
    """All that the gate must know about one message. `sent` are the instants at which messages went to the customer."""

    marketing: bool
    address: str
    consent: str  # granted, withdrawn, or nothing
    suppressed: str  # the reason, or nothing
    sent: Sequence[datetime]
    zone: ZoneInfo
    planned_at: datetime
    held_out: bool = False


@dataclass(frozen=True)
class Go:
    """Hand it off."""


@dataclass(frozen=True)
class Skip:
    """Never send it, for this reason."""

    reason: str


@dataclass(frozen=True)
class Delay:
    """Ask again at the instant."""

    reason: str
    until: datetime


Verdict = Go | Skip | Delay


def judge(question: Question, budget: Budget, quiet: QuietHours, now: datetime) -> Verdict:
    """Whether the message goes, is skipped, or waits. What was asked for by the person itself only needs an address.

    A message that the budget holds back waits for its turn up to three days, then is skipped: old news offends.
    """
    if question.held_out:
        return Skip("holdout")
    if not question.address:
        return Skip("no_address")
    if question.suppressed and (question.marketing or question.suppressed == "bounce"):
        return Skip("suppressed")
    if not question.marketing:
        return Go()
    if question.consent != "granted":
        return Skip("withdrawn" if question.consent == "withdrawn" else "no_consent")
    free_at = budget_free_at(question.sent, budget, now)
    if free_at > now:
        return Skip("budget") if free_at > question.planned_at + PATIENCE else Delay("budget", free_at)
    until = quiet.over(now, question.zone)
    return Delay("quiet_hours", until) if until > now else Go()


def budget_free_at(sent: Sequence[datetime], budget: Budget, now: datetime) -> datetime:
    """When one more message keeps every rolling window of `days` at or under `messages`: now, or a later instant."""
    if not budget.messages:
        return now
    window = timedelta(days=budget.days)
    recent = sorted(instant for instant in sent if instant > now - window)
    if len(recent) < budget.messages:
        return now
    return recent[-budget.messages] + window
