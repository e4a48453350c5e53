"""Survival on the risk page: the curves of a grouping, named, coloured, and as rows of a table."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tenure.risk import Curve, Survival
from tenure.workspace import Workspace
from tenure_web.customers.channels import words as channel_words
from tenure_web.customers.columns import stage_badges
from tenure_web.theme.templatetags.look import told

__all__ = ["BY", "Line", "chart", "lines", "survival"]

BY = ("all", "stage", "channel", "cohort")
MARKS = (30, 90, 180, 365, 730)
POINTS, DRAWN, ENOUGH = 150, 4, 10
STEPS = (1, 2, 5, 10, 30)  # days, so that the axis is written in round ones


@dataclass(frozen=True)
class Mark:
    """The part of a group that lasts so many days, its interval, and how many were followed that long."""

    share: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True)
class Line:
    """A group with its name and colour; `marks` are None beyond what anybody of it was followed for."""

    title: str
    colour: str
    curve: Curve
    marks: tuple[Mark | None, ...]


def survival(shop: Workspace, by: str) -> Survival:
    """The curves, kept until risk is scored anew."""
    return _survival(shop, by, shop.store.tables["risk"].version(), shop.lifecycle().key)


@lru_cache(maxsize=8)
def _survival(shop: Workspace, by: str, _version: int, lifecycle: str) -> Survival:
    return shop.risk.survival(by, lifecycle=lifecycle)  # type: ignore[arg-type]


def marks(found: Survival) -> tuple[int, ...]:
    """The lengths that somebody was followed for."""
    longest = max((curve.longest for curve in found.curves), default=0)
    soonest = found.days if found.awaited == "purchase" and found.by != "stage" else 0  # before it nobody can be lost
    return tuple(day for day in MARKS if soonest <= day <= longest)


def lines(shop: Workspace, found: Survival) -> list[Line]:
    """Every curve; stages in the order of the lifecycle."""
    curves = list(found.curves)
    colours = ["accent"] if found.by == "all" else [f"stage-{place}" for place in (1, 6, 3, 9, 4, 7, 2, 8)]
    names = {curve.name: _name(found.by, curve.name) for curve in curves}
    if found.by == "stage":
        badges, stages = stage_badges(shop.definitions), shop.lifecycle().stages
        of = {curve.name: curve for curve in curves}
        curves = [of[stage.key] for stage in stages if stage.key in of]
        names = {stage.key: told(stage.title) for stage in stages}
        keys = [f"{shop.lifecycle().key}/{curve.name}" for curve in curves]
        colours = [f"stage-{badges[key].slot}" for key in keys if key in badges]
    days = marks(found)
    return [
        Line(names[curve.name], colours[place % len(colours)], curve, tuple(_mark(curve, day) for day in days))
        for place, curve in enumerate(curves)
    ]


def _name(by: str, name: str) -> str:
    if by == "channel":
        return channel_words(name) if name else _("unknown")
    return name or _("Everybody")


def _mark(curve: Curve, day: int) -> Mark | None:
    found = curve.at(day)
    return None if found is None else Mark(*found, curve.followed(day))


def chart(found: list[Line]) -> dict[str, Any]:
    """The four largest groups on one axis of days, with their intervals, as long as enough are followed.

    A group too young for anybody of it to be lost is left out while there is another.
    """
    old = [line for line in found if line.curve.longest >= line.curve.soonest] or found
    shown = sorted(old, key=lambda line: -line.curve.customers)[:DRAWN]
    drawn = [line for line in found if line in shown]
    longest = max((_seen(line.curve) for line in drawn), default=0)
    step = next((each for each in STEPS if each * POINTS >= longest), -(-longest // POINTS))
    days = list(range(0, longest + 1, step))
    words = {"days": pgettext("unit", "days"), "interval": _("interval")}
    return {"x": days, "unit": "share", "words": words, "series": [_series(line, days) for line in drawn]}


def _seen(curve: Curve) -> int:
    """The day up to which enough are followed for a line that means something; all of a small group's days."""
    if curve.customers <= 2 * ENOUGH:
        return curve.longest
    return max((day for day, _ in curve.left if curve.followed(day) >= ENOUGH), default=curve.longest)


def _series(line: Line, days: list[int]) -> dict[str, Any]:
    points = [line.curve.at(day) if day <= _seen(line.curve) else None for day in days]
    values, low, high = ([None if at is None else round(at[place], 5) for at in points] for place in range(3))
    return {"name": line.title, "colour": line.colour, "values": values, "low": low, "high": high}
