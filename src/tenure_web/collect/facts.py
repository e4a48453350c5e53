"""What the pages show of the store: newest events with the people behind them, figures a source."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from tenure_web.customers.masking import person
from tenure_web.customers.models import Customer
from tenure_web.worker.workspace import current

NEWEST = 50
_REACH = 400  # ingest ids looked back for the newest events: retracted ones leave gaps


@dataclass(frozen=True)
class Arrival:
    """One event as the live view shows it. `delay` is how long after it happened it came."""

    ingest_id: int
    customer_key: int
    who: str
    name: str
    kind: str
    at: datetime
    received_at: datetime
    delay: timedelta
    source: str
    amount: int | None
    currency: str | None
    fresh: bool


def arrivals(user: Any, limit: int = NEWEST, after: int = 0) -> list[Arrival]:
    """The newest accepted events, newest first; those above the ingest id `after` are fresh."""
    workspace = current()
    snapshot = workspace.store.snapshot()
    con = snapshot.connect()
    rows = con.execute(
        "SELECT ingest_id, customer_key, coalesce(name, kind), kind, ts, received_at, source_id, amount, currency"
        " FROM events WHERE ingest_id > ? ORDER BY ingest_id DESC LIMIT ?",
        [max(snapshot.last_ingest - _REACH, 0), limit],
    ).fetchall()
    con.close()
    people = Customer.objects.in_bulk({row[1] for row in rows})
    sources = {source.source_id: source.name for source in workspace.collect.sources.all()}
    found = []
    for ingest_id, key, name, kind, ts, received, source_id, amount, currency in rows:
        at, arrived = ts.replace(tzinfo=UTC), received.replace(tzinfo=UTC)
        who = person(people[key], user).title if key in people else f"#{key}"
        source = sources.get(source_id, "")
        fresh = bool(after) and ingest_id > after
        found.append(
            Arrival(ingest_id, key, who, name, kind, at, arrived, arrived - at, source, amount, currency, fresh)
        )
    return found


@dataclass(frozen=True)
class SourceFacts:
    """What came from one source."""

    name: str
    kind: str
    events: int
    last: datetime | None


def sources() -> list[SourceFacts]:
    """Every source with its events."""
    workspace = current()
    counted = _counted(str(workspace.folder), workspace.store.snapshot().key)
    return [
        SourceFacts(source.name, source.kind, *counted.get(source.source_id, (0, None)))
        for source in workspace.collect.sources.all()
    ]


@lru_cache(maxsize=4)
def _counted(folder: str, key: str) -> dict[int, tuple[int, datetime | None]]:
    """{source id: (events, newest arrival)} as of a snapshot; kept until the store changes."""
    con = current().store.snapshot().connect()
    rows = con.execute("SELECT source_id, count(*), max(received_at) FROM events GROUP BY source_id").fetchall()
    con.close()
    return {source: (count, last.replace(tzinfo=UTC) if last else None) for source, count, last in rows}
