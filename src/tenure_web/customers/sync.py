"""From what the library computed to what the web reads: only differences are written.

A move seen while the system runs is recorded once (`ObservedMove`); journeys act on it. History is derived elsewhere.
"""

import threading
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import duckdb
from django.db import transaction

from tenure.clock import AsOf
from tenure.pipeline import Standing
from tenure.stages import column, compute_history, explain
from tenure.workspace import Workspace
from tenure_web.customers import profiles
from tenure_web.customers.labels import label_id
from tenure_web.customers.models import (
    Customer,
    Feature,
    Note,
    ObservedMove,
    Place,
    Profile,
    SegmentMove,
    State,
    SyncMark,
)

CHUNK = 5000
FEW = 2000

Row = Mapping[str, Any]


#: One writer of projections at a time; while everybody is done anew, who was touched meanwhile is newer and left alone.
_writing = threading.RLock()
_newer: set[int] | None = None


def touch(workspace: Workspace, source_keys: Iterable[int], now: datetime, cause: str = "event") -> int:
    """Bring the customers behind some source keys up to date; returns how many rows changed."""
    keys = set(source_keys)
    if len(keys) > FEW:
        return everyone(workspace, now, cause)
    if not keys:
        return 0
    with _writing:
        canonical = workspace.collect.customers_of(keys)
        customers = set(canonical.values())
        gone = keys - customers
        moment = workspace.clock.as_of(now)
        standing = workspace.standing_of(customers, moment)
        compute_history(standing.con, workspace.definitions, moment, customers=customers)
        changed = _apply(workspace, standing.con, standing, moment, sorted(customers), cause)
        if gone:
            changed += forget(gone, canonical)
        if _newer is not None:
            _newer.update(customers | gone)
        return _mark(changed)


def everyone(
    workspace: Workspace,
    now: datetime,
    cause: str = "time",
    standing: Standing | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> int:
    """Bring every customer up to date, in chunks, and drop customers that no longer exist.

    A `standing` given is that of a run: its connection holds the table `stays` already.
    """
    with recording():
        return _everyone_anew(workspace, now, cause, standing, progress)


_everyone = threading.RLock()


@contextmanager
def recording() -> Iterator[None]:
    """From here on, who is touched counts as newer than what is computed for everybody. Begin before computing."""
    global _newer
    with _everyone:
        outer = _newer
        with _writing:
            _newer = set() if outer is None else outer
        try:
            yield
        finally:
            _newer = outer


def _everyone_anew(
    workspace: Workspace,
    now: datetime,
    cause: str,
    standing: Standing | None,
    progress: Callable[[float], None],
) -> int:
    mark = seen(workspace)
    moment = standing.as_of if standing else workspace.clock.as_of(now)
    if standing is None:
        standing = workspace.standing_now(moment)
        compute_history(standing.con, workspace.definitions, moment)
    con = standing.con
    keys = [row[0] for row in con.execute("SELECT customer_key FROM standing ORDER BY 1").fetchall()]
    changed = 0
    for start in range(0, len(keys), CHUNK):
        with _writing:
            left = [key for key in keys[start : start + CHUNK] if key not in (_newer or ())]
            changed += _apply(workspace, con, standing, moment, left, cause)
        progress(min(start + CHUNK, len(keys)) / len(keys))
    with _writing:
        stale = set(State.objects.values_list("customer_key", flat=True)) - set(keys) - (_newer or set())
        if stale:
            changed += forget(stale, {})
        SyncMark.objects.update_or_create(
            pk=1,
            defaults={
                "snapshot": mark,
                "definitions": defined(workspace),
                "day": moment.day,
                "at": datetime.now(UTC),
            },
        )
        return _mark(changed or 1)


def behind(workspace: Workspace) -> set[int]:
    """Source keys whose events are stored but perhaps not on the web: the worker died or failed in between."""
    mark = SyncMark.objects.filter(pk=1).first()
    if mark is None or mark.ingest >= workspace.store.last_ingest():
        return set()
    con = workspace.store.snapshot().connect()
    found = con.execute("SELECT DISTINCT source_key FROM raw_events WHERE ingest_id > ?", [mark.ingest]).fetchall()
    linked = {row[0] for row in con.execute("SELECT source_key FROM identity").fetchall()}
    con.close()
    shown = set(State.objects.values_list("customer_key", flat=True)) if linked else set()
    return {row[0] for row in found} | (linked & shown)


def reached(ingest: int) -> None:
    """Remember up to which event the web shows what happened."""
    SyncMark.objects.update_or_create(pk=1, defaults={"ingest": ingest})


def forget(keys: set[int], canonical: Mapping[int, int]) -> int:
    """Drop the projections of customers that were merged into others or no longer exist; promises follow the person."""
    from tenure_web.journeys.people import follow  # the journeys app stands after this one

    listed = sorted(keys)
    dropped = 0
    with transaction.atomic():
        for start in range(0, len(listed), CHUNK):
            part = listed[start : start + CHUNK]
            for model in (Place, Feature, State, Customer):
                dropped += model.objects.filter(customer_key__in=part).delete()[0]
        for key in listed:
            if canonical.get(key, key) != key:
                Note.objects.filter(customer_key=key).update(customer_key=canonical[key])
                follow(key, canonical[key])
    return dropped


def _mark(changed: int) -> int:
    if changed:
        mark, _ = SyncMark.objects.get_or_create(pk=1)
        SyncMark.objects.filter(pk=1).update(version=mark.version + 1)
    return changed


def version() -> int:
    """Rises with every change of what the web shows about customers."""
    return SyncMark.objects.filter(pk=1).values_list("version", flat=True).first() or 0


def _apply(
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    standing: Standing,
    moment: AsOf,
    keys: Sequence[int],
    cause: str,
) -> int:
    """Write the differences of one chunk of customers in one transaction."""
    if not keys:
        return 0
    rows = _rows(con, keys)
    since = _since(con, keys)
    lifecycles = list(workspace.definitions.lifecycles.values())
    with transaction.atomic():
        known = set(State.objects.filter(customer_key__in=keys).values_list("customer_key", flat=True))
        changed = _states(rows, moment.instant, cause)
        changed += _places(workspace, lifecycles, rows, since, known, moment.instant, cause)
        changed += _features(workspace, rows)
        changed += _customers(workspace, con, rows, keys)
    return changed


def _rows(con: duckdb.DuckDBPyConnection, keys: Sequence[int]) -> list[dict[str, Any]]:
    cursor = con.execute(f"SELECT * FROM standing WHERE customer_key IN ({_listed(keys)})")
    names = [each[0] for each in cursor.description or ()]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def _since(con: duckdb.DuckDBPyConnection, keys: Sequence[int]) -> dict[tuple[int, str], date]:
    found = con.execute(
        f'SELECT customer_key, lifecycle, entered FROM stays WHERE "left" IS NULL AND customer_key IN ({_listed(keys)})'
    ).fetchall()
    return {(key, lifecycle): entered for key, lifecycle, entered in found}


def _listed(keys: Sequence[int]) -> str:
    return ", ".join(str(int(key)) for key in keys)


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _label(kind: str, value: Any) -> int | None:
    return None if value in (None, "") else label_id(kind, str(value)[:100])


def _state(row: Row) -> State:
    return State(
        customer_key=row["customer_key"],
        segment=label_id("segment", row["segment"]),
        recency_score=row["r"],
        frequency_score=row["f"],
        monetary_score=row["m"],
        orders=row.get("orders") or 0,
        revenue=row.get("revenue") or 0,
        average_order=None if row.get("average_order") is None else round(row["average_order"]),
        first_order_at=_aware(row.get("first_order_at")),
        last_order_at=_aware(row.get("last_order_at")),
        last_seen_at=_aware(row.get("last_seen_at")),
        channel=_label("channel", row.get("channel")),
        country=_label("country", row.get("country")),
    )


STATE_FIELDS = [field.attname for field in State._meta.concrete_fields if field.attname != "customer_key"]


def _states(rows: Sequence[Row], at: datetime, cause: str) -> int:
    held = State.objects.in_bulk([row["customer_key"] for row in rows])
    changed, moved = [], []
    for row in rows:
        new, old = _state(row), held.get(row["customer_key"])
        if old is None or any(getattr(old, name) != getattr(new, name) for name in STATE_FIELDS):
            changed.append(new)
        if old is not None and old.segment != new.segment:
            moved.append(
                SegmentMove(
                    customer_key=new.customer_key, from_segment=old.segment, to_segment=new.segment, at=at, cause=cause
                )
            )
    State.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["customer_key"], update_fields=STATE_FIELDS, batch_size=CHUNK
    )
    SegmentMove.objects.bulk_create(moved, batch_size=CHUNK)
    return len(changed)


def _places(
    workspace: Workspace,
    lifecycles: Sequence[Any],
    rows: Sequence[Row],
    since: Mapping[tuple[int, str], date],
    known: set[int],
    at: datetime,
    cause: str,
) -> int:
    keys = [row["customer_key"] for row in rows]
    held = {(place.customer_key, place.lifecycle): place for place in Place.objects.filter(customer_key__in=keys)}
    changed, moved = [], []
    for lifecycle in lifecycles:
        number = label_id("lifecycle", lifecycle.key)
        stages = {stage.key: label_id("stage", lifecycle.key, stage.key) for stage in lifecycle.stages}
        for row in rows:
            key, stage = row["customer_key"], row[column(lifecycle.key).strip('"')]
            old = held.get((key, number))
            began = since.get((key, lifecycle.key)) or workspace.clock.day(at)
            if old is None or (old.stage, old.since) != (stages[stage], began):
                changed.append(Place(customer_key=key, lifecycle=number, stage=stages[stage], since=began))
            if _is_move(old, stages[stage], key in known, cause):
                moved.append(_observed(lifecycle, row, number, old, stages[stage], at, cause))
    Place.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["customer_key", "lifecycle"],
        update_fields=["stage", "since"],
        batch_size=CHUNK,
    )
    ObservedMove.objects.bulk_create(moved, batch_size=CHUNK)
    return len(changed)


def _is_move(old: Place | None, stage: int, known: bool, cause: str) -> bool:
    """A change, or the first stage of somebody who has just appeared. Imported people do not "appear"."""
    if old is None:
        return cause == "event" and not known
    return old.stage != stage


def _observed(
    lifecycle: Any, row: Row, number: int, old: Place | None, stage: int, at: datetime, cause: str
) -> ObservedMove:
    reason = explain(lifecycle, row)
    return ObservedMove(
        customer_key=row["customer_key"],
        lifecycle=number,
        from_stage=None if old is None else old.stage,
        to_stage=stage,
        at=at,
        cause=cause,
        rule=reason.stage.rule_text,
        evidence={name: _plain(value) for name, value in reason.evidence.items()},
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _features(workspace: Workspace, rows: Sequence[Row]) -> int:
    names = list(workspace.definitions.features)
    held = dict(
        Feature.objects.filter(customer_key__in=[row["customer_key"] for row in rows]).values_list(
            "customer_key", "values"
        )
    )
    changed = []
    for row in rows:
        values = {name: _plain(row[name]) for name in names if row.get(name) is not None}
        if held.get(row["customer_key"]) != values:
            changed.append(Feature(customer_key=row["customer_key"], values=values))
    Feature.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["customer_key"], update_fields=["values"], batch_size=CHUNK
    )
    return len(changed)


CUSTOMER_FIELDS = ["external_id", "name", "email", "phone", "language", "details", "search"]


def _customers(workspace: Workspace, con: duckdb.DuckDBPyConnection, rows: Sequence[Row], keys: Sequence[int]) -> int:
    sources = _sources(con, keys)
    fields = dict(
        Profile.objects.filter(source_key__in=[key for found in sources.values() for key in found]).values_list(
            "source_key", "fields"
        )
    )
    external = dict(
        con.execute(
            f"SELECT customer_key, external_id FROM customers WHERE customer_key IN ({_listed(keys)})"
        ).fetchall()
    )
    held = Customer.objects.in_bulk(list(keys))
    changed = []
    for row in rows:
        key = row["customer_key"]
        said = profiles.joined(fields[source] for source in sources.get(key, [key]) if source in fields)
        created = _aware(row.get("first_seen_at")) or datetime.now(UTC)
        new, old = profiles.customer_row(key, external.get(key) or "", said, created), held.get(key)
        if old is None or any(getattr(old, name) != getattr(new, name) for name in CUSTOMER_FIELDS):
            changed.append(new)
    Customer.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["customer_key"], update_fields=CUSTOMER_FIELDS, batch_size=CHUNK
    )
    return len(changed)


def _sources(con: duckdb.DuckDBPyConnection, keys: Sequence[int]) -> dict[int, list[int]]:
    """All source keys of each customer."""
    found: dict[int, list[int]] = defaultdict(list)
    for key in keys:
        found[key].append(key)
    for source, customer in con.execute(
        f"SELECT source_key, customer_key FROM identity WHERE customer_key IN ({_listed(keys)})"
    ).fetchall():
        found[customer].append(source)
    return found


def seen(workspace: Workspace) -> str:
    """What everyone's state was made from besides events taken one by one: the imports and their undoing."""
    return str(workspace.store.tables["imports"].version())


def defined(workspace: Workspace) -> str:
    """What decides the stages besides facts: the definitions, and the settings that days and money follow."""
    settings = workspace.settings
    return f"{workspace.definitions.hash}.{zlib.crc32(f'{settings.zone}|{settings.currency}'.encode()):08x}"


def why_stale(workspace: Workspace) -> str:
    """Why everyone must be brought up to date: "definition", "import", "time", or "" when they are."""
    mark = SyncMark.objects.filter(pk=1).first()
    if mark is None or mark.snapshot != seen(workspace):
        return "import"
    if mark.definitions != defined(workspace):
        return "definition"
    return "time" if mark.day != workspace.clock.as_of().day else ""
