"""A customer's moves on its page: when, from where to where, which way, past which stages, by which rule and values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tenure.definitions import Definitions, Lifecycle, Stage
from tenure.stages import Past
from tenure_web.customers.places import Reason, shown
from tenure_web.theme.colours import slots
from tenure_web.theme.templatetags.look import told


@dataclass(frozen=True)
class Moved:
    """One move. `by_time`: nothing happened, only days went by. `days` is how long the stay it began has lasted."""

    day: date
    start: Stage | None
    start_slot: str
    end: Stage
    end_slot: str
    way: str
    by_time: bool
    passed: str
    days: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Moves:
    """The moves in one lifecycle, newest first."""

    lifecycle: Lifecycle
    rows: tuple[Moved, ...]


def moves(found: Sequence[Past], definitions: Definitions, own: str, currency: str, today: date) -> tuple[Moves, ...]:
    """One a lifecycle, the workspace's `own` first."""
    listed = []
    for lifecycle in sorted(definitions.lifecycles.values(), key=lambda each: each.key != own):
        mine = [each for each in found if each.stay.lifecycle == lifecycle.key]
        rows = (_moved(each, lifecycle, definitions, currency, today) for each in reversed(mine))
        listed.append(Moves(lifecycle, tuple(rows)))
    return tuple(each for each in listed if each.rows)


def _moved(each: Past, lifecycle: Lifecycle, definitions: Definitions, currency: str, today: date) -> Moved:
    stay, language = each.stay, get_language() or "en"
    colours = slots([s.key for s in lifecycle.stages], {s.key for s in lifecycle.stages if s.leaving})
    ways = {"first": _("first entry"), "forward": _("forward"), "backward": _("back"), "leaving": _("leaving")}
    return Moved(
        day=stay.entered,
        start=lifecycle.stage(stay.previous) if stay.previous else None,
        start_slot=colours.get(stay.previous or "", ""),
        end=lifecycle.stage(stay.stage),
        end_slot=colours[stay.stage],
        way=ways[each.direction],
        by_time=stay.cause == "time",
        passed=_(", ").join(told(stage.title) for stage in each.passed),
        days=((stay.left or today) - stay.entered).days,
        reasons=tuple(
            Reason(
                reason.text(language),
                tuple(shown(definitions.features[key], value, currency) for key, value in reason.values),
                reason.met,
            )
            for reason in each.reason.met
        ),
    )
