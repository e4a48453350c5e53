"""share, trend: one sum divided by another: a part of the whole, or now against just before."""

from __future__ import annotations

from tenure.definitions.kinds.amounts import NUMBERS
from tenure.definitions.kinds.events_sql import part_of, value_of
from tenure.definitions.kinds.kind import Kind, Measures
from tenure.definitions.kinds.window import Window
from tenure.definitions.objects import Feature, Words
from tenure.definitions.sql import finite_sql

__all__ = ["SHARE", "TREND"]


def _measured(feature: Feature, measures: Measures, part: str | None, window: Window) -> str:
    if feature.of is None:
        return measures.count(part, window)
    return f"coalesce({measures.total(value_of(feature), part, window)}, 0)"


def _ratio(above: str, below: str) -> str:
    return finite_sql(f"(CAST({above} AS DOUBLE) / nullif(CAST({below} AS DOUBLE), 0))")


def _share(feature: Feature, measures: Measures) -> str:
    window = Window.of(feature)
    part = "false" if feature.part is None else part_of(feature.part)
    return _ratio(_measured(feature, measures, part, window), _measured(feature, measures, None, window))


def _trend(feature: Feature, measures: Measures) -> str:
    window = Window.of(feature)
    return _ratio(_measured(feature, measures, None, window), _measured(feature, measures, None, window.before))


SHARE = Kind(
    "share",
    Words(
        "Which part of the events (or of their amount) fulfils `part`; unknown without events.",
        "满足 `part` 条件的事件（或其金额）所占的比例；没有事件时未知。",
    ),
    _share,
    lambda of: ("float", "share"),
    NUMBERS,
    of_is_optional=True,
    of_property=True,
    needs=("part",),
    example="kind: share\nevents: Order Completed\nof: amount\npart: category = 'tea'\nwithin_days: 365",
)
TREND = Kind(
    "trend",
    Words(
        "The last N days against the N days before: 1 is unchanged, 0.5 half; unknown when there was nothing before.",
        "最近 N 天与之前 N 天之比：1 表示持平，0.5 表示减半；之前没有时未知。",
    ),
    _trend,
    lambda of: ("float", "share"),
    NUMBERS,
    of_is_optional=True,
    of_property=True,
    needs=("within_days",),
    window_list=lambda feature: (Window.of(feature), Window.of(feature).before),
    example="kind: trend\nevents: Order Completed\nof: amount\nwithin_days: 90",
)
