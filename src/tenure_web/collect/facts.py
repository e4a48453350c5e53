"""What the pages show of the store: newest events with the people behind them, figures a source."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import duckdb
from django.utils.translation import get_language

from tenure.collect import Waiting
from tenure_web.accounts.rights import can
from tenure_web.customers.masking import person
from tenure_web.customers.models import Customer
from tenure_web.worker.workspace import current

NEWEST = 50
_REACH = 400  # ingest ids looked back for the newest events: retracted ones leave gaps

#: one row per event in reach; amounts as they were paid, also in other currencies than the workspace's
_NEWEST = """
SELECT e.ingest_id, e.customer_key, coalesce(e.name, e.kind), e.kind, e.ts, e.received_at, e.source_id,
    e.original_amount, e.currency, e.import_id
FROM events AS e
WHERE e.ingest_id > ? ORDER BY e.ingest_id DESC LIMIT ?"""


@dataclass(frozen=True)
class Arrival:
    """One event as the live view shows it. `delay` is how long after it happened it came, None for files."""

    ingest_id: int
    customer_key: int
    who: str
    name: str
    kind: str
    at: datetime
    received_at: datetime
    delay: timedelta | None
    source: str
    amount: int | None
    currency: str | None
    fresh: bool


def arrivals(user: Any, limit: int = NEWEST, after: int = 0) -> list[Arrival]:
    """The newest accepted events, newest first; those above the ingest id `after` are fresh."""
    workspace = current()
    snapshot = workspace.store.snapshot()
    con = snapshot.connect()
    lowest = max(snapshot.last_ingest - _REACH, 0)
    rows = con.execute(_NEWEST, [lowest, limit]).fetchall()
    people = Customer.objects.in_bulk({row[1] for row in rows})
    ids = _ids(con, {row[1] for row in rows} - people.keys(), can(user, "customers.personal"))
    con.close()
    sources = {source.source_id: source.name for source in workspace.collect.sources.all()}
    found = []
    for ingest_id, key, name, kind, ts, received, source_id, amount, currency, made in rows:
        at, arrived = ts.replace(tzinfo=UTC), received.replace(tzinfo=UTC)
        who = person(people[key], user).title if key in people else ids.get(key, f"#{key}")
        source = sources.get(source_id, "")
        fresh, delay = bool(after) and ingest_id > after, None if made else arrived - at
        found.append(Arrival(ingest_id, key, who, name, kind, at, arrived, delay, source, amount, currency, fresh))
    return found


def _ids(con: duckdb.DuckDBPyConnection, keys: set[int], plain: bool) -> dict[int, str]:
    """The own ids of customers that the pages do not know yet: they came this very second."""
    if not keys or not plain:
        return {}
    rows = con.execute(
        "SELECT source_key, value FROM identifiers WHERE kind IN ('external', 'anonymous') AND source_key IN"
        " (SELECT unnest(?::BIGINT[]))",
        [list(keys)],
    ).fetchall()
    return dict(rows)


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


def waiting_refunds(limit: int = 8) -> tuple[int, list[tuple[Waiting, str]]]:
    """How many refunds take nothing back yet, and the newest of them with the reason in words."""
    total, found = current().collect.waiting_refunds(limit)
    return total, [(waiting, waiting.words(get_language() or "en")) for waiting in found]
