"""Who reached the goal: those on the way leave for it, those held out are compared by it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from tenure.clock import naive
from tenure.errors import DefinitionError
from tenure.journeys import Goal
from tenure_web.customers.labels import label_id
from tenure_web.customers.models import ObservedMove, State
from tenure_web.journeys.catalogue import of_version
from tenure_web.journeys.models import Enrolment, Version
from tenure_web.messages import outbox
from tenure_web.worker import workspace

__all__ = ["sweep"]

BATCH = 20_000
ORDER = "Order Completed"
_asked: dict[int, str] = {}


def sweep(now: datetime) -> int:
    """Find goals reached since entering, in every version with people whose time for it is not over."""
    waiting = Enrolment.objects.filter(goal_at=None, goal_until__gte=now).values("version").distinct()
    return sum(_sweep_version(version, now) for version in Version.objects.filter(pk__in=waiting))


def _sweep_version(version: Version, now: datetime) -> int:
    try:
        goal = of_version(version).goal
    except DefinitionError:
        return 0  # advance() pauses the journey and says why
    if goal is None:
        return 0
    waiting = Enrolment.objects.filter(version=version, goal_at=None, goal_until__gte=now)
    reached = _by_stage(waiting, goal) if goal.stage else _by_event(version, waiting, goal)
    ids = list(reached)
    if ids:
        with transaction.atomic():
            for pk, at in reached.items():
                waiting.filter(pk=pk).update(goal_at=at)
            Enrolment.objects.filter(pk__in=ids, state=Enrolment.ACTIVE).update(due_at=now)
            outbox.call_back(ids, "goal", now)
    return len(ids)


def _by_stage(waiting: QuerySet[Enrolment], goal: Goal) -> dict[int, datetime]:
    moves = ObservedMove.objects.filter(
        customer_key=OuterRef("customer_key"),
        lifecycle=label_id("lifecycle", goal.lifecycle),
        to_stage=label_id("stage", goal.lifecycle, goal.stage),
        at__gt=OuterRef("entered_at"),
    )
    first = Subquery(moves.order_by("at").values("at")[:1])
    return _in_time(waiting.annotate(reached=first))


def _in_time(rows: QuerySet[Any]) -> dict[int, datetime]:
    found = rows.filter(Q(reached__gt=F("entered_at")) & Q(reached__lte=F("goal_until")))
    return dict(found.values_list("pk", "reached")[:BATCH])


def _by_event(version: Version, waiting: QuerySet[Enrolment], goal: Goal) -> dict[int, datetime]:
    """An order is read from the customers' state, at once; other events from the store, when it changed."""
    if goal.event == ORDER:
        last = State.objects.filter(customer_key=OuterRef("customer_key")).values("last_order_at")
        return _in_time(waiting.annotate(reached=Subquery(last[:1])))
    snapshot = workspace.current().store.snapshot()
    if _asked.get(version.pk) == snapshot.key:
        return {}
    rows = list(waiting.values_list("pk", "customer_key", "entered_at", "goal_until")[:BATCH])
    con = snapshot.connect()
    try:
        con.execute(
            "CREATE TEMP TABLE waiting AS SELECT unnest(?::BIGINT[]) id, unnest(?::BIGINT[]) customer_key,"
            " unnest(?::TIMESTAMP[]) entered, unnest(?::TIMESTAMP[]) until",
            [
                [row[0] for row in rows],
                [row[1] for row in rows],
                [naive(row[2]) for row in rows],
                [naive(row[3]) for row in rows],
            ],
        )
        found = con.execute(
            "SELECT w.id, min(e.ts) FROM waiting w JOIN events e ON e.customer_key = w.customer_key"
            " WHERE e.name = ? AND e.ts > w.entered AND e.ts <= w.until GROUP BY w.id",
            [goal.event],
        ).fetchall()
    finally:
        con.close()
    _asked[version.pk] = snapshot.key
    return {pk: workspace.current().clock.parse(f"{at.isoformat()}+00:00") for pk, at in found}
