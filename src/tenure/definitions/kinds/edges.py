"""first, last, most_frequent: one value among those of the events."""

from __future__ import annotations

from tenure.definitions.kinds.events_sql import value_of
from tenure.definitions.kinds.kind import OF, Kind, Measures, Shape
from tenure.definitions.objects import Feature, Words

__all__ = ["FIRST", "LAST", "MOST_FREQUENT"]

_SHAPES: dict[str, Shape] = {
    "amount": ("integer", "money"),
    "quantity": ("float", "count"),
    "time": ("time", "date"),
    "day": ("date", "date"),
}


def _shape(of: str | None) -> Shape:
    return _SHAPES.get(str(of), ("text", "text"))


def _first(feature: Feature, measures: Measures) -> str:
    return measures.least(value_of(feature)) if feature.of in ("time", "day") else measures.earliest()


def _last(feature: Feature, measures: Measures) -> str:
    return measures.most(value_of(feature)) if feature.of in ("time", "day") else measures.latest()


FIRST = Kind(
    "first",
    Words("The value of the earliest event that has one.", "最早一个有该值的事件的值。"),
    _first,
    _shape,
    OF,
    of_property=True,
    grain="value",
    open_type=lambda of: str(of).startswith("property:"),
    example="kind: first\nkinds: [identify, page]\nof: property:channel",
)
LAST = Kind(
    "last",
    Words("The value of the latest event that has one.", "最近一个有该值的事件的值。"),
    _last,
    _shape,
    OF,
    of_property=True,
    grain="value",
    open_type=lambda of: str(of).startswith("property:"),
    example="kind: last\nkinds: identify\nof: property:plan",
)
MOST_FREQUENT = Kind(
    "most_frequent",
    Words("The value that occurs most often; of equals, the latest.", "出现次数最多的值；次数相同时取最近的。"),
    lambda feature, measures: measures.most_frequent(),
    lambda of: ("text", "text"),
    ("order_id", "product", "category"),
    of_property=True,
    grain="value",
    example="kind: most_frequent\nevents: Order Completed\nof: category\nwithin_days: 365",
)
