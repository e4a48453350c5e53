"""When an event happened: reading the times clients write, and correcting a clock that runs wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["FUTURE", "Moments", "instant", "microseconds", "read", "shift"]

FUTURE = timedelta(days=1)
_BOUND = timedelta(hours=24)
_LATENCY = timedelta(seconds=5)
_MILLISECONDS = 100_000_000_000  # seconds beyond the year 5138: a larger number counts milliseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)

Moments = str | int | float


def read(value: Moments) -> datetime:
    """An instant from ISO 8601 text, or seconds or milliseconds since 1970; UTC unless it says. Raises ValueError."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
            if found.tzinfo is not UTC:
                found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        else:
            found = datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS else value, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("out of range") from error
    if found < _FIRST:
        raise ValueError("before 1900")
    return found


def shift(received_at: datetime, sent_at: datetime | None) -> timedelta:
    """By how much times that a client wrote must be moved to be those of our clock: how far its clock is off.

    A shift beyond 24 hours is no wrong clock but a batch that waited in a queue; one below 5 seconds is the network,
    and shifting by it would move midnight's historical orders to the day before.
    """
    found = timedelta() if sent_at is None else received_at - sent_at
    return found if _LATENCY <= abs(found) <= _BOUND else timedelta()


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, as the inbox and staged events keep times: quicker told and read than text."""
    return (moment - _EPOCH) // _MICROSECOND


def instant(kept: int) -> datetime:
    """The instant of a kept time."""
    return _EPOCH + timedelta(microseconds=kept)
