"""Where a customer has been, is, and will be if nothing happens: the strips and reasons of its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tenure import money
from tenure.definitions import Definitions, Feature, Lifecycle, Stage
from tenure.stages import LifecycleReason, Stay, totals
from tenure.workspace import Explanation, Workspace
from tenure_web.theme.colours import slots
from tenure_web.theme.templatetags.look import NONE, day, number, percent, told

AHEAD = timedelta(days=400)


@dataclass(frozen=True)
class Span:
    """One stay on the strip; `left` and `width` are shares of the strip."""

    stage: Stage
    slot: str
    entered: date
    until: date | None
    days: int
    left: float
    width: float


@dataclass(frozen=True)
class Reason:
    """A condition in words with the values that were read, in words too."""

    words: str
    values: tuple[tuple[str, str], ...]
    met: bool | None


@dataclass(frozen=True)
class Coming:
    """The next move that time alone will make."""

    stage: Stage
    slot: str
    day: date
    days: int


@dataclass(frozen=True)
class Standing:
    """A customer in one lifecycle: the stage, its reasons, the strip of stays, totals, what comes by itself."""

    lifecycle: Lifecycle
    stage: Stage
    slot: str
    since: date | None
    reasons: tuple[Reason, ...]
    otherwise: bool
    held: str
    spans: tuple[Span, ...]
    totals: tuple[tuple[Stage, str, int, int], ...]
    coming: Coming | None


def standings(
    workspace: Workspace, explanation: Explanation, stays: Sequence[Stay], today: date
) -> tuple[Standing, ...]:
    """One a lifecycle, the workspace's own first. `stays` may reach into the future."""
    found = [_standing(workspace.definitions, reason, stays, today, workspace) for reason in explanation.lifecycles]
    return tuple(sorted(found, key=lambda each: each.lifecycle.key != workspace.settings.lifecycle))


def future(workspace: Workspace, key: int) -> list[Stay]:
    """All stays up to a year ahead, as they will be if nothing happens."""
    return workspace.history(key, workspace.clock.now() + AHEAD)


def _standing(
    definitions: Definitions, reason: LifecycleReason, stays: Sequence[Stay], today: date, workspace: Workspace
) -> Standing:
    lifecycle = reason.lifecycle
    colours = slots([each.key for each in lifecycle.stages], {each.key for each in lifecycle.stages if each.leaving})
    mine = [stay for stay in stays if stay.lifecycle == lifecycle.key]
    past = [stay for stay in mine if stay.entered <= today]
    ahead = next((stay for stay in mine if stay.entered > today), None)
    spans = _spans(lifecycle, past, colours, today)
    language, currency = get_language() or "en", workspace.settings.currency
    return Standing(
        lifecycle=lifecycle,
        stage=reason.stage,
        slot=colours[reason.stage.key],
        since=past[-1].entered if past else None,
        reasons=tuple(
            Reason(
                each.text(language),
                tuple(shown(definitions.features[key], value, currency) for key, value in each.values),
                each.met,
            )
            for each in reason.met
        ),
        otherwise=not reason.met and reason.held is None,
        held=_held(reason),
        spans=spans,
        totals=tuple(
            (lifecycle.stage(each.stage), colours[each.stage], each.stays, each.days)
            for each in totals(past, lifecycle.key, today)
        ),
        coming=_coming(lifecycle, ahead, colours, today),
    )


def _held(reason: LifecycleReason) -> str:
    """What keeps the customer here though the rules say otherwise; empty where nothing does."""
    held = reason.held
    if held is None:
        return ""
    values = {"stage": told(held.wanted.title), "day": day(held.until) if held.until else ""}
    if held.by == "minimum_stay":
        return _("Kept by the minimum stay until %(day)s; by the rules it would be “%(stage)s”.") % values
    if held.by == "leave":
        rule = reason.stage.leave.words(get_language() or "en") if reason.stage.leave else ""
        return _("Stays until: %(rule)s. By the rules it would be “%(stage)s”.") % {**values, "rule": rule}
    return _("This lifecycle only goes forward; by the rules it would be “%(stage)s”.") % values


def _spans(lifecycle: Lifecycle, stays: Sequence[Stay], colours: Mapping[str, str], today: date) -> tuple[Span, ...]:
    if not stays:
        return ()
    first = stays[0].entered
    whole = max((today - first).days, 1)
    spans = []
    for stay in stays:
        until = stay.left if stay.left is not None and stay.left <= today else None
        days = ((until or today) - stay.entered).days
        left = (stay.entered - first).days / whole
        stage = lifecycle.stage(stay.stage)
        spans.append(Span(stage, colours[stay.stage], stay.entered, until, days, left, max(days / whole, 0.006)))
    return tuple(spans)


def _coming(lifecycle: Lifecycle, stay: Stay | None, colours: Mapping[str, str], today: date) -> Coming | None:
    if stay is None:
        return None
    return Coming(lifecycle.stage(stay.stage), colours[stay.stage], stay.entered, (stay.entered - today).days)


def shown(feature: Feature, value: Any, currency: str) -> tuple[str, str]:
    """(title, value) of a feature in words."""
    return told(feature.title), _value(feature, value, currency)


def _value(feature: Feature, value: Any, currency: str) -> str:
    if value is None:
        return NONE
    if isinstance(value, datetime | date):
        return day(value)
    if isinstance(value, bool):
        return told(feature.some if value else feature.none) or ("✓" if value else NONE)
    if feature.unit == "money":
        return money.text(round(value), currency)
    if feature.unit == "share":
        return percent(value)
    if isinstance(value, float):
        return number(value, 0 if value == round(value) else 1)
    return number(value) if isinstance(value, int) else str(value)


def feature_table(definitions: Definitions, values: Mapping[str, Any], currency: str) -> list[tuple[str, str, str]]:
    """(title, value, meaning) of every feature that has a value."""
    rows = []
    for key, feature in definitions.features.items():
        if values.get(key) is not None:
            title, text = shown(feature, values[key], currency)
            rows.append((title, text, told(feature.meaning)))
    return rows
