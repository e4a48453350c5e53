"""count, days_since_first, days_since_last: of events themselves."""

from __future__ import annotations

from tenure.definitions.kinds.kind import Kind
from tenure.definitions.objects import Words

__all__ = ["COUNT", "DAYS_SINCE_FIRST", "DAYS_SINCE_LAST"]

COUNT = Kind(
    "count",
    Words("How many events.", "事件的次数。"),
    lambda feature, measures: measures.count(),
    lambda of: ("integer", "count"),
    counted=True,
    example="kind: count\nevents: Order Completed\nwithin_days: 30",
)
DAYS_SINCE_FIRST = Kind(
    "days_since_first",
    Words("The days from the first event's day to today.", "第一次事件当天距今多少天。"),
    lambda feature, measures: measures.days_since("first"),
    lambda of: ("integer", "days"),
    example="kind: days_since_first\nevents: Signed Up",
)
DAYS_SINCE_LAST = Kind(
    "days_since_last",
    Words("The days from the last event's day to today.", "最近一次事件当天距今多少天。"),
    lambda feature, measures: measures.days_since("last"),
    lambda of: ("integer", "days"),
    example="kind: days_since_last\nkinds: [page, screen]",
)
