"""Changes made by hand. They go the road of all events, and the profile says them at once."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tenure.workspace import Workspace
from tenure_web.customers import profiles, sync
from tenure_web.customers.models import Customer, Profile
from tenure_web.worker.jobs import Progress, handler
from tenure_web.worker.models import Job
from tenure_web.worker.workspace import current

SOURCE = "By hand"


def add(workspace: Workspace, external_id: str, fields: Mapping[str, str]) -> str:
    """Bring in a new customer; returns the id it is known by. It appears as soon as the worker has taken it."""
    known = external_id or f"hand-{uuid.uuid4().hex[:10]}"
    _identify(workspace, {"userId": known}, fields)
    return known


def change(workspace: Workspace, customer: Customer, fields: Mapping[str, str], now: datetime) -> None:
    """Say these fields of a customer anew: kept in the profile now, and brought in as an event for its identity."""
    at = now.astimezone(UTC).isoformat()
    profile, _made = Profile.objects.get_or_create(source_key=customer.customer_key)
    profile.fields = profile.fields | {name: {"value": value, "at": at} for name, value in fields.items()}
    profile.save()
    said = {name: each["value"] for name, each in profile.fields.items()}
    before = {"name": customer.name, "email": customer.email, "phone": customer.phone} | customer.details
    joined = {**before, **said, **fields}
    row = profiles.customer_row(customer.customer_key, customer.external_id, joined, customer.created_at)
    for name in ("name", "email", "phone", "language", "details", "search"):
        setattr(customer, name, getattr(row, name))
    customer.save()
    _identify(workspace, {"sourceKey": customer.customer_key}, fields)


def _identify(workspace: Workspace, who: Mapping[str, Any], fields: Mapping[str, str]) -> None:
    now = datetime.now(UTC)
    call = {
        "type": "identify",
        **who,
        "messageId": str(uuid.uuid4()),
        "timestamp": now.isoformat(),
        "traits": {name: value for name, value in fields.items() if value},
    }
    source = workspace.collect.sources.named(SOURCE, "tenure", now)
    workspace.collect.inbox.put(source, "record", json.dumps({"batch": [call]}).encode(), now)


@handler("customers.merge")
def merge(job: Job, progress: Progress) -> dict[str, int]:
    """Make two customers one; undone by `customers.unmerge`."""
    workspace = current()
    keys = (int(job.params["a"]), int(job.params["b"]))
    with workspace.store.guard:
        moved = workspace.collect.people.merge(*keys)
    progress(0.5)
    sync.touch(workspace, {*keys, *moved}, workspace.clock.now())
    return {"customer": workspace.collect.customers_of([keys[0]])[keys[0]]}


@handler("customers.unmerge")
def unmerge(job: Job, progress: Progress) -> dict[str, int]:
    """Take one identifier out of a customer: it becomes a customer of its own again."""
    workspace = current()
    keys = (int(job.params["a"]), int(job.params["b"]))
    with workspace.store.guard:
        moved = workspace.collect.people.unmerge(*keys)
    progress(0.5)
    sync.touch(workspace, {*keys, *moved}, workspace.clock.now())
    return {"customer": workspace.collect.customers_of([keys[1]])[keys[1]]}
