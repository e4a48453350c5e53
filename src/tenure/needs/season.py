"""How orders rise and fall with the weekday and the time of the year, and what of that is more than chance or growth.

Weekdays: each day against the seven around it. Months and weeks of the year: least squares on the logarithms with a
trend (straight and bent) beside the periods, so that growth is not taken for a season; that needs two whole years. With
less a yearly pattern cannot be told apart from a trend, and none is given. An F-test against the trend alone says
whether there is a season at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["Index", "Season", "season", "seasonal", "weekdays"]

Floats = NDArray[np.float64]

TWO_YEARS = 729
FEW_WEEKS = 8
SURE = 0.05


@dataclass(frozen=True)
class Index:
    """A period against an ordinary one (1), with its 95 per cent interval. Weekdays from 1 (Monday), months from 1."""

    period: int
    index: float
    low: float
    high: float


@dataclass(frozen=True)
class Season:
    """The shop's year and week. `yearly` is "told", "none" (no more than chance) or "short" (under two years)."""

    first: date
    last: date
    yearly: str
    p: float | None
    weekdays: tuple[Index, ...]
    months: tuple[Index, ...]
    weeks: tuple[Index, ...]
    by_month: tuple[tuple[date, float], ...]  # orders a day of each whole month, as they were


def season(first: date, daily: Floats) -> Season:
    """The pattern in orders a day from `first` on; days without orders are zeros."""
    days = [first + timedelta(days=number) for number in range(len(daily))]
    months, by_month = _means([(day.year, day.month) for day in days], daily, 28)
    last = days[-1] if days else first
    monthly = tuple((date(year, month, 1), float(mean)) for (year, month), mean in zip(months, by_month, strict=True))
    told = Season(first, last, "short", None, weekdays(days, daily), (), (), monthly)
    if len(days) < TWO_YEARS or len(months) < 24 or (by_month <= 0).any():
        return told
    found, p = seasonal(np.array([month for _, month in months]), np.log(by_month), 12)
    weeks, by_week = _means([day.isocalendar()[:2] for day in days], daily, 7)
    sold = by_week > 0
    weekly: tuple[Index, ...] = ()
    if sold.sum() >= 104:
        number = np.minimum(np.array([week for _, week in weeks]), 52)[sold]
        weekly, _ = seasonal(number, np.log(by_week[sold]), 52)
    yearly = "told" if p <= SURE else "none"
    return Season(first, last, yearly, p, told.weekdays, found, weekly, monthly)


def _means(keys: list[tuple[int, int]], daily: Floats, whole: int) -> tuple[list[tuple[int, int]], Floats]:
    """The mean of each period that the history covers as a whole (so many days at least)."""
    order: dict[tuple[int, int], list[float]] = {}
    for key, value in zip(keys, daily, strict=True):
        order.setdefault(key, []).append(float(value))
    full = {key: values for key, values in order.items() if len(values) >= whole}
    return list(full), np.array([np.mean(values) for values in full.values()])


def weekdays(days: list[date], daily: Floats) -> tuple[Index, ...]:
    """Each weekday against the mean of the seven days around it; nothing before eight weeks."""
    if len(days) < 7 * FEW_WEEKS:
        return ()
    around = np.convolve(daily, np.ones(7) / 7, mode="valid")
    middle = daily[3:-3]
    number = np.array([day.isoweekday() for day in days])[3:-3]
    known = around > 0
    ratios, number = middle[known] / around[known], number[known]
    return tuple(
        _mean_index(weekday, ratios[number == weekday]) for weekday in range(1, 8) if (number == weekday).any()
    )


def _mean_index(period: int, ratios: Floats) -> Index:
    mean = float(ratios.mean())
    if len(ratios) < 2:
        return Index(period, mean, 0.0, float("inf"))
    margin = float(special.stdtrit(len(ratios) - 1, 0.975) * ratios.std(ddof=1) / np.sqrt(len(ratios)))
    return Index(period, mean, max(0.0, mean - margin), mean + margin)


def seasonal(period: NDArray[np.int64], logs: Floats, periods: int) -> tuple[tuple[Index, ...], float]:
    """Every period's index beside a straight and bent trend, and the p-value of there being none at all."""
    when = np.linspace(-1, 1, len(logs))
    trend = np.column_stack([np.ones_like(when), when, when**2])
    contrasts = np.zeros((len(logs), periods - 1))  # the last period is minus the sum of the others
    for row, each in enumerate(period):
        if each == periods:
            contrasts[row] = -1
        else:
            contrasts[row, each - 1] = 1
    design = np.column_stack([trend, contrasts])
    beta, *_ = np.linalg.lstsq(design, logs, rcond=None)
    rest, freedom = logs - design @ beta, len(logs) - design.shape[1]
    plain = logs - trend @ np.linalg.lstsq(trend, logs, rcond=None)[0]
    inside = float(rest @ rest)
    f = (float(plain @ plain) - inside) / (periods - 1) / max(inside / freedom, 1e-300)
    effects, spread = _effects(design, beta, inside / freedom, periods)
    margin = float(special.stdtrit(freedom, 0.975)) * spread
    found = tuple(
        Index(place + 1, float(np.exp(effect)), float(np.exp(effect - width)), float(np.exp(effect + width)))
        for place, (effect, width) in enumerate(zip(effects, margin, strict=True))
    )
    return found, float(special.fdtrc(periods - 1, freedom, f))


def _effects(design: Floats, beta: NDArray[Any], variance: float, periods: int) -> tuple[Floats, Floats]:
    """The effects of all periods, the last one too, and their standard errors."""
    covariance = np.linalg.pinv(design.T @ design) * variance
    pick = np.vstack([np.eye(periods - 1), -np.ones(periods - 1)])
    rows = np.column_stack([np.zeros((periods, 3)), pick])
    return rows @ beta, np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
