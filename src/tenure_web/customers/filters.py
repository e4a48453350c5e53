"""The filters of the list as people read them: menus to choose from, chips of what is chosen."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tenure import money
from tenure.definitions import Definitions
from tenure_web.customers.channels import words
from tenure_web.customers.columns import Badge, stage_badges
from tenure_web.customers.labels import label_ids
from tenure_web.customers.selection import NEXT, RECENCY, Selection
from tenure_web.theme.templatetags.look import address_with, told

MOST_CHANNELS = 40


@dataclass(frozen=True)
class Choice:
    """One entry of a menu: following it adds or removes the filter."""

    label: str
    href: str
    active: bool
    badge: Badge | None = None
    kind: str = ""


@dataclass(frozen=True)
class Menu:
    """A filter's menu; `groups` are headings with their choices."""

    name: str
    label: str
    groups: tuple[tuple[str, tuple[Choice, ...]], ...]
    count: int


def recency_words() -> dict[str, str]:
    """The choices of the last order in words."""
    days = {key: _("in the last %(n)s days") % {"n": key} for key in RECENCY if key.isdecimal()}
    return days | {"older": _("more than a year ago"), "never": _("never ordered")}


def next_words() -> dict[str, str]:
    """The choices of the next order in words."""
    days = {key: _("within %(n)s days") % {"n": key} for key in NEXT if key.isdecimal()}
    return {"overdue": _("overdue")} | days


def risk_words() -> dict[str, str]:
    """The bands of risk in words."""
    return {
        "high": _("high: two in three or more"),
        "medium": _("medium: one to two in three"),
        "low": _("low: under one in three"),
    }


def menus(request: HttpRequest, selection: Selection, definitions: Definitions) -> list[Menu]:
    """All menus, each choice with the address it leads to."""
    badges = stage_badges(definitions)
    stages = tuple(
        (
            told(lifecycle.title),
            tuple(
                _many(request, "stage", selection.stages, f"{lifecycle.key}/{stage.key}", told(stage.title), badges)
                for stage in lifecycle.stages
            ),
        )
        for lifecycle in definitions.lifecycles.values()
    )
    segments = {key: Badge(segment.title, key, key) for key, segment in definitions.value_segments.items()}
    channels = sorted(label_ids("channel"))[:MOST_CHANNELS]
    return [
        Menu("stage", _("Stage"), stages, len(selection.stages)),
        Menu(
            "segment",
            _("Value segment"),
            _group(
                _many(request, "segment", selection.segments, key, told(b.title), segments)
                for key, b in segments.items()
            ),
            len(selection.segments),
        ),
        *_own_segments(request, selection, definitions),
        Menu(
            "recency",
            _("Last order"),
            _group(_one(request, "recency", selection.recency, key, label) for key, label in recency_words().items()),
            int(bool(selection.recency)),
        ),
        Menu(
            "next",
            _("Next order"),
            _group(_one(request, "next", selection.following, key, label) for key, label in next_words().items()),
            int(bool(selection.following)),
        ),
        Menu(
            "risk",
            pgettext("forecast", "Risk"),
            _group(_many(request, "risk", selection.risks, key, label, {}) for key, label in risk_words().items()),
            len(selection.risks),
        ),
        Menu(
            "channel",
            _("Acquisition channel"),
            _group(_many(request, "channel", selection.channels, key, words(key), {}) for key in channels),
            len(selection.channels),
        ),
    ]


def _group(choices: Iterable[Choice]) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    return (("", tuple(choices)),)


def _many(
    request: HttpRequest, name: str, present: tuple[str, ...], key: str, label: str, badges: dict[str, Badge]
) -> Choice:
    active = key in present
    following = [each for each in present if each != key] if active else [*present, key]
    kind = name if name in ("stage", "segment") else ""
    return Choice(label, _to(request, **{name: following or None}), active, badges.get(key), kind)


def _one(request: HttpRequest, name: str, present: str, key: str, label: str) -> Choice:
    return Choice(label, _to(request, **{name: None if present == key else key}), present == key)


def _to(request: HttpRequest, **changes: Any) -> str:
    return address_with(request, **changes, after=None, before=None)


def _own_segments(request: HttpRequest, selection: Selection, definitions: Definitions) -> list[Menu]:
    """The menu of own segments, where there are any."""
    if not definitions.segments:
        return []
    choices = _group(
        _many(request, "member", selection.members, key, told(segment.title), {})
        for key, segment in definitions.segments.items()
    )
    return [Menu("member", _("Own segment"), choices, len(selection.members))]


def chips(request: HttpRequest, selection: Selection, definitions: Definitions, currency: str) -> list[dict[str, str]]:
    """What is chosen, in plain words, each with the address without it."""
    found: list[dict[str, str]] = []

    def chip(name: str, text: str, **without: Any) -> None:
        found.append({"name": name, "words": text, "without": _to(request, **without)})

    if selection.text:
        chip(_("Search"), f"“{selection.text}”", q=None)
    badges = stage_badges(definitions)
    for key in selection.stages:
        lifecycle = definitions.lifecycles.get(key.partition("/")[0])
        stage = told(badges[key].title) if key in badges else key
        chip(told(lifecycle.title) if lifecycle else _("Stage"), stage, stage=_rest(selection.stages, key))
    for key in selection.segments:
        segment = definitions.value_segments.get(key)
        chip(_("Value segment"), told(segment.title) if segment else key, segment=_rest(selection.segments, key))
    for key in selection.members:
        own = definitions.segments.get(key)
        chip(_("Own segment"), told(own.title) if own else key, member=_rest(selection.members, key))
    for key in selection.channels:
        chip(_("Acquisition channel"), words(key), channel=_rest(selection.channels, key))
    for key in selection.risks:
        chip(pgettext("forecast", "Risk"), risk_words()[key], risk=_rest(selection.risks, key))
    if selection.worth is not None:
        chip(
            pgettext("forecast", "Value"),
            _("at least %(money)s") % {"money": money.text(selection.worth, currency)},
            worth=None,
        )
    if selection.following:
        chip(_("Next order"), next_words()[selection.following], next=None)
    if selection.recency:
        chip(_("Last order"), recency_words()[selection.recency], recency=None)
    if selection.least is not None:
        chip(_("Revenue"), _("at least %(money)s") % {"money": money.text(selection.least, currency)}, least=None)
    if selection.most is not None:
        chip(_("Revenue"), _("at most %(money)s") % {"money": money.text(selection.most, currency)}, most=None)
    return found


def _rest(present: tuple[str, ...], key: str) -> list[str] | None:
    return [each for each in present if each != key] or None
