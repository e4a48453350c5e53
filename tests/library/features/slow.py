"""Every kind of feature the slow and obvious way: plain Python over one customer's list of events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from tenure.definitions import Events, Feature
from tenure.definitions.evaluate import truth
from tenure.definitions.tree import Condition, columns

__all__ = ["Event", "index_of", "value"]


@dataclass(frozen=True)
class Event:
    """One event as the store holds it; times are UTC and days are UTC days."""

    customer: int
    at: datetime
    number: int
    name: str
    amount: int | None = None
    lines: tuple[tuple[str, str], ...] = ()  # product, category
    properties: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def quantity(self) -> float | None:
        return float(len(self.lines)) if self.lines else None


def value(feature: Feature, events: Iterable[Event], today: date) -> Any:
    """The feature over all events known so far, in order of time."""
    events = sorted(events, key=lambda event: (event.at, event.number))
    chosen = [event for event in events if selected(feature.events, event)]
    if feature.kind == "streak":
        return _streak(feature, chosen, today)
    if feature.kind == "trend":
        days = feature.within_days or 0
        before = [e for e in chosen if today - timedelta(2 * days) <= e.day < today - timedelta(days)]
        now = [e for e in chosen if e.day >= today - timedelta(days)]
        return _ratio(_size(feature, now), _size(feature, before))
    inside = _inside(feature, chosen, events, today)
    if inside is None:
        return None
    return _VALUES[feature.kind](feature, inside, today)


def selected(events: Events | None, event: Event) -> bool:
    """Whether the selector means the event."""
    if events is None:
        return True
    if (events.names or events.kinds) and event.name not in events.names:
        return False
    if any(str(event.properties.get(key)) not in wanted for key, wanted in events.where):
        return False
    return events.condition is None or _holds(events.condition, event)


def _holds(condition: Condition, event: Event) -> bool:
    row: dict[str, Any] = {"amount": event.amount, "quantity": event.quantity, "day": event.day}
    for column in columns(condition):
        if column.key not in row and column.key in event.properties:
            row[column.key] = _as(event.properties[column.key], column.type)
    row["products"] = [{"product": product, "category": category} for product, category in event.lines]
    return truth(condition, row) is True


def _as(found: Any, wanted: str) -> Any:
    """A property read as what it is compared with; None where it is no such thing."""
    if wanted == "float":
        try:
            return float(found)
        except ValueError:
            return None
    return str(found)


def index_of(unit: str, day: date) -> int:
    """A number that grows by one from period to period."""
    if unit == "day":
        return day.toordinal()
    if unit == "week":
        return (day - timedelta(days=day.weekday())).toordinal() // 7
    return {"month": day.year * 12 + day.month, "quarter": day.year * 4 + (day.month - 1) // 3, "year": day.year}[unit]


def _inside(feature: Feature, chosen: list[Event], events: list[Event], today: date) -> list[Event] | None:
    """The chosen events of the window; None when the event it begins with did not happen."""
    if feature.within_days is not None:
        return [event for event in chosen if event.day >= today - timedelta(days=feature.within_days)]
    if feature.period is not None:
        which, _, unit = feature.period.partition("_")
        wanted = index_of(unit, today) - (which == "last")
        return [event for event in chosen if index_of(unit, event.day) == wanted]
    if feature.since is not None:
        found = [event.day for event in events if selected(feature.since.events, event)]
        if not found:
            return None
        start = min(found) if feature.since.which == "first" else max(found)
        return [event for event in chosen if event.day >= start]
    return chosen


def _taken(feature: Feature, event: Event) -> list[Any]:
    """What an event gives: nothing, one value, or one a line."""
    if feature.of in ("product", "category"):
        return [line[feature.of == "category"] for line in event.lines]
    if feature.property_name:
        found = event.properties.get(feature.property_name)
        if found is None:
            return []
        if feature.value_type == "float":
            number = _as(found, "float")
            return [] if number is None else [number]
        return [str(found)]
    found = {"amount": event.amount, "quantity": event.quantity, "day": event.day, "time": event.at}[str(feature.of)]
    return [] if found is None else [found]


def _all(feature: Feature, events: list[Event]) -> list[Any]:
    return [each for event in events for each in _taken(feature, event)]


def _size(feature: Feature, events: list[Event]) -> float:
    return len(events) if feature.of is None else sum(_all(feature, events))


def _ratio(above: float, below: float) -> float | None:
    return None if below == 0 else above / below


def _days(events: list[Event]) -> list[date]:
    return sorted({event.day for event in events})


def _gaps(events: list[Event]) -> list[int]:
    return [(after - before).days for before, after in pairwise(_days(events))]


def _share(feature: Feature, events: list[Event], _: date) -> float | None:
    assert feature.part is not None
    return _ratio(_size(feature, [e for e in events if _holds(feature.part, e)]), _size(feature, events))


def _edge(feature: Feature, events: list[Event], last: bool) -> Any:
    """Lines of one event are equal in time: the smaller text is the earlier one."""
    found = [(event.at, event.number, each) for event in events for each in _taken(feature, event)]
    return (max(found) if last else min(found))[2] if found else None


def _frequent(feature: Feature, events: list[Event], _: date) -> Any:
    count: dict[str, int] = defaultdict(int)
    latest: dict[str, tuple[datetime, int]] = {}
    for event in events:
        for each in _taken(feature, event):
            count[each] += 1
            latest[each] = event.at, event.number
    return max(count, key=lambda each: (count[each], latest[each], each)) if count else None


def _streak(feature: Feature, events: list[Event], today: date) -> int:
    unit = feature.every or "day"
    periods = {index_of(unit, event.day) for event in events}
    now = index_of(unit, today)
    at = now if now in periods else now - 1
    length = 0
    while at in periods:
        length, at = length + 1, at - 1
    return length


def _average(numbers: list[Any]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


_VALUES: dict[str, Any] = {
    "count": lambda f, e, today: len(e),
    "sum": lambda f, e, today: sum(_all(f, e)),
    "average": lambda f, e, today: _average(_all(f, e)),
    "min": lambda f, e, today: min(_all(f, e), default=None),
    "max": lambda f, e, today: max(_all(f, e), default=None),
    "first": lambda f, e, today: _edge(f, e, False),
    "last": lambda f, e, today: _edge(f, e, True),
    "distinct": lambda f, e, today: len(set(_all(f, e))),
    "median_gap": lambda f, e, today: float(median(_gaps(e))) if _gaps(e) else None,
    "mean_gap": lambda f, e, today: _average(_gaps(e)),
    "days_since_first": lambda f, e, today: (today - _days(e)[0]).days if e else None,
    "days_since_last": lambda f, e, today: (today - _days(e)[-1]).days if e else None,
    "share": _share,
    "most_frequent": _frequent,
}
