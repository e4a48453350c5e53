"""Moves people on: due enrolments are claimed in batches under a lease, decided purely, written in one transaction."""

import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from tenure import journeys
from tenure.collect import failpoints
from tenure.journeys import Fail, Intent, Leave, Pass, Place, Send, Stay
from tenure_web.journeys.catalogue import readable
from tenure_web.journeys.facts import rows_of, with_trigger
from tenure_web.journeys.models import Enrolment, Journey, Tally, Version
from tenure_web.messages import outbox

__all__ = ["advance"]

BATCH = 1000
LEASE = timedelta(minutes=2)
CALLED_BACK = ("goal", "exit", "left")


def advance(now: datetime) -> int:
    """Take the next due people through their journeys as far as they can go; returns how many."""
    lease = secrets.token_hex(8)
    rows = _claim(now, lease)
    if not rows:
        return 0
    known = rows_of(row.customer_key for row in rows)
    decided = []
    for version_id in {row.version_id for row in rows}:
        mine = [row for row in rows if row.version_id == version_id]
        journey = readable(mine[0].version)
        if journey is None:
            continue
        for row in mine:
            place = Place(row.step, row.since, row.goal_at)
            facts = with_trigger(known[row.customer_key], journey.trigger)
            decided.append((row, journeys.decide(journey, place, facts, now)))
    failpoints.reach("journeys.decided")
    _write(decided, lease, now)
    return len(rows)


def _claim(now: datetime, lease: str) -> list[Enrolment]:
    """Take a batch for ourselves; a lease that ran out belongs to a worker that is no more."""
    with transaction.atomic():
        due = Enrolment.objects.filter(state=Enrolment.ACTIVE, due_at__lte=now, journey__state=Journey.RUNNING)
        due = due.filter(Q(lease_until=None) | Q(lease_until__lt=now)).order_by("due_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        ids = list(due.values_list("id", flat=True)[:BATCH])
        Enrolment.objects.filter(id__in=ids).update(lease=lease, lease_until=now + LEASE)
    versions = {version.pk: version for version in Version.objects.filter(enrolment__in=ids).distinct()} if ids else {}
    rows = list(Enrolment.objects.filter(id__in=ids))
    for row in rows:
        row.version = versions[row.version_id]
    return rows


def _write(decided: Sequence[tuple[Enrolment, Sequence[Intent]]], lease: str, now: datetime) -> None:
    """Places, tallies and outbox in one transaction; who lost the lease meanwhile is left to its new holder."""
    with transaction.atomic():
        ids = [row.pk for row, _ in decided]
        held = Enrolment.objects.filter(pk__in=ids, lease=lease)
        if connection.features.has_select_for_update:
            held = held.select_for_update()
        mine = set(held.values_list("pk", flat=True))
        kept = [(row, intents) for row, intents in decided if row.pk in mine]
        _places([_placed(row, intents[-1], now) for row, intents in kept])
        _tallies(kept)
        outbox.plan((_planned(row, intent) for row, intents in kept for intent in _sends(intents)), now)
        for reason in CALLED_BACK:
            leavers = [row.pk for row, intents in kept if _left(intents) == reason]
            if leavers:
                outbox.call_back(leavers, "goal" if reason == "goal" else "left", now)
        failpoints.reach("journeys.written")
    failpoints.reach("journeys.committed")


def _sends(intents: Sequence[Intent]) -> list[Send]:
    return [intent for intent in intents if isinstance(intent, Send)]


def _left(intents: Sequence[Intent]) -> str:
    return intents[-1].reason if isinstance(intents[-1], Leave) else ""


def _planned(row: Enrolment, intent: Send) -> outbox.Planned:
    return outbox.Planned(row.version_id, intent.step, row.pk, row.customer_key, intent.template, row.held_out)


def _placed(row: Enrolment, last: Intent, now: datetime) -> tuple[Any, ...]:
    """state, reason, step, since, due_at, left_at, id."""
    when = connection.ops.adapt_datetimefield_value
    if isinstance(last, Stay):
        since = row.since if last.step == row.step else now
        return (Enrolment.ACTIVE, "", last.step, when(since), when(last.until), None, row.pk)
    assert isinstance(last, Leave)
    return (Enrolment.DONE, last.reason, last.step, when(now), when(now), when(now), row.pk)


def _places(values: Sequence[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE journeys_enrolment SET state = %s, reason = %s, step = %s, since = %s, due_at = %s, left_at = %s,"
            " lease = '', lease_until = NULL WHERE id = %s",
            values,
        )


def _tallies(kept: Sequence[tuple[Enrolment, Sequence[Intent]]]) -> None:
    """Add to the counts of each step, in one order, so that two workers never wait for each other in a ring."""
    passed: Counter[tuple[int, str]] = Counter()
    failed: Counter[tuple[int, str]] = Counter()
    for row, intents in kept:
        if row.held_out:  # they walk unseen: figures are of those who are written to
            continue
        passed.update((row.version_id, intent.step) for intent in intents if isinstance(intent, Pass))
        failed.update((row.version_id, intent.step) for intent in intents if isinstance(intent, Fail))
    steps = sorted(passed.keys() | failed.keys())
    Tally.objects.bulk_create([Tally(version_id=version, step=step) for version, step in steps], ignore_conflicts=True)
    for version, step in steps:
        Tally.objects.filter(version=version, step=step).update(
            passed=F("passed") + passed[version, step], failed=F("failed") + failed[version, step]
        )
