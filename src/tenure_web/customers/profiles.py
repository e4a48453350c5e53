"""Personal fields: from the loader's queue into profiles, and from profiles into one row a customer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from tenure.collect.profiles import TAKEN_BACK
from tenure.workspace import Workspace
from tenure_web.customers.models import Customer, Profile

BATCH = 5000
BELOW = 10  # how much of what was said before an import is kept below it, for the day it is undone
NAMES = ("name", "full_name", "nickname", "username", "user_name")
DETAILS_SKIPPED = frozenset({*NAMES, "first_name", "last_name", "given_name", "family_name", "surname"})


def take(workspace: Workspace, limit: int = BATCH) -> set[int]:
    """Move waiting personal fields into profiles and consents; returns the source keys they belong to.

    A field is removed from the queue only after it is committed here; taking it twice changes nothing.
    """
    queue = workspace.collect.personal
    waiting = queue.peek(limit)
    if not waiting:
        return set()
    by_source: dict[int, list[Any]] = defaultdict(list)
    for field in waiting:
        by_source[field.source_key].append(field)
    with transaction.atomic():
        _merge({key: [f for f in fields if not f.field.startswith("consent:")] for key, fields in by_source.items()})
        _consents(
            [field for field in waiting if field.field.startswith("consent:")],
            {field.value for field in waiting if field.field == TAKEN_BACK},
        )
    queue.remove([field.id for field in waiting])
    return set(by_source)


def _merge(by_source: Mapping[int, list[Any]]) -> None:
    """The latest word on each field wins, whatever the order of arrival; of two at one instant the greater text."""
    held = {profile.pk: profile.fields for profile in Profile.objects.filter(pk__in=list(by_source))}
    changed = []
    for key, fields in by_source.items():
        found = dict(held.get(key, {}))
        for field in fields:
            if field.field == TAKEN_BACK:
                found = _without(found, field.value)
            else:
                found[field.field] = _told(found.get(field.field), field)
        if fields:
            changed.append(Profile(source_key=key, fields=found))
    Profile.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["source_key"], update_fields=["fields"], batch_size=BATCH
    )
    if empty := [each.source_key for each in changed if not each.fields]:
        Profile.objects.filter(pk__in=empty).delete()


def _told(held: Mapping[str, Any] | None, field: Any) -> dict[str, Any]:
    """A field with one more word on it."""
    said = {"value": field.value, "at": field.at.astimezone(UTC).isoformat()}
    if field.import_id is not None:
        said["import"] = field.import_id
    return said if held is None else _ranked([*said_of(held), said])


def said_of(held: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was said of a field that still may count: the word that does, then what would if its import were undone."""
    return [{name: said for name, said in held.items() if name != "before"}, *held.get("before", ())]


def _ranked(said: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The latest word, with those below it that an undone import would bring back."""
    kept: list[dict[str, Any]] = []
    for each in sorted(said, key=_rank, reverse=True):
        if each not in kept:
            kept.append(each)
        if "import" not in each or len(kept) > BELOW:
            break
    return kept[0] | ({"before": kept[1:]} if kept[1:] else {})


def _without(fields: Mapping[str, Any], import_id: int) -> dict[str, Any]:
    """The fields as if the import had said nothing."""
    left = {name: [each for each in said_of(held) if each.get("import") != import_id] for name, held in fields.items()}
    return {name: _ranked(said) for name, said in left.items() if said}


def _rank(said: Mapping[str, Any]) -> tuple[str, str]:
    return said["at"], str(said["value"])


def _consents(fields: Iterable[Any], undone: set[int]) -> None:
    from tenure_web.messages import consent  # the messages app stands after this one

    consent.take_many(
        (each.source_key, each.field.split(":", 1)[1], each.value, each.at, each.import_id) for each in fields
    )
    if undone:
        consent.take_back(undone)


def joined(profiles: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One mapping of plain values from the fields of all of a customer's identifiers, the latest word winning."""
    best: dict[str, Mapping[str, Any]] = {}
    for fields in profiles:
        for name, said in fields.items():
            if name not in best or _rank(said) > _rank(best[name]):
                best[name] = said
    return {name: said["value"] for name, said in best.items()}


def customer_row(key: int, external_id: str, fields: Mapping[str, Any], created: datetime) -> Customer:
    """The row that people see and search, from plain field values."""
    name = _name(fields)
    email, phone = str(fields.get("email") or ""), str(fields.get("phone") or "")
    details = {k: v for k, v in fields.items() if k not in DETAILS_SKIPPED and k not in ("email", "phone")}
    search = " ".join(part for part in (name, external_id, email, phone) if part).lower()
    return Customer(
        customer_key=key,
        external_id=external_id[:255],
        name=name[:255],
        email=email[:320],
        phone=phone[:40],
        language=str(fields.get("language") or "")[:12],
        details=details,
        search=search,
        created_at=created,
    )


def _name(fields: Mapping[str, Any]) -> str:
    for key in NAMES:
        if fields.get(key):
            return str(fields[key])
    first = str(fields.get("first_name") or fields.get("given_name") or "")
    last = str(fields.get("last_name") or fields.get("family_name") or fields.get("surname") or "")
    if any("一" <= letter <= "鿿" for letter in first + last):
        return last + first
    return f"{first} {last}".strip()
