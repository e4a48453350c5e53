"""Checking one call: an event fit to be loaded, or the reason why not. Pure."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from tenure.collect import accept, commerce, moments
from tenure.collect.identity import usable
from tenure.collect.personal import Personal
from tenure.collect.plain import KEPT, Plain
from tenure.collect.said import (
    DEEPEST,
    LARGEST,
    Call,
    Frame,
    Request,
    Sending,
    Unfit,
    json_text,
    merged,
    name_of,
    sent_at_of,
    times_of,
    word,
)
from tenure.collect.staging import StagedEvent

__all__ = ["Checker", "Refusal", "Request"]


@dataclass(frozen=True)
class Refusal:
    """An event that cannot be loaded. `raw` is the call as it came, JSON where it could be read.

    What its batch said for all its calls (context, sentAt) is in it, for when it is sent in alone.
    """

    reason: str
    detail: str
    raw: bytes


class _Call(Call):
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(_Call)
_log = logging.getLogger("tenure.collect")


class Checker:
    """Turns requests into staged events. `currency` is that of amounts which name none."""

    def __init__(self, currency: str, personal: Personal, inbox: str = "inbox") -> None:
        self._currency, self._personal, self._inbox = currency, personal, inbox
        self._plain = Plain(currency, personal, inbox)

    def request(self, request: Request, first: int = 0) -> tuple[list[StagedEvent], list[tuple[int, Refusal]]]:
        """(events, refusals with their index) of a request. `seq` of an event is `first` plus its index."""
        try:
            found = accept.calls(accept.inflate(request.body, 1 << 30), request.endpoint)
        except accept.Refused as error:
            return [], [(0, Refusal("unreadable", str(error), request.body))]
        good: list[StagedEvent] = []
        bad: list[tuple[int, Refusal]] = []
        context = found.context
        if context and (unfit := _unfit_context(context)):
            bad.append((len(found.items), unfit))
            context = None
        sending = Sending.of(request, sent_at_of(found.sent_at))
        shared = repr(context) if context else ""
        frame = Frame(request, first, context, sending, moments.microseconds(request.received_at), shared)
        for index, item in enumerate(found.items):
            outcome = self._outcome(item, index, frame)
            if isinstance(outcome, Refusal):
                bad.append((index, replace(outcome, raw=_alone(outcome.raw, context, found.sent_at))))
            else:
                good.append(outcome)
        return good, bad

    def _outcome(self, item: bytes | object, index: int, frame: Frame) -> StagedEvent | Refusal:
        try:
            return self._plain.event(item, index, frame) or self._call(item, index, frame)
        except Exception as error:  # what no check foresaw must not hold up the others, now and at every later turn
            _log.exception("A call could not be checked.")
            return Refusal("unforeseen", type(error).__name__, _raw(item))

    def _call(self, item: bytes | object, index: int, frame: Frame) -> StagedEvent | Refusal:
        try:
            return self._event(_decode(item), index, frame)
        except msgspec.ValidationError as error:
            reason, detail = "type", str(error)
        except (Unfit, commerce.Unfit) as error:
            reason, detail = error.args
        return Refusal(reason, detail, _raw(item))

    def _event(self, call: _Call, index: int, frame: Frame) -> StagedEvent:
        request = frame.request
        kind = accept.SHORT.get(call.type or "", call.type) or request.endpoint
        if kind not in accept.TYPES:
            raise Unfit("unknown_type", f"type {kind[:40]!r}")
        context = merged(frame.context, call.context)
        traits = merged(context.get("traits"), call.traits) if kind != "group" else {}
        properties, personal = self._split(kind, call, context, traits, frame)
        name = name_of(kind, call)
        currency = commerce.currency_of(name or "", properties, self._currency)
        order_id = commerce.order_id_of(properties) if name in commerce.ORDERS else None
        amount = commerce.amount_of(name or "", properties, currency)
        if amount is None and order_id is None and name in commerce.BACK:
            raise Unfit("no_order_id", "order_id is missing")
        products, properties = commerce.products_of(name or "", properties, currency)
        ts, received_at, sent_at, original_at = times_of(call, frame)
        source_key = call.source_key if request.endpoint == "record" else None
        message_id = word(call.message_id) or f"{self._inbox}:{request.id}:{index}"
        return StagedEvent(
            seq=frame.first + index,
            kind=kind,
            name=name,
            ts=ts,
            received_at=received_at,
            sent_at=sent_at,
            original_at=original_at,
            message_id=message_id,
            source_id=request.source_id,
            source_key=source_key,
            **_identifiers(kind, call, context, traits, source_key is not None),
            order_id=order_id,
            amount=amount,
            currency=None if amount is None and products is None else currency,
            products=products,
            properties=json_text(properties),
            personal=json_text(personal),
        )

    def _split(
        self, kind: str, call: _Call, context: dict[str, Any], traits: dict[str, Any], frame: Frame
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """(facts, personal fields) of properties, traits and what of the context is worth keeping."""
        facts, personal = self._personal.split((call.traits if kind == "group" else call.properties) or {})
        if traits:
            known, about = self._personal.split({**traits, "consent": None}, of_a_person=True)
            personal |= about | _consents(traits.get("consent"))
            if kind == "identify":
                facts = known | facts
            elif known:
                facts["traits"] = known
        if context:
            kept, _ = self._personal.split({name: context[name] for name in KEPT if name in context})
            if kept:
                facts.setdefault("context", kept)
            if kind == "identify" and (ip := _ip(context, frame)):
                personal.setdefault("ip", ip)
        if kind == "group":
            return facts | {"group_id": word(call.group_id)}, {}
        if call.category and kind in ("page", "screen"):
            facts["category"] = call.category
        return facts, personal


def _unfit_context(context: object) -> Refusal | None:
    """Why the context that a batch gives all its calls cannot be kept; the calls are taken in without it."""
    try:
        _examine(context)
        if len(msgspec.json.encode(context)) > LARGEST:
            raise Unfit("too_large", f"more than {LARGEST} bytes")
    except Unfit as error:
        reason, detail = error.args
        return Refusal(reason, detail, _raw({"context": context}))
    return None


def _ip(context: dict[str, Any], frame: Frame) -> str | None:
    """The address a client names, or its own when it says that it sends directly."""
    found = context.get("ip") or (frame.request.address if context.get("direct") is True else None)
    return found if isinstance(found, str) else None


def _decode(item: bytes | object) -> _Call:
    """The typed call. What strict decoding cannot read is read tolerantly, to name what is wrong with it."""
    if isinstance(item, bytes):
        if len(item) > LARGEST:
            raise Unfit("too_large", f"the event has {len(item)} bytes")
        try:
            call = _decoder.decode(item)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return _named(item, error)
        if b"\\u0000" in item or item.count(b"{") + item.count(b"[") > DEEPEST:
            _examine(msgspec.to_builtins(call))
        return call
    _examine(item)
    if len(_raw(item)) > LARGEST:
        raise Unfit("too_large", f"more than {LARGEST} bytes")
    return msgspec.convert(item, _Call)


def _named(item: bytes, error: Exception) -> _Call:
    try:
        found = accept.tolerant(item)
    except (ValueError, RecursionError):
        raise Unfit("type", "it cannot be read") from error
    _examine(found)
    return msgspec.convert(found, _Call)


def _examine(value: object) -> None:
    """Raise Unfit for values that cannot be stored: NUL, broken text, NaN, endless numbers, deep nesting."""
    for inner, depth in _walk(value):
        if depth > DEEPEST:
            raise Unfit("too_deep", f"more than {DEEPEST} levels")
        if isinstance(inner, str):
            if "\0" in inner:
                raise Unfit("nul", "a NUL character")
            if not inner.isascii() and any("\ud800" <= sign <= "\udfff" for sign in inner):
                raise Unfit("text", "invalid text")
        elif isinstance(inner, float) and not math.isfinite(inner):
            raise Unfit("number", "NaN, Infinity or too large")


def _walk(value: object) -> Iterator[tuple[object, int]]:
    pending = [(value, 0)]
    while pending:
        inner, depth = pending.pop()
        yield inner, depth
        if isinstance(inner, Mapping):
            pending += [(part, depth + 1) for pair in inner.items() for part in pair]
        elif isinstance(inner, list):
            pending += [(part, depth + 1) for part in inner]


def _alone(raw: bytes, context: object, sent_at: object) -> bytes:
    """A call with what its batch said for all; as it came where it is no mapping or would be too large."""
    said = {name: value for name, value in (("context", context), ("sentAt", sent_at)) if value}
    try:
        call = msgspec.json.decode(raw) if said else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return raw
    own = call.get("context") or {} if isinstance(call, dict) else None
    if not isinstance(call, dict) or not isinstance(own, dict):
        return raw
    whole = {**said, **call} | ({"context": merged(context, own)} if context else {})
    text = json_text(whole) if whole != call else None
    return raw if text is None or len(text.encode()) > LARGEST else text.encode()


def _raw(item: bytes | object) -> bytes:
    if isinstance(item, bytes):
        return item
    try:
        return json.dumps(item).encode()
    except (ValueError, RecursionError):
        return repr(item)[:LARGEST].encode("utf-8", "backslashreplace")


def _identifiers(
    kind: str, call: _Call, context: dict[str, Any], traits: dict[str, Any], known: bool
) -> dict[str, Any]:
    properties = call.properties or {} if kind != "group" else {}
    found = {
        "external_id": word(call.user_id),
        "anonymous_id": word(call.anonymous_id),
        "email": word(traits.get("email")) or word(properties.get("email")),
        "phone": word(traits.get("phone")) or word(properties.get("phone")),
    }
    if context:
        listed = context.get("externalIds")
        for entry in listed if isinstance(listed, list) else ():
            if isinstance(entry, dict) and _SAME.get(str(entry.get("type"))):
                column = _SAME[str(entry.get("type"))]
                found[column] = found[column] or word(entry.get("id"))
    previous = word(call.previous_id) if kind == "alias" else None
    if kind == "alias" and not (usable(previous) and usable(found["external_id"])):
        raise Unfit("no_previous_id", "userId or previousId is missing")
    if not known and not any(usable(value) for value in found.values()):
        raise Unfit("no_id", "no id that can be used")
    return {**found, "previous_id": previous}


_SAME = {"user_id": "external_id", "anonymous_id": "anonymous_id", "email": "email", "phone": "phone"}


def _consents(consent: object) -> dict[str, Any]:
    """Trait `consent`: {"email": true} or {"email": {"state": …, "basis": …, "evidence": …}}."""
    found: dict[str, Any] = {}
    for channel, value in consent.items() if isinstance(consent, dict) else ():
        if isinstance(value, bool):
            value = {"state": "granted" if value else "withdrawn", "basis": "api", "evidence": "identify call"}
        if isinstance(value, dict) and value.get("state") in ("granted", "withdrawn"):
            found[f"consent:{channel}"] = value
    return found
