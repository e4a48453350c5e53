"""Who is touched by what does not come event by event: imports and words on consent. A few are done alone.

How far the store was when everybody was brought up to date is remembered (`SyncMark.base`). While few have come since,
these are brought up to date and the mark moves on; an import taken back concerns everybody.
"""

from collections.abc import Collection
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Count, Max

from tenure.messages import normal_address
from tenure.segments import needs_consent
from tenure.workspace import Workspace
from tenure_web.customers.models import Customer, SyncMark
from tenure_web.worker import lease

__all__ = ["base", "changed_minds", "moved_on", "newly_imported"]


def base(workspace: Workspace) -> str:
    """How far the store is: imports, events, identities, refunds, undone imports, and the time."""
    store = workspace.store
    revisions = (store.tables[name].position("revision") or 0 for name in ("id_map", "refunds"))
    parts = (store.tables["imports"].version(), store.last_ingest(), *revisions, _undone(workspace))
    return ".".join(map(str, (*parts, int(datetime.now(UTC).timestamp()))))


def _undone(workspace: Workspace) -> int:
    con = workspace.store.snapshot().connect("retractions")
    try:
        return int(con.execute("SELECT count(*) FROM retractions WHERE kind = 'import'").fetchall()[0][0])
    finally:
        con.close()


def newly_imported(workspace: Workspace, most: int) -> set[int] | None:
    """Source keys that imports have touched since; None where that is everybody's, or more than `most`."""
    mark = SyncMark.objects.filter(pk=1).first()
    if mark is None or mark.base.count(".") != 5:
        return None
    _, ingest, revision, settled, undone, at = map(int, mark.base.split("."))
    if undone != _undone(workspace):
        return None
    con = workspace.store.snapshot().connect()
    try:
        found = con.execute(
            f"""SELECT DISTINCT source_key FROM raw_events WHERE (import_id IS NOT NULL AND ingest_id > {ingest})
                OR ingest_id IN (SELECT ingest_id FROM refunds WHERE revision > {settled})
                OR ingest_id IN (SELECT id FROM retractions WHERE kind = 'event' AND cause LIKE 'import:%'
                    AND "at" >= make_timestamp({at}::BIGINT * 1000000))
            UNION SELECT source_key FROM id_map WHERE revision > {revision} LIMIT {most + 1}"""
        ).fetchall()
    finally:
        con.close()
    return {row[0] for row in found} if len(found) <= most else None


def moved_on(name: str) -> None:
    """Everybody is up to date with the store as far as `name` says; scores are another matter."""
    with transaction.atomic():
        mark = SyncMark.objects.get(pk=1)
        scores = mark.snapshot.partition("/")[1:]
        SyncMark.objects.filter(pk=1).update(base=name, snapshot="".join((name.partition(".")[0], *scores)))
        lease.fence()


def changed_minds(workspace: Workspace, most: int) -> set[int]:
    """Customers about whose consent something was said since this was last asked, where a segment reads consent.

    When words were taken away, or more than `most` were said, nobody is named and everybody becomes due.
    """
    from tenure_web.messages.models import Consent, Suppression  # the messages app stands after this one

    definitions = workspace.definitions
    mark = SyncMark.objects.filter(pk=1).first()
    if mark is None or not any(needs_consent(definitions, each) for each in definitions.segments.values()):
        return set()
    barred = Suppression.objects.aggregate(last=Max("id"), rows=Count("id"))
    now = (Consent.objects.aggregate(last=Max("id"))["last"] or 0, barred["last"] or 0, barred["rows"])
    name = ".".join(map(str, now))
    if mark.consent == name:
        return set()
    before = tuple(map(int, mark.consent.split("."))) if mark.consent else now
    said = Consent.objects.filter(id__gt=before[0]).values_list("address", "source_key")[: most + 1]
    shut = Suppression.objects.filter(id__gt=before[1]).values_list("address", flat=True)[: most + 1]
    words = [*said, *((address, 0) for address in shut)]
    taken_away = now[2] - before[2] != len(shut)
    with transaction.atomic():
        fresh = {"consent": name, "definitions": ""} if taken_away or len(words) > most else {"consent": name}
        SyncMark.objects.filter(pk=1).update(**fresh)
        lease.fence()
    return set() if "definitions" in fresh else _people(workspace, words)


def _people(workspace: Workspace, words: Collection[tuple[str, int]]) -> set[int]:
    """The customers behind addresses and source keys."""
    keys = {key for _, key in words if key}
    wanted = {address for address, _ in words if address}
    for key, email in Customer.objects.filter(email__in=wanted).values_list("customer_key", "email"):
        keys.add(key)
        wanted.discard(normal_address(email))
    found = (workspace.collect.find(address) for address in wanted)
    return keys | {key for key in found if key is not None}
