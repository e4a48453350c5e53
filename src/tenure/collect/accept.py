"""Reading what a client sent: bytes in, calls out. Pure; nothing is stored here.

Content types lie (browsers send text/plain, one SDK sends gzip as a form), so the bytes decide.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

import msgspec

from tenure.errors import CollectError

__all__ = ["LIMIT", "SHORT", "TYPES", "Calls", "Refused", "calls", "inflate", "write_key"]

LIMIT = 4 * 1024 * 1024
MANY = frozenset({"batch", "import", "record"})
TYPES = frozenset({"identify", "track", "page", "screen", "group", "alias"})
SHORT = {"i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias", "b": "batch"}
_GZIP = b"\x1f\x8b"
MEMBERS = 64  # each is looked for in a copy of what is left: thousands of tiny ones would cost minutes
_DIGITS = 40  # a longer whole number is no number anyone meant


class Refused(CollectError):
    """A body that cannot be taken in at all; `code` is `too_large`, `unreadable` or `nested`."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True)
class Calls:
    """The calls of one request: each the raw JSON of one call, or the value a tolerant reading gave.

    `context` and `sent_at` are those of the whole batch.
    """

    items: tuple[bytes | object, ...]
    context: Any = None
    sent_at: Any = None


class _Envelope(msgspec.Struct):
    batch: list[msgspec.Raw] | None = None
    writeKey: Any = None
    context: Any = None
    sentAt: Any = None


_envelope = msgspec.json.Decoder(_Envelope)


def inflate(body: bytes, limit: int = LIMIT) -> bytes:
    """The body without its compression. Raises Refused when it is, or becomes, larger than `limit`."""
    if len(body) > limit:
        raise Refused("too_large", f"The body is larger than {limit} bytes. Send smaller batches.")
    if not body.startswith(_GZIP):
        return body
    parts: list[bytes] = []
    rest, room = body, limit + 1
    while rest:  # several gzip members one after another are one text
        if len(parts) == MEMBERS:
            raise Refused("unreadable", "The gzip body consists of too many parts. Pack it as one.")
        unpacker = zlib.decompressobj(wbits=31)
        try:
            part = unpacker.decompress(rest, room)
        except zlib.error as error:
            raise Refused("unreadable", "The body begins like gzip but cannot be unpacked.") from error
        room -= len(part)
        if room <= 0:
            raise Refused("too_large", f"The body is larger than {limit} bytes once unpacked. Send smaller batches.")
        if not unpacker.eof:
            raise Refused("unreadable", "The gzip body ends too early.")
        parts.append(part)
        rest = unpacker.unused_data
    return b"".join(parts)


def calls(text: bytes, endpoint: str) -> Calls:
    """The calls in a body sent to `endpoint` (one of MANY, or a call type). Raises Refused when there are none.

    NaN, control characters, lone surrogates and broken UTF-8 are read, so that they cost only the event they are in.
    """
    many = endpoint in MANY
    try:
        found = _envelope.decode(text)
    except RecursionError as error:
        raise _nested() from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _tolerant_calls(text, many)
    if not many:
        return Calls((text,))
    if found.batch is None:
        raise Refused("unreadable", 'The body has no list "batch".')
    return Calls(tuple(map(bytes, found.batch)), found.context, found.sentAt)


def write_key(text: bytes) -> str | None:
    """The write key inside a body, where browsers and beacons put it."""
    try:
        found = _envelope.decode(text).writeKey
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            found = _tolerant(text).get("writeKey")
        except Refused:
            return None
    return found if isinstance(found, str) and found.isascii() else None


def _tolerant_calls(text: bytes, many: bool) -> Calls:
    found = _tolerant(text)
    if not many:
        return Calls((found,))
    batch = found.get("batch")
    if not isinstance(batch, list):
        raise Refused("unreadable", 'The body has no list "batch".')
    return Calls(tuple(batch), found.get("context"), found.get("sentAt"))


def _tolerant(text: bytes) -> dict[str, Any]:
    try:
        found = tolerant(text)
    except RecursionError as error:
        raise _nested() from error
    except ValueError as error:
        raise Refused("unreadable", f"The body is not JSON: {_place(error)}.") from error
    if not isinstance(found, dict):
        raise Refused("unreadable", "The body must be a JSON object.")
    return found


def tolerant(text: bytes) -> Any:
    """JSON read as kindly as can be. Raises ValueError or RecursionError."""
    decoded = text.decode(json.detect_encoding(text), "surrogateescape")
    return json.loads(decoded, strict=False, parse_int=_integer)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS else float("inf")


def _nested() -> Refused:
    return Refused("nested", "The body is nested too deeply.")


def _place(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    return "it holds bytes that are no text"
