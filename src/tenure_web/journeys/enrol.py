"""Who enters: observed moves become enrolments, each at most once, in the order in which they happened."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max

from tenure import journeys
from tenure_web.customers.labels import label_id
from tenure_web.customers.models import Membership, MembershipMove, ObservedMove, Place, SegmentMove, State
from tenure_web.journeys.catalogue import of_version, readable
from tenure_web.journeys.models import Enrolment, Journey
from tenure_web.worker import workspace

__all__ = ["enrol", "last_move", "present"]

BATCH = 2000
#: Moves that an import of history or a new definition shows are no reason to write to anybody.
LIVE = ("event", "time", "score")
Entrant = tuple[int, str]  # customer_key, entry


def enrol(now: datetime) -> int:
    """Take the next moves of every running journey; returns how many moves were looked at."""
    running = Journey.objects.filter(state=Journey.RUNNING).select_related("current")
    return sum(_follow(journey, now) for journey in running)


def last_move(journey: journeys.Journey) -> int:
    """The newest move there is, of the kind that this journey follows."""
    return _model(journey.trigger).objects.aggregate(last=Max("id"))["last"] or 0


def _is_own(trigger: journeys.Trigger) -> bool:
    return trigger.segment in workspace.current().definitions.segments


def _model(trigger: journeys.Trigger) -> type[ObservedMove] | type[SegmentMove] | type[MembershipMove]:
    if not trigger.segment:
        return ObservedMove
    return MembershipMove if _is_own(trigger) else SegmentMove


def _follow(row: Journey, now: datetime) -> int:
    """Enrol the next batch of moves and move the cursor, in one transaction, by one worker at a time."""
    journey = readable(row.current)
    if journey is None or last_move(journey) <= row.moves_seen:
        return 0
    with transaction.atomic():
        running = Journey.objects.filter(pk=row.pk, state=Journey.RUNNING, current=row.current)
        if connection.features.has_select_for_update_skip_locked:
            running = running.select_for_update(skip_locked=True, of=("self",))
        held = running.first()  # None: another worker is letting people in, or somebody has just changed the journey
        return 0 if held is None else _enter_next(held, journey, now)


def _enter_next(row: Journey, journey: journeys.Journey, now: datetime) -> int:
    newest = last_move(journey)
    moves = list(_moves(journey).filter(id__gt=row.moves_seen, id__lte=newest).order_by("id")[:BATCH])
    seen = moves[-1].pk if len(moves) == BATCH else newest
    _enter(row, journey, [(move.customer_key, f"move:{move.pk}") for move in moves], now)
    Journey.objects.filter(pk=row.pk, moves_seen__lt=seen).update(moves_seen=seen)
    return len(moves)


def _moves(journey: journeys.Journey):  # type: ignore[no-untyped-def]
    trigger = journey.trigger
    if _is_own(trigger):
        segment = label_id("own", trigger.segment)
        return MembershipMove.objects.filter(cause__in=LIVE, segment=segment, entered=not trigger.leaves)
    if trigger.segment:
        side = "from_segment" if trigger.leaves else "to_segment"
        return SegmentMove.objects.filter(cause__in=LIVE, **{side: label_id("segment", trigger.segment)})
    lifecycle = label_id("lifecycle", trigger.lifecycle)
    return ObservedMove.objects.filter(
        cause__in=LIVE, lifecycle=lifecycle, to_stage=label_id("stage", trigger.lifecycle, trigger.stage)
    )


def present(row: Journey, now: datetime) -> int:
    """Enrol everybody who is in the trigger's stage or segment now; the same call again adds nobody."""
    journey = of_version(row.current)
    trigger, entered = journey.trigger, 0
    if trigger.leaves:
        return 0  # nobody is "there": those who left are known as they leave
    if _is_own(trigger):
        there = Membership.objects.filter(segment=label_id("own", trigger.segment))
    elif trigger.segment:
        there = State.objects.filter(segment=label_id("segment", trigger.segment))
    else:
        lifecycle = label_id("lifecycle", trigger.lifecycle)
        stage = label_id("stage", trigger.lifecycle, trigger.stage)
        there = Place.objects.filter(lifecycle=lifecycle, stage=stage)
    after = -1
    while True:
        following = there.filter(customer_key__gt=after).order_by("customer_key")
        keys = list(following.values_list("customer_key", flat=True)[:BATCH])
        if not keys:
            return entered
        with transaction.atomic():
            entered += _enter(row, journey, [(key, f"present:{row.current_id}:{key}") for key in keys], now)
        after = keys[-1]


def _enter(row: Journey, journey: journeys.Journey, entrants: Sequence[Entrant], now: datetime) -> int:
    """Insert enrolments for those who may enter (again); what is there already stays as it is."""
    allowed = list(_allowed(row, journey, entrants, now))
    Enrolment.objects.bulk_create(
        [
            Enrolment(
                journey=row,
                version_id=row.current_id,
                customer_key=customer_key,
                entry=entry,
                held_out=journeys.held_out(customer_key, row.key, journey.holdout),
                since=now,
                due_at=now,
                entered_at=now,
                goal_until=now + timedelta(days=journey.goal.days) if journey.goal else None,
            )
            for customer_key, entry in allowed
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    return len(allowed)


def _allowed(row: Journey, journey: journeys.Journey, entrants: Sequence[Entrant], now: datetime) -> Iterable[Entrant]:
    """Nobody walks a journey twice at once; again only after the time the journey sets."""
    keys = {customer_key for customer_key, _ in entrants}
    before = Enrolment.objects.filter(journey=row, customer_key__in=keys).order_by("entered_at")
    latest = {key: (state, at) for key, state, at in before.values_list("customer_key", "state", "entered_at")}
    for customer_key, entry in entrants:
        state, entered_at = latest.get(customer_key, (None, now))
        if state is None or (
            state != Enrolment.ACTIVE and journey.again is not None and entered_at + journey.again <= now
        ):
            latest[customer_key] = (Enrolment.ACTIVE, now)
            yield customer_key, entry
