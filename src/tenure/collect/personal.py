"""Telling personal fields from facts: personal ones go to the application's database and never enter the store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

__all__ = ["Personal", "canonical"]

#: Personal wherever they stand.
EVERYWHERE = frozenset(
    "email e_mail email_address phone phone_number mobile mobile_phone tel telephone first_name last_name full_name"
    " middle_name surname given_name family_name address address1 address2 street street_address shipping_address"
    " billing_address ip ip_address birthday birth_date date_of_birth dob id_card id_number passport ssn wechat qq"
    " avatar customer recipient signature".split()
)
#: Personal as a trait of a person, ordinary in an event (a product's name, a page's title).
OF_A_PERSON = EVERYWHERE | frozenset("name username nickname user_name description note notes comment message".split())
#: Facts inside an address that rules may need.
PLACE = ("city", "state", "country", "postal_area")

_DEEP, _NOTHING = frozenset({dict, list}), type(None)
_EMAIL = re.compile(r"[^\s@<>\"',;]+@[^\s@<>\"',;]+\.[^\s@<>\"',;]{2,}")


@lru_cache(maxsize=20_000)
def canonical(key: str) -> str:
    """`firstName`, `First Name` and `first-name` are `first_name`."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", key.strip())
    return re.sub(r"[\s\-.]+", "_", spaced).lower()


class _Names(dict[str, str]):
    """A key's canonical name if it is personal, else an empty text; what was looked up once is remembered."""

    def __init__(self, personal: frozenset[str]) -> None:
        self._personal = personal

    def __missing__(self, key: str) -> str:
        if len(self) > 20_000:
            self.clear()
        name = canonical(key)
        self[key] = name if name in self._personal else ""
        return self[key]


class Personal:
    """Splits mappings into facts and personal fields, by the built-in names and those the workspace adds."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        added = frozenset(canonical(name) for name in more)
        self._everywhere, self._of_a_person = _Names(EVERYWHERE | added), _Names(OF_A_PERSON | added)

    def split(self, found: Mapping[str, Any], of_a_person: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
        """(facts, personal fields by canonical name). Nulls are neither: a null says nothing."""
        names = self._of_a_person if of_a_person else self._everywhere
        facts: dict[str, Any] = {}
        personal: dict[str, Any] = {}
        for key, value in found.items():
            if value is None:
                continue
            if name := names[key]:
                personal[name] = value
            elif isinstance(value, str):
                if "@" in value and _EMAIL.search(value):
                    personal[canonical(key)] = value
                else:
                    facts[key] = value
            else:
                facts[key] = self._clean(value) if isinstance(value, (dict, list)) else value
        if personal:
            _keep_place(facts, personal)
        return facts, personal

    def leaves(self, found: Mapping[str, Any], text: bytes) -> bool:
        """Whether `split` surely gives the mapping, read from this JSON, back as it is; much quicker than to split."""
        if b"@" in text or (b"\\" in text and b"\\u0040" in text):
            return False
        if b"[" in text or text.count(b"{") > 1:
            return self._leaves(found)
        return None not in found.values() and not any(map(self._everywhere.__getitem__, found))

    def _leaves(self, value: Any) -> bool:
        kind = type(value)
        if kind is list:
            return all(self._leaves(inner) for inner in value if type(inner) in _DEEP)
        if any(map(self._everywhere.__getitem__, value)):
            return False
        kinds = set(map(type, value.values()))
        if _NOTHING in kinds:
            return False
        return _DEEP.isdisjoint(kinds) or all(self._leaves(inner) for inner in value.values() if type(inner) in _DEEP)

    def _clean(self, value: Any) -> Any:
        """Nested values without personal fields and without e-mail addresses."""
        if isinstance(value, dict):
            return {
                key: inner
                if (kind := type(inner)) is float or (kind is str and "@" not in inner)
                else self._clean(inner)
                for key, inner in value.items()
                if inner is not None and not self._everywhere[key]
            }
        if isinstance(value, list):
            return [self._clean(inner) for inner in value]
        if isinstance(value, str) and "@" in value:
            return _EMAIL.sub("…", value)
        return value


def _keep_place(facts: dict[str, Any], personal: dict[str, Any]) -> None:
    """City and country of an address, and the month of a birthday, are facts that rules need."""
    address = personal.get("address")
    if isinstance(address, dict):
        for name in PLACE:
            if isinstance(address.get(name), str):
                facts.setdefault(name, address[name])
    birthday = next(
        (personal[name] for name in ("birthday", "birth_date", "date_of_birth", "dob") if name in personal), None
    )
    if isinstance(birthday, str) and (month := re.match(r"\d{4}[-/](\d{1,2})[-/]\d{1,2}", birthday)):
        facts.setdefault("birthday_month", int(month[1]))
