"""Happenings that other rooms bring in (a mail was opened, a journey ended): the same road as everybody's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

__all__ = ["Happening", "body"]


@dataclass(frozen=True)
class Happening:
    """Something that happened to a customer, known by any source key of theirs.

    The same `message_id` again is the same happening: derive it from what happened, not from chance.
    """

    source_key: int
    name: str
    at: datetime
    message_id: str
    properties: Mapping[str, Any] = field(default_factory=dict)


def body(happenings: Sequence[Happening]) -> bytes:
    """A request body for the endpoint `record`."""
    calls = [
        {
            "type": "track",
            "event": happening.name,
            "sourceKey": happening.source_key,
            "messageId": happening.message_id,
            "timestamp": happening.at.isoformat(),
            "properties": dict(happening.properties),
        }
        for happening in happenings
    ]
    return msgspec.json.encode({"batch": calls})
