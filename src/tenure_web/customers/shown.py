"""What the web shows of a few customers: rows as computed become rows of the projections, only differences written.

`PROJECTIONS` lists what is kept in step. A projection that is added (membership in own segments, say) is one function
here, and one in `everybody.py` that does the same for all customers in SQL.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from tenure.definitions import Lifecycle
from tenure.stages import column, evidence
from tenure.workspace import Workspace
from tenure_web.customers import profiles
from tenure_web.customers.labels import label_id
from tenure_web.customers.models import Customer, Feature, ObservedMove, Place, Profile, SegmentMove, State, sign
from tenure_web.worker import lease

__all__ = ["CUSTOMER_FIELDS", "PROJECTIONS", "STATE_FIELDS", "Found", "observed", "plain", "write"]

CHUNK = 5000

Row = Mapping[str, Any]
Since = Mapping[tuple[int, str], date]


@dataclass(frozen=True)
class Found:
    """A few customers as computed: rows of `standing`, the day each present stay began, their identifiers and ids."""

    rows: Sequence[Row]
    since: Since
    sources: Mapping[int, Sequence[int]]
    external: Mapping[int, str]
    at: datetime
    cause: str

    @property
    def keys(self) -> list[int]:
        """Their customer keys."""
        return [row["customer_key"] for row in self.rows]


def write(workspace: Workspace, found: Found) -> int:
    """Write what differs in one transaction; returns how many rows changed."""
    if not found.rows:
        return 0
    with transaction.atomic():
        changed = sum(project(workspace, found) for project in PROJECTIONS)
        lease.fence()
    return changed


def plain(value: Any) -> Any:
    """A feature's value as JSON says it."""
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _label(kind: str, value: Any) -> int | None:
    return None if value in (None, "") else label_id(kind, str(value)[:100])


def _state(row: Row, lifecycles: Iterable[Lifecycle]) -> State:
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
        stages="".join(sign(label_id("stage", each.key, row[column(each.key).strip('"')])) for each in lifecycles),
    )


# Written once a day by forecasts.py, and left alone by everything else.
FORECASTS = ("value", "risk", "stake", "next_order_on", "health", "risk_since")
STATE_FIELDS = [
    field.attname for field in State._meta.concrete_fields if field.attname not in ("customer_key", *FORECASTS)
]


def _states(workspace: Workspace, found: Found) -> int:
    held = State.objects.in_bulk(found.keys)
    changed, moved = [], []
    for row in found.rows:
        new, old = _state(row, workspace.definitions.lifecycles.values()), held.get(row["customer_key"])
        if old is None or any(getattr(old, name) != getattr(new, name) for name in STATE_FIELDS):
            changed.append(new)
        if old is not None and old.segment != new.segment:
            move = {"from_segment": old.segment, "to_segment": new.segment, "at": found.at, "cause": found.cause}
            moved.append(SegmentMove(customer_key=new.customer_key, **move))
    State.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["customer_key"], update_fields=STATE_FIELDS, batch_size=CHUNK
    )
    SegmentMove.objects.bulk_create(moved, batch_size=CHUNK)
    return len(changed)


def _places(workspace: Workspace, found: Found) -> int:
    held = {(place.customer_key, place.lifecycle): place for place in Place.objects.filter(customer_key__in=found.keys)}
    known = {key for key, _ in held}
    changed, moved = [], []
    for lifecycle in workspace.definitions.lifecycles.values():
        number = label_id("lifecycle", lifecycle.key)
        stages = {stage.key: label_id("stage", lifecycle.key, stage.key) for stage in lifecycle.stages}
        for row in found.rows:
            key, stage = row["customer_key"], stages[row[column(lifecycle.key).strip('"')]]
            old = held.get((key, number))
            began = found.since.get((key, lifecycle.key)) or workspace.clock.day(found.at)
            if old is None or (old.stage, old.since) != (stage, began):
                changed.append(Place(customer_key=key, lifecycle=number, stage=stage, since=began))
            if _is_move(old, stage, key in known, found.cause):
                moved.append(observed(lifecycle, row, None if old is None else old.stage, found.at, found.cause))
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


def observed(lifecycle: Lifecycle, row: Row, old: int | None, at: datetime, cause: str) -> ObservedMove:
    """The move of a customer from the stage `old` to the one its row stands in, with rule and evidence."""
    stage = lifecycle.stage(row[column(lifecycle.key).strip('"')])
    return ObservedMove(
        customer_key=row["customer_key"],
        lifecycle=label_id("lifecycle", lifecycle.key),
        from_stage=old,
        to_stage=label_id("stage", lifecycle.key, stage.key),
        at=at,
        cause=cause,
        rule=stage.rule_text,
        evidence={name: plain(value) for name, value in evidence(lifecycle, stage, row).items()},
    )


def _features(workspace: Workspace, found: Found) -> int:
    names = list(workspace.definitions.features)
    held = dict(Feature.objects.filter(customer_key__in=found.keys).values_list("customer_key", "values"))
    changed = []
    for row in found.rows:
        values = {name: plain(row[name]) for name in names if row.get(name) is not None}
        if held.get(row["customer_key"]) != values:
            changed.append(Feature(customer_key=row["customer_key"], values=values))
    Feature.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["customer_key"], update_fields=["values"], batch_size=CHUNK
    )
    return len(changed)


CUSTOMER_FIELDS = ["external_id", "name", "email", "phone", "language", "details", "search", "created_at"]


def _customers(_workspace: Workspace, found: Found) -> int:
    listed = [key for sources in found.sources.values() for key in sources]
    fields = dict(Profile.objects.filter(source_key__in=listed).values_list("source_key", "fields"))
    held = Customer.objects.in_bulk(found.keys)
    changed = []
    for row in found.rows:
        key = row["customer_key"]
        said = profiles.joined(fields[source] for source in found.sources.get(key, [key]) if source in fields)
        created = _aware(row.get("first_seen_at")) or found.at
        new, old = profiles.customer_row(key, found.external.get(key) or "", said, created), held.get(key)
        if old is None or any(getattr(old, name) != getattr(new, name) for name in CUSTOMER_FIELDS):
            changed.append(new)
    Customer.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["customer_key"], update_fields=CUSTOMER_FIELDS, batch_size=CHUNK
    )
    return len(changed)


Projection = Callable[[Workspace, Found], int]
#: What is kept in step with the facts, in this order.
PROJECTIONS: tuple[Projection, ...] = (_states, _places, _features, _customers)
customers: Projection = _customers
