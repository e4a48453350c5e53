"""What became of a hand-off."""

from dataclasses import dataclass

__all__ = ["FAILED", "LATER", "SENT", "UNKNOWN", "Outcome"]

SENT = "sent"  # the other side took it over
FAILED = "failed"  # certainly not sent, and asking again would not help
LATER = "later"  # certainly not sent, may work later
UNKNOWN = "unknown"  # it may have gone; never send it again by itself


@dataclass(frozen=True)
class Outcome:
    """The state and, unless it was sent, why."""

    state: str
    detail: str = ""
