"""What the fields of a call say: the pieces that every reading of a call is made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from tenure.collect import commerce, moments

__all__ = [
    "DEEPEST",
    "LARGEST",
    "LONGEST_NAME",
    "Call",
    "Frame",
    "Id",
    "Request",
    "Sending",
    "Unfit",
    "json_text",
    "merged",
    "name_of",
    "sent_at_of",
    "times_of",
    "word",
]

LARGEST = 32 * 1024
DEEPEST = 32
LONGEST_NAME = 300

Id = str | int | float | None


class Call(msgspec.Struct, rename="camel"):
    """The plain fields of a call; each reading of it adds how it takes the objects."""

    type: str | None = None
    message_id: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    timestamp: moments.Moments | None = None
    original_timestamp: moments.Moments | None = None
    sent_at: moments.Moments | None = None
    source_key: int | None = None


@dataclass(frozen=True)
class Request:
    """One row of the inbox: what a client sent, when it came, and from which source."""

    id: int
    received_at: datetime
    source_id: int
    endpoint: str
    body: bytes
    address: str | None = None


class Unfit(ValueError):
    """A call that cannot be an event; its arguments are the reason's code and a detail."""


@dataclass(frozen=True)
class Sending:
    """When calls were sent, and what that tells of the times in them: `shift` makes them ours, none is after `latest`.

    All in microseconds, as events keep their times.
    """

    sent: int | None
    shift: int
    latest: int

    @classmethod
    def of(cls, request: Request, sent_at: datetime | None) -> Sending:
        """Times of `import` and `record` are not those of a client's clock."""
        history = request.endpoint in ("import", "record")
        shift = timedelta() if history else moments.shift(request.received_at, sent_at)
        sent = None if sent_at is None else moments.microseconds(sent_at)
        latest = moments.microseconds(request.received_at + moments.FUTURE - shift)
        return cls(sent, shift // timedelta(microseconds=1), latest)


@dataclass(frozen=True)
class Frame:
    """What all calls of a request share. `shared` names its context: equal names are equal contexts."""

    request: Request
    first: int
    context: Any
    sending: Sending
    received: int
    shared: str = ""


class Named(Protocol):
    """The fields that name what happened."""

    event: str | None
    name: str | None
    category: str | None


class Timed(Protocol):
    """The fields that say when."""

    timestamp: moments.Moments | None
    original_timestamp: moments.Moments | None
    sent_at: moments.Moments | None


def merged(first: object, second: object) -> dict[str, Any]:
    """Both mappings as one; the second wins; nulls say nothing."""
    if not first and isinstance(second, dict) and None not in second.values():
        return second
    merged: dict[str, Any] = {}
    for part in (first, second):
        if isinstance(part, dict):
            merged.update({key: value for key, value in part.items() if value is not None})
    return merged


def times_of(call: Timed, frame: Frame) -> tuple[int, int, int | None, int | None]:
    """(when it happened, was received, was sent, what the client wrote), microseconds.

    Raises Unfit("time" or "future").
    """
    raw = call.timestamp or call.original_timestamp
    try:
        original = moments.microseconds(moments.read(raw)) if raw else None
    except ValueError as error:
        raise Unfit("time", f"timestamp {str(raw)[:40]!r}") from error
    sending = Sending.of(frame.request, sent_at_of(call.sent_at)) if call.sent_at else frame.sending
    if original is None:
        return frame.received, frame.received, sending.sent, None
    if original > sending.latest:
        raise Unfit("future", f"timestamp {str(raw)[:40]!r}")
    return original + sending.shift, frame.received, sending.sent, original


def sent_at_of(raw: Any) -> datetime | None:
    """A sentAt that cannot be read only means that no clock can be corrected."""
    try:
        return moments.read(raw) if raw and isinstance(raw, (str, int, float)) else None
    except ValueError:
        return None


def name_of(kind: str, call: Named) -> str | None:
    """The name of what happened. Raises Unfit("no_name") or Unfit("type")."""
    if kind == "track":
        name = commerce.event_name(call.event or "")
        if not name:
            raise Unfit("no_name", "event is missing")
    else:
        name = (call.name or call.category or "").strip() if kind in ("page", "screen") else ""
    if len(name) > LONGEST_NAME:
        raise Unfit("type", f"a name longer than {LONGEST_NAME} characters")
    return name or None


def word(value: Any) -> str | None:
    """An id as text: numbers are cast, blanks are nothing."""
    if not isinstance(value, str):
        if value is None or isinstance(value, (bool, dict, list)):
            return None
        value = str(int(value) if isinstance(value, float) and value.is_integer() else value)
    found = value.strip()
    if len(found) > LONGEST_NAME:
        raise Unfit("type", f"an id longer than {LONGEST_NAME} characters")
    return found or None


def json_text(found: dict[str, Any]) -> str | None:
    """A JSON object, None for an empty one."""
    return msgspec.json.encode(found).decode() if found else None
