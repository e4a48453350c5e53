"""When people come and buy: weekdays, festivals, the months of each category, the hours of a day."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from tenure.samples.catalog import CATEGORIES

__all__ = ["CEILING", "category_weights", "day_weights", "hours"]

Floats = NDArray[np.float64]

CEILING = 3.0
"""No day is busier than this many ordinary days."""

_FESTIVALS = ((11, 11, 2.6, 4), (6, 18, 1.6, 4), (12, 12, 1.0, 2), (1, 25, 1.2, 9), (9, 20, 0.7, 7), (5, 1, 0.4, 3))
_WEEKDAYS = (0.92, 0.90, 0.93, 0.98, 1.06, 1.16, 1.05)
_HOURS = (1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2, 3, 4, 5, 5, 6, 5, 4, 4, 4, 4, 5, 6, 8, 9, 7, 3)


def day_weights(first: date, days: int) -> Floats:
    """How busy each day is against an ordinary one, at most CEILING; shape (days,)."""
    found = np.empty(days)
    for number in range(days):
        day = first + timedelta(days=number)
        lift = sum(height * _nearness(day, month, of_month, width) for month, of_month, height, width in _FESTIVALS)
        found[number] = _WEEKDAYS[day.weekday()] * (1 + lift)
    return np.minimum(found, CEILING)


def _nearness(day: date, month: int, of_month: int, width: int) -> float:
    nearest = min(abs((day - date(year, month, of_month)).days) for year in (day.year - 1, day.year, day.year + 1))
    return max(0.0, 1 - nearest / width)


def category_weights(first: date, days: int) -> Floats:
    """Share of each category on each day, cumulated; shape (days, categories)."""
    month = np.array([(first + timedelta(days=number)).month for number in range(days)])
    peaks = np.array([category.peak for category in CATEGORIES])
    swings = np.array([category.swing for category in CATEGORIES])
    away = np.abs(month[:, None] - peaks)
    weights = 1 + swings * np.cos(np.minimum(away, 12 - away) / 6 * np.pi)
    return np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)


def hours(rng: np.random.Generator, count: int) -> Floats:
    """Times of day as fractions, busiest in the evening; shape (count,)."""
    weights = np.cumsum(_HOURS) / sum(_HOURS)
    return (np.searchsorted(weights, rng.random(count), side="right") + rng.random(count)) / 24
