"""streak: how many days, weeks or months in a row have an event, up to now."""

from __future__ import annotations

from tenure.definitions.kinds.kind import Kind, Measures
from tenure.definitions.objects import Feature, Words

__all__ = ["STREAK"]


def _streak(feature: Feature, measures: Measures) -> str:
    return measures.streak(feature.every or "day")


STREAK = Kind(
    "streak",
    Words(
        "How many periods in a row (`every`) have an event. The present period still counts as open: it breaks nothing"
        " until it is over.",
        "连续有事件的周期数（`every`）。当前周期尚未结束，期间没有事件不算中断。",
    ),
    _streak,
    lambda of: ("integer", "count"),
    grain="value",
    counted=True,
    windows=False,
    needs=("every",),
    window_list=lambda feature: (),
    example="kind: streak\nevents: Order Completed\nevery: month",
)
