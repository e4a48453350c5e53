"""Erasing a person everywhere: promises here, facts in the store, and again after a restored backup."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Q

from tenure import definitions
from tenure.collect import erasure
from tenure.errors import NotFound
from tenure.store import colleagues
from tenure.workspace import Workspace
from tenure_web.audit.record import record
from tenure_web.customers.models import Customer, Profile, SyncMark
from tenure_web.customers.profiles import said_of
from tenure_web.customers.sync import forget
from tenure_web.messages.models import Consent, Message, Suppression
from tenure_web.worker.jobs import Progress
from tenure_web.worker.models import Job
from tenure_web.worker.workspace import current

JOB = "customers.erase"
RESTATEMENTS = "store/restatements"


def work(job: Job, progress: Progress) -> dict[str, Any]:
    """Job `customers.erase`: the customer's key, and nothing that names the person."""
    return erase(current(), int(job.params["key"]), job.created_by, progress)


def erase(workspace: Workspace, key: int, by: Any, progress: Any = None) -> dict[str, Any]:
    """Erase a customer for good. Needs the writer's lock. Raises NotFound when nobody has this key."""
    tell = progress or (lambda share, what="": None)
    collect, now = workspace.collect, datetime.now(UTC)
    with workspace.store.moving, workspace.store.guard:
        collect.drain_all()
        collect.pulling.forget_left()
        found = erasure.identifiers_of(workspace.store, key)
        if not found and not Customer.objects.filter(pk=key).exists():
            raise NotFound(f"There is no customer #{key}.")
        keys = {key, *found}
        words = _words(keys) | {value for kind, value in found.values() if kind in ("external", "anonymous")}
        erasure.remember(workspace.folder, workspace.secret, found.values(), now)
        tell(0.1)
        letters = _letters(workspace, words)
        definitions.forget(workspace.folder / "definitions", {v for kind, v in found.values() if kind == "external"})
        tell(0.3)
        rows = _promises(keys, words)
        tell(0.5)
        others = colleagues(workspace.store, keys) - keys
        erased = erasure.erase_facts(workspace.store, collect.loader.index, key, keys, workspace.folder / RESTATEMENTS)
        if others:  # what the erased said of a company is known of them no more: everybody is due
            SyncMark.objects.filter(pk=1).update(definitions="")
        record(by, "erase.customer", "", {"events": erased.events})
    _shrink()
    kept = len(list((workspace.folder / "backups").glob("*.zip")))
    return {"events": erased.events, "identifiers": len(found), "records": rows, "letters": letters, "backups": kept}


def reapply(workspace: Workspace, journal: Path, since: datetime) -> int:
    """Erase again whom the journal says was erased after the restored backup was made; returns how many."""
    customers = erasure.journalled(workspace.store, workspace.secret, journal, since)
    for key in customers:
        erase(workspace, key, None)
    return len(customers)


def _words(keys: Collection[int]) -> set[str]:
    """What names the person in plain text, from the profiles."""
    names = ("email", "phone", "name", "full_name", "first_name", "last_name", "mobile")
    profiles = Profile.objects.filter(pk__in=keys).values_list("fields", flat=True)
    return {str(each["value"]) for held in profiles for name in names if name in held for each in said_of(held[name])}


def _letters(workspace: Workspace, words: Collection[str]) -> int:
    collect = workspace.collect
    _ = collect.files.refused  # makes its table
    with collect.database.write() as writing:
        for key in _queued(collect, words):
            writing.run("DELETE FROM personal WHERE id = ?", [key])
    return erasure.erase_letters(collect.database, words)


def _queued(collect: Any, words: Collection[str]) -> list[int]:
    """Personal fields on their way that hold one of the words."""
    wanted = {word.casefold() for word in words}
    return [field.id for field in collect.personal.peek(100_000) if str(field.value).casefold() in wanted]


def _promises(keys: Collection[int], words: Collection[str]) -> int:
    """Every row of the application's database that belongs to the person; returns how many."""
    deleted = 0
    with transaction.atomic():
        addresses = Q(address__in=words) | Q(address__in=[word.lower() for word in words])
        deleted += Message.objects.filter(addresses | Q(customer_key__in=keys)).delete()[0]
        deleted += Consent.objects.filter(addresses | Q(source_key__in=keys)).delete()[0]
        deleted += Suppression.objects.filter(addresses).delete()[0]
        for model in apps.get_models():
            names = {field.name for field in model._meta.get_fields()}
            for name in ("customer_key", "source_key"):
                if name in names:
                    deleted += model._default_manager.filter(**{f"{name}__in": keys}).delete()[0]
        forget(set(), {})
    return deleted


def _shrink() -> None:
    """Write the application's database anew, without what was deleted."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for model in apps.get_models():
                names = {field.name for field in model._meta.get_fields()}
                if names & {"customer_key", "source_key", "address"}:
                    cursor.execute(f'VACUUM FULL "{model._meta.db_table}"')
