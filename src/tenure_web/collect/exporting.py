"""Everything known of one person, as one ZIP: JSON for machines, one HTML page for the person."""

import io
import json
import zipfile
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from django.apps import apps
from django.template.loader import render_to_string

from tenure.collect import erasure
from tenure.errors import NotFound
from tenure.store import SCORES
from tenure.workspace import Workspace
from tenure_web.customers.models import Customer, Profile
from tenure_web.messages.models import Consent, Copy, Message, Reaction, Suppression

_EVENTS = """
SELECT ts AS "at", kind, name, order_id, original_amount AS amount, currency, products, properties
FROM events WHERE customer_key = ? ORDER BY ts, ingest_id"""
_PROJECTIONS = frozenset({"customers.customer", "customers.profile", "messages.message", "messages.consent"})


def document(workspace: Workspace, key: int, now: datetime) -> dict[str, Any]:
    """All of it as plain values. Raises NotFound when nobody has this key."""
    found = erasure.identifiers_of(workspace.store, key)
    customer = Customer.objects.filter(pk=key).first()
    if not found and customer is None:
        raise NotFound(f"There is no customer #{key}.")
    keys = {key, *found}
    fields = list(Profile.objects.filter(pk__in=keys).values_list("fields", flat=True))
    messages = list(Message.objects.filter(customer_key__in=keys).order_by("planned_at"))
    address = customer.email if customer else ""
    return {
        "exported_at": now.astimezone(UTC).isoformat(),
        "company": workspace.settings.company,
        "customer": {"key": key, "identifiers": [_identifier(*each) for each in found.values()]},
        "profile": fields,
        "consents": [*Consent.objects.filter(source_key__in=keys).values(), *_of(Consent, address)],
        "suppressions": _of(Suppression, address),
        "messages": [_message(each) for each in messages],
        "stages": [asdict(stay) for stay in workspace.history(key)],
        "scores": _scores(workspace, key),
        "events": _events(workspace, key),
        "records": _others(keys),
    }


def _of(model: Any, address: str) -> list[dict[str, Any]]:
    return list(model.objects.filter(address__iexact=address).values()) if address else []


def _identifier(kind: str, value: str) -> dict[str, str]:
    """E-mails and phones are kept as hashes here; in plain they stand in the profile."""
    return {"kind": kind} if kind in ("email", "phone") else {"kind": kind, "value": value}


def _message(message: Message) -> dict[str, Any]:
    copy = Copy.objects.filter(pk=message.pk).first()
    return {
        "channel": message.channel, "address": message.address, "subject": message.subject, "state": message.state,
        "reason": message.reason, "planned_at": message.planned_at, "sent_at": message.done_at,
        "text": copy.text if copy else "",
        "reactions": list(Reaction.objects.filter(message=message).values("kind", "at")),
    }  # fmt: skip


def _events(workspace: Workspace, key: int) -> list[dict[str, Any]]:
    con = workspace.connect_for([key])
    try:
        cursor = con.execute(_EVENTS, [key])
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    finally:
        con.close()
    return [{**row, "properties": json.loads(row["properties"] or "{}")} for row in rows]


def _scores(workspace: Workspace, key: int) -> list[dict[str, Any]]:
    """What value, risk, health and needs said of the customer, scoring by scoring."""
    con, found = workspace.connect_for([key]), []
    try:
        for source, columns in SCORES.items():
            query = f"SELECT as_of, {', '.join(columns)} FROM {source}_history WHERE customer_key = ? ORDER BY as_of"
            for as_of, *values in con.execute(query, [key]).fetchall():
                found.append({"source": source, "as_of": as_of, **dict(zip(columns, values, strict=True))})
    finally:
        con.close()
    return found


def _others(keys: set[int]) -> dict[str, list[dict[str, Any]]]:
    """Rows of every other table that belong to the customer: notes, journeys, tasks …"""
    found = {}
    for model in apps.get_models():
        if "customer_key" in {field.name for field in model._meta.get_fields()} and model._meta.label_lower not in (
            _PROJECTIONS
        ):
            rows = list(model._default_manager.filter(customer_key__in=keys).values())
            if rows:
                found[model._meta.label_lower] = rows
    return found


def archive(workspace: Workspace, key: int, now: datetime) -> bytes:
    """The ZIP with customer.json and customer.html."""
    said = json.loads(json.dumps(document(workspace, key, now), default=_plain, ensure_ascii=False))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("customer.json", json.dumps(said, ensure_ascii=False, indent=2))
        target.writestr("customer.html", render_to_string("collect/person.html", {"said": said, "parts": _parts(said)}))
    return packed.getvalue()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def _parts(said: dict[str, Any]) -> list[tuple[str, list[list[tuple[str, str]]]]]:
    """Each part as rows of (name, value), for the page."""
    parts = []
    for name, value in said.items():
        if isinstance(value, list):
            parts.append((name, [[(key, _shown(inner)) for key, inner in row.items()] for row in value]))
        elif isinstance(value, dict):
            parts.append((name, [[(key, _shown(inner)) for key, inner in value.items()]]))
    return parts


def _shown(value: Any) -> str:
    if isinstance(value, dict) and {"value", "at"} <= set(value):
        return str(value["value"])
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)
