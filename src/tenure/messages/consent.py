"""Consent: an append-only ledger per address and channel; the latest entry counts, withdrawal wins a tie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tenure.errors import UsageError

__all__ = ["GRANTED", "WITHDRAWN", "Entry", "current", "entry", "normal_address"]

GRANTED, WITHDRAWN = "granted", "withdrawn"
YES = {"granted", "yes", "true", "subscribed", "opt_in", "optin", "1"}
NO = {"withdrawn", "no", "false", "unsubscribed", "opt_out", "optout", "denied", "0"}


@dataclass(frozen=True)
class Entry:
    """One thing said about consent: granted or withdrawn, on what basis, with what evidence."""

    state: str
    basis: str
    evidence: str
    at: datetime


def current(entries: Iterable[Entry]) -> str:
    """granted, withdrawn, or nothing when nobody ever said."""
    latest = max(entries, key=lambda found: (found.at, found.state == WITHDRAWN), default=None)
    return latest.state if latest else ""


def entry(value: object, at: datetime) -> Entry:
    """An entry from collected data: {"state", "basis", "evidence"}.

    Raises UsageError for a grant without a basis: consent is never assumed.
    """
    words = value if isinstance(value, dict) else {"state": value}
    said = str(words.get("state", "")).strip().lower()
    if said not in YES | NO:
        raise UsageError(f'Consent "{said[:40]}" is neither granted nor withdrawn.')
    basis = str(words.get("basis") or "").strip()
    if said in YES and not basis:
        raise UsageError("Consent cannot be granted without its basis: say where and how the person agreed.")
    return Entry(GRANTED if said in YES else WITHDRAWN, basis[:200], str(words.get("evidence") or "")[:2000], at)


def normal_address(text: str) -> str:
    """The address under which consent and suppression are kept: without blanks, in small letters."""
    return text.strip().lower()
