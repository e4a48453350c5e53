"""What a journey has done so far: who came, where they are, what was sent, who reached the goal."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Sum

from tenure.journeys import Difference, difference
from tenure_web.journeys.models import Enrolment, Journey, Tally, Version
from tenure_web.messages import outbox
from tenure_web.messages.models import Message, Reaction

__all__ = ["Figures", "StepFigures", "figures", "summaries"]


@dataclass
class StepFigures:
    """People at one step, over all versions."""

    waiting: int = 0
    passed: int = 0
    failed: int = 0
    sent: int = 0
    planned: int = 0
    not_sent: int = 0
    doubtful: int = 0
    opened: int = 0
    clicked: int = 0


@dataclass
class Figures:
    """One journey's figures. All leave out those held out (`held` of them); `compared` sets both side by side."""

    entries: int = 0
    active: int = 0
    reached: int = 0
    held: int = 0
    compared: Difference | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    steps: dict[str, StepFigures] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """The share of the treated who reached the goal."""
        return self.reached / self.entries if self.entries else None


def summaries(journeys: Sequence[Journey]) -> dict[int, Figures]:
    """{journey id: figures without steps}."""
    found = {journey.pk: Figures() for journey in journeys}
    people = Enrolment.objects.filter(journey__in=list(found))
    _add_people(found, people.values_list("journey_id", "held_out", "state").annotate(people=Count("id")).order_by())
    _compare(found)
    return found


def _add_people(found: dict[int, Figures], counts: Iterable[tuple[int, bool, str, int]]) -> None:
    for pk, held_out, state, people in counts:
        figures = found[pk]
        if held_out:
            figures.held += people
            continue
        figures.entries += people
        figures.active += people if state == Enrolment.ACTIVE else 0


def _compare(found: dict[int, Figures]) -> None:
    """Set those who reached the goal beside those held out who did; both must have been counted."""
    reached = Enrolment.objects.filter(journey__in=list(found), goal_at__isnull=False)
    counts = reached.values_list("journey_id", "held_out").annotate(people=Count("id")).order_by()
    both = {(pk, held_out): people for pk, held_out, people in counts}
    for pk, figures in found.items():
        figures.reached = both.get((pk, False), 0)
        held = both.get((pk, True), 0)
        figures.compared = difference(figures.entries, figures.reached, figures.held, held)


def figures(journey: Journey) -> Figures:
    """Everything about one journey; everybody in it is counted once, by index alone."""
    found = Figures()
    versions = list(Version.objects.filter(journey=journey).values_list("pk", flat=True))
    steps: dict[str, StepFigures] = defaultdict(StepFigures)
    people = Enrolment.objects.filter(journey=journey).values_list("held_out", "state", "step", "reason")
    for held_out, state, step, reason, count in people.annotate(people=Count("id")).order_by():
        _add_people({journey.pk: found}, [(journey.pk, held_out, state, count)])
        if not held_out and state == Enrolment.ACTIVE:
            steps[step].waiting += count
        elif not held_out:
            found.reasons[reason] = found.reasons.get(reason, 0) + count
    _compare({journey.pk: found})
    tallies = Tally.objects.filter(version__in=versions).values_list("step")
    for step, passed, failed in tallies.annotate(passed_sum=Sum("passed"), failed_sum=Sum("failed")).order_by():
        steps[step].passed, steps[step].failed = passed, failed
    for (_version, step), states in outbox.fates(versions).items():
        _add_fates(steps[step], states)
    reacted = Reaction.objects.filter(version__in=versions, kind__in=(Reaction.OPENED, Reaction.CLICKED))
    per_step = reacted.values_list("step", "kind").annotate(messages=Count("message", distinct=True)).order_by()
    for step, kind, messages in per_step:
        setattr(steps[step], kind, messages)
    found.steps = dict(steps)
    return found


def _add_fates(step: StepFigures, states: dict[str, int]) -> None:
    step.sent += states.get(Message.SENT, 0)
    step.planned += states.get(Message.PLANNED, 0) + states.get(Message.CLAIMED, 0)
    step.not_sent += states.get(Message.SKIPPED, 0) + states.get(Message.FAILED, 0)
    step.doubtful += states.get(Message.UNKNOWN, 0)
