"""What a journey has done so far: who came, where they are, what was sent, who reached the goal."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, Sum

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
    """{journey id: figures without steps}, in one query."""
    found = {journey.pk: Figures() for journey in journeys}
    counted = (
        Enrolment.objects.filter(journey__in=list(found))
        .values("journey_id", "held_out")
        .annotate(
            people=Count("id"),
            active=Count("id", filter=Q(state=Enrolment.ACTIVE)),
            reached=Count("id", filter=Q(goal_at__isnull=False)),
        )
    )
    both: dict[int, dict[bool, tuple[int, int]]] = defaultdict(lambda: {False: (0, 0), True: (0, 0)})
    for row in counted:
        figures = found[row["journey_id"]]
        figures.active += 0 if row["held_out"] else row["active"]
        both[row["journey_id"]][row["held_out"]] = (row["people"], row["reached"])
    for pk, figures in found.items():
        (figures.entries, figures.reached), (held, held_reached) = both[pk][False], both[pk][True]
        figures.held = held
        figures.compared = difference(figures.entries, figures.reached, held, held_reached)
    return found


def figures(journey: Journey) -> Figures:
    """Everything about one journey."""
    found = summaries([journey])[journey.pk]
    versions = list(Version.objects.filter(journey=journey).values_list("pk", flat=True))
    steps: dict[str, StepFigures] = defaultdict(StepFigures)
    walking = Enrolment.objects.filter(journey=journey, held_out=False)
    active = walking.filter(state=Enrolment.ACTIVE)
    for step, people in active.values_list("step").annotate(people=Count("id")).order_by():
        steps[step].waiting = people
    tallies = Tally.objects.filter(version__in=versions).values_list("step")
    for step, passed, failed in tallies.annotate(passed_sum=Sum("passed"), failed_sum=Sum("failed")).order_by():
        steps[step].passed, steps[step].failed = passed, failed
    for (_version, step), states in outbox.fates(versions).items():
        _add_fates(steps[step], states)
    reacted = Reaction.objects.filter(message__version__in=versions, kind__in=("opened", "clicked"))
    per_step = reacted.values_list("message__step", "kind").annotate(people=Count("message", distinct=True)).order_by()
    for step, kind, people in per_step:
        setattr(steps[step], kind, people)
    left = walking.filter(state=Enrolment.DONE)
    found.reasons = dict(left.values_list("reason").annotate(people=Count("id")).order_by())
    found.steps = dict(steps)
    return found


def _add_fates(step: StepFigures, states: dict[str, int]) -> None:
    step.sent += states.get(Message.SENT, 0)
    step.planned += states.get(Message.PLANNED, 0) + states.get(Message.CLAIMED, 0)
    step.not_sent += states.get(Message.SKIPPED, 0) + states.get(Message.FAILED, 0)
    step.doubtful += states.get(Message.UNKNOWN, 0)
