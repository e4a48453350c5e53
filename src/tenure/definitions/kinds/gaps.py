"""median_gap, mean_gap: the days between neighbouring days with an event, both within the window."""

from __future__ import annotations

from tenure.definitions.kinds.kind import Kind, Measures
from tenure.definitions.objects import Feature, Words

__all__ = ["MEAN_GAP", "MEDIAN_GAP"]


def _mean(feature: Feature, measures: Measures) -> str:
    return f"(CAST({measures.span()} AS DOUBLE) / nullif({measures.days()} - 1, 0))"


MEDIAN_GAP = Kind(
    "median_gap",
    Words(
        "The median of the days between neighbouring days with an event; unknown before the second.",
        "相邻两个有事件的日子之间间隔天数的中位数；不足两天时未知。",
    ),
    lambda feature, measures: measures.median_gap(),
    lambda of: ("float", "days"),
    grain="day",
    example="kind: median_gap\nevents: Order Completed",
)
MEAN_GAP = Kind(
    "mean_gap",
    Words(
        "The mean of the days between neighbouring days with an event; unknown before the second.",
        "相邻两个有事件的日子之间间隔天数的平均值；不足两天时未知。",
    ),
    _mean,
    lambda of: ("float", "days"),
    grain="day",
    example="kind: mean_gap\nevents: Order Completed\nwithin_days: 365",
)
