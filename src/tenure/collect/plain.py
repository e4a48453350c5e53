"""Calls that hold nothing special, read quickly: what calls say again and again is read once and remembered.

Whatever a call holds beyond that (traits, personal fields, other kinds, anything wrong) is left to the `Checker`; what
is read here is read by the same functions, and a test holds both equal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from tenure.collect import commerce
from tenure.collect.identity import usable
from tenure.collect.personal import Personal
from tenure.collect.said import DEEPEST, LARGEST, Call, Frame, Unfit, json_text, merged, name_of, times_of, word
from tenure.collect.staging import StagedEvent, StagedProduct

__all__ = ["KEPT", "Plain"]

#: What of a call's context is a fact worth keeping.
KEPT = ("campaign", "page", "referrer", "locale", "timezone", "app", "os", "library", "channel")
_KINDS = frozenset({"track", "page", "screen"})
_EMPTY = msgspec.Raw()
_NOTHING = frozenset({b"", b"null", b"{}"})
_REMEMBERED = 20_000
_LONGEST = 2_000  # bytes; longer texts hardly come again, and remembering them costs memory
_Found = TypeVar("_Found")


class _Call(Call, gc=False):
    """A call whose objects stay as they came."""

    properties: msgspec.Raw = _EMPTY
    traits: msgspec.Raw = _EMPTY
    context: msgspec.Raw = _EMPTY


class _Said(msgspec.Struct, frozen=True, gc=False):
    """What the properties of an event say."""

    order_id: str | None
    amount: int | None
    currency: str | None
    products: tuple[StagedProduct, ...] | None
    properties: str | None
    has_context: bool


_decoder = msgspec.json.Decoder(_Call)
_mappings = msgspec.json.Decoder(dict[str, Any] | None)
_TROUBLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Unfit, commerce.Unfit)


class Plain:
    """Reads calls like a `Checker` with the same arguments, but only those that hold nothing special."""

    def __init__(self, currency: str, personal: Personal, inbox: str) -> None:
        self._currency, self._personal, self._inbox = currency, personal, inbox
        self._said: dict[tuple[str, bytes], _Said] = {}
        self._contexts: dict[tuple[str, bytes], str] = {}

    def event(self, item: bytes | object, index: int, frame: Frame) -> StagedEvent | None:
        """The event that a call is, or None when the call needs a closer look."""
        if type(item) is not bytes or len(item) > LARGEST or frame.request.endpoint == "record":
            return None
        if b"\\" in item and b"\\u0000" in item:
            return None
        try:
            return self._event(_decoder.decode(item), index, frame)
        except _TROUBLE:
            return None

    def _event(self, call: _Call, index: int, frame: Frame) -> StagedEvent | None:
        kind, request = call.type or frame.request.endpoint, frame.request
        if kind not in _KINDS or (call.category and kind != "track"):
            return None
        if call.traits is not _EMPTY and bytes(call.traits) not in _NOTHING:
            return None
        name = name_of(kind, call)
        said = self._remembered(self._said, (name or "", bytes(call.properties)), self._read)
        context = "" if call.context is _EMPTY and not frame.shared else self._context_of(call, frame)
        external, anonymous = word(call.user_id), word(call.anonymous_id)
        if said is None or context is None or (context and said.has_context):
            return None
        if not (usable(external) or usable(anonymous)):
            return None
        ts, received_at, sent_at, original_at = times_of(call, frame)
        message_id = word(call.message_id) or f"{self._inbox}:{request.id}:{index}"
        properties = _joined(said.properties, context) if context else said.properties
        return StagedEvent(  # by place: by name it takes six times as long
            frame.first + index, kind, ts, received_at, request.source_id, name, sent_at, original_at, message_id,
            None, None, external, anonymous, None, None, None,  # import, source key; e-mail, phone, previous id
            said.order_id, said.amount, said.currency, said.products, properties,
        )  # fmt: skip

    def _context_of(self, call: _Call, frame: Frame) -> str | None:
        key = (frame.shared, bytes(call.context))
        return self._remembered(self._contexts, key, lambda _, given: self._context(frame.context, given))

    @staticmethod
    def _remembered(
        known: dict[tuple[str, bytes], _Found], key: tuple[str, bytes], read: Callable[[str, bytes], _Found | None]
    ) -> _Found | None:
        """What the key's bytes say, read once; None, which is not remembered, for what needs a closer look."""
        found = known.get(key)
        if found is None:
            found = read(*key)
            if found is not None and len(key[1]) <= _LONGEST:
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[key] = found
        return found

    def _read(self, name: str, given: bytes) -> _Said | None:
        """What properties say; None for what the Checker must look at. Raises what it would refuse."""
        if _may_be_deep(given):
            return None
        facts: dict[str, Any] = (_mappings.decode(given) if given else None) or {}
        if not self._personal.leaves(facts, given):
            facts, personal = self._personal.split(facts)
            if personal:
                return None
        if not commerce.counts(name, facts):
            return _Said(None, None, None, None, json_text(facts), "context" in facts)
        currency = commerce.currency_of(name, facts, self._currency)
        order_id = commerce.order_id_of(facts) if name in commerce.ORDERS else None
        amount = commerce.amount_of(name, facts, currency)
        if amount is None and order_id is None and name in commerce.BACK:
            return None
        products, rest = commerce.products_of(name, facts, currency)
        priced = amount is not None or products is not None
        return _Said(order_id, amount, currency if priced else None, products, json_text(rest), "context" in facts)

    def _context(self, shared: object, given: bytes) -> str | None:
        """What of a context is kept, as JSON, empty for nothing; None when it names a person."""
        if _may_be_deep(given):
            return None
        context = merged(shared, _mappings.decode(given) if given else None)
        if context.get("traits") or context.get("externalIds"):
            return None
        kept, _ = self._personal.split({name: context[name] for name in KEPT if name in context})
        return json_text(kept) or ""


def _may_be_deep(text: bytes) -> bool:
    return text.count(b"{") + text.count(b"[") > DEEPEST


def _joined(properties: str | None, context: str) -> str:
    return f'{properties[:-1] if properties else "{"}{"," if properties else ""}"context":{context}}}'
