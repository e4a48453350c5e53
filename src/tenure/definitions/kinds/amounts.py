"""sum, average, min, max: of a number that events have."""

from __future__ import annotations

from tenure.definitions.kinds.events_sql import value_of
from tenure.definitions.kinds.kind import Kind, Measures, Shape
from tenure.definitions.objects import Feature, Words
from tenure.definitions.sql import finite_sql

__all__ = ["AVERAGE", "MAX", "MIN", "NUMBERS", "SUM"]

NUMBERS = ("amount", "quantity")


def _sum(feature: Feature, measures: Measures) -> str:
    total = f"coalesce({measures.total(value_of(feature))}, 0)"
    # More than fits is unknown for this customer; it stops nobody else.
    return f"TRY_CAST({total} AS BIGINT)" if feature.type == "integer" else finite_sql(f"CAST({total} AS DOUBLE)")


def _average(feature: Feature, measures: Measures) -> str:
    value = value_of(feature)
    total = measures.total(f"CAST({value} AS DOUBLE)")
    return f"({total} / nullif(CAST({measures.count(f'({value}) IS NOT NULL')} AS DOUBLE), 0))"


def _number(of: str | None) -> Shape:
    return ("integer", "money") if of == "amount" else ("float", "count")


SUM = Kind(
    "sum",
    Words("The sum of a number; 0 without events.", "数值之和；没有事件时为 0。"),
    _sum,
    _number,
    NUMBERS,
    of_property=True,
    counted=True,
    example="kind: sum\nevents: [Order Completed, Order Refunded]\nof: amount\nperiod: this_month",
)
AVERAGE = Kind(
    "average",
    Words("The average over the events that have the number.", "有该数值的事件的平均值。"),
    _average,
    lambda of: ("float", "money" if of == "amount" else "count"),
    NUMBERS,
    of_property=True,
    example="kind: average\nevents: Order Completed\nof: amount",
)
MIN = Kind(
    "min",
    Words("The smallest number.", "最小的数值。"),
    lambda feature, measures: measures.least(value_of(feature)),
    _number,
    NUMBERS,
    of_property=True,
    example="kind: min\nevents: Order Completed\nof: amount",
)
MAX = Kind(
    "max",
    Words("The largest number.", "最大的数值。"),
    lambda feature, measures: measures.most(value_of(feature)),
    _number,
    NUMBERS,
    of_property=True,
    example="kind: max\nevents: Order Completed\nof: amount\nwithin_days: 365",
)
