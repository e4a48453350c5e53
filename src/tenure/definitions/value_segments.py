"""The eight value segments from R, F and M scores: total and exclusive over all 125, and the rule for few data."""

from __future__ import annotations

from tenure.errors import UsageError

__all__ = ["FEW_DAYS", "FEW_REPEAT_CUSTOMERS", "PROSPECT", "VALUE_SEGMENTS", "value_segment", "value_segment_few"]

PROSPECT = "prospect"
VALUE_SEGMENTS = (
    "champion",
    "loyal",
    "high_potential",
    "recent",
    "nurture",
    "cant_lose",
    "at_risk",
    "about_to_lose",
)
FEW_REPEAT_CUSTOMERS = 100
FEW_DAYS = (40, 90, 180)


def value_segment(r: int, f: int, m: int) -> str:
    """The segment of three scores from 1 (lowest) to 5 (highest). Raises UsageError outside 1..5."""
    if not all(1 <= score <= 5 for score in (r, f, m)):
        raise UsageError(f"RFM scores run from 1 to 5; {r}, {f}, {m} do not.")
    if r >= 4:
        if f >= 4 and m >= 4:
            return "champion"
        return "loyal" if f >= 3 else "high_potential" if m >= 4 else "recent"
    if r == 3:
        return "high_potential" if f >= 3 or m >= 4 else "nurture"
    if f >= 4 or m >= 4:
        return "cant_lose"
    return "at_risk" if r == 2 else "about_to_lose"


def value_segment_few(
    days_since_last_order: int | None, orders: int, high_value: bool, days: tuple[int, int, int] = FEW_DAYS
) -> str:
    """The segment while fewer than FEW_REPEAT_CUSTOMERS customers have ordered twice.

    Days since the last order, unless others are given: under 40 recent, under 90 needing care, under 180 at risk, from
    180 almost lost.
    Frequent means two or more orders; `high_value` that the average order is high for this shop.
    """
    if days_since_last_order is None or orders < 1:
        return PROSPECT
    near, middle, far = days
    frequent = orders >= 2
    if days_since_last_order < near:
        if frequent:
            return "champion" if high_value else "loyal"
        return "high_potential" if high_value else "recent"
    if days_since_last_order < middle:
        return "high_potential" if frequent or high_value else "nurture"
    if frequent or high_value:
        return "cant_lose"
    return "at_risk" if days_since_last_order < far else "about_to_lose"
