"""What on the board needs a person: work that failed, stages and segments that go the wrong way, goals missed."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tenure_web.stages.choice import Choice
from tenure_web.stages.figures import AT_RISK, Figures
from tenure_web.stages.parts import Attention, Column
from tenure_web.theme.navigation import address
from tenure_web.theme.saying import said
from tenure_web.theme.templatetags.look import number, percent, told
from tenure_web.worker.models import Beat, Job

FEWEST = 20  # customers under which a share says nothing
GROWTH = 0.1
MOST = 6


def attention(figures: Figures, choice: Choice, columns: Sequence[Column]) -> list[Attention]:
    """The most pressing things, failures first."""
    found = [*_failures(choice), *_growing(choice, columns), *_segments(figures), *_missed(choice, columns)]
    return found[:MOST]


def _failures(choice: Choice) -> Iterator[Attention]:
    """Parts of the worker that report an error, and work of the last day that failed; on the board of today only."""
    if not choice.live:
        return
    for beat in Beat.objects.exclude(error="")[:3]:
        yield Attention(
            "alert-triangle", _("The worker has a problem: %(part)s") % {"part": beat.name}, said(beat.error), "/"
        )
    failed = Job.objects.filter(state=Job.FAILED, finished_at__gte=timezone.now() - timedelta(days=1)).count()
    if failed:
        words = _("%(n)s pieces of work failed in the last day") % {"n": failed}
        yield Attention("alert-triangle", words, "", address("collect") or "/")


def _growing(choice: Choice, columns: Sequence[Column]) -> Iterator[Attention]:
    """Leaving stages that grew faster than everybody together."""
    now, before = sum(column.customers for column in columns), sum(column.before for column in columns)
    everyone = (now - before) / before if before else 0.0
    for column in columns:
        if not column.stage.leaving or column.before < FEWEST:
            continue
        grown = (column.customers - column.before) / column.before
        if grown > max(everyone, 0.0) + 0.02:
            title = _("%(stage)s is growing") % {"stage": told(column.stage.title)}
            words = _("%(n)s more in %(days)s days (%(share)s), while all customers changed by %(all)s") % {
                "n": number(column.customers - column.before),
                "days": choice.days,
                "share": f"+{percent(grown)}",
                "all": f"{everyone * 100:+.1f}%",
            }
            yield Attention("trending-down", title, words, _stage(choice, column))


def _segments(figures: Figures) -> Iterator[Attention]:
    """Good segments that shrank and segments at risk that grew by a tenth from month to month."""
    sizes = figures.segment_sizes()
    months = sorted({size.month for size in sizes})[-2:]
    if len(months) < 2:
        return
    before, now = ({size.segment: size.customers for size in sizes if size.month == month} for month in months)
    for key, segment in figures.workspace.definitions.value_segments.items():
        was, has = before.get(key, 0), now.get(key, 0)
        share = (has - was) / was if was >= FEWEST else 0.0
        worse = share > GROWTH if key in AT_RISK else share < -GROWTH and key in ("champion", "loyal", "high_potential")
        if worse:
            pattern = _("%(segment)s grew by %(share)s") if share > 0 else _("%(segment)s shrank by %(share)s")
            title = pattern % {"segment": told(segment.title), "share": percent(abs(share), 0)}
            words = _("From %(was)s to %(has)s customers within a month") % {"was": number(was), "has": number(has)}
            yield Attention("chart-treemap", title, words, f"{reverse('customers')}?segment={key}")


def _missed(choice: Choice, columns: Sequence[Column]) -> Iterator[Attention]:
    """Goals whose target is missed, measured on enough customers, the furthest first."""
    missed = [
        (goal.share if not goal.goal.at_most else 2 - goal.share, column, goal)
        for column in columns
        for goal in column.goals
        if goal.met is False and goal.reached and goal.reached.customers >= FEWEST
    ]
    for _share, column, goal in sorted(missed, key=lambda each: each[0]):
        assert goal.reached is not None
        values = {"stage": told(column.stage.title), "team": told(column.stage.owner), "goal": goal.name}
        title = _("%(stage)s is behind: %(goal)s of %(team)s") % values
        if goal.is_rate:
            figures = {"has": percent(goal.reached.value, 0), "target": percent(goal.goal.target, 0)}
        else:
            figures = {"has": number(goal.reached.value), "target": number(goal.goal.target)}
        words = _("%(has)s reached, %(target)s wanted") % figures
        yield Attention("target-arrow", title, f"{told(goal.goal.words)} {words}", _stage(choice, column))


def _stage(choice: Choice, column: Column) -> str:
    return f"{reverse('customers')}?stage={choice.lifecycle.key}/{column.stage.key}"
