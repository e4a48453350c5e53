"""What festivals do to orders: the days up to each against the weeks around them, guarded against chance.

The dates of Chinese and public holidays come from the package `holidays`; those of the trade stand here. How far an
ordinary window of the same length strays from the weeks around it says what chance does; all festivals together are
guarded by Benjamini & Hochberg.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import exp

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tenure.definitions import Words

__all__ = ["FESTIVALS", "Festival", "Swing", "dates", "swings"]

Floats = NDArray[np.float64]

AROUND = 28
SURE = 0.05


@dataclass(frozen=True)
class Festival:
    """A festival and how many days before it people buy for it (its own day counts too)."""

    key: str
    title: Words
    lead: int


@dataclass(frozen=True)
class Swing:
    """Orders in the days up to a festival against the weeks around: the mean over its times, interval, guarded p."""

    festival: Festival
    times: int
    next: date | None
    index: float
    low: float
    high: float
    p: float

    @property
    def sure(self) -> bool:
        """More than chance."""
        return self.p <= SURE


FESTIVALS = tuple(
    Festival(key, Words(en, zh), lead)
    for key, en, zh, lead in (
        ("spring", "Spring Festival", "春节", 14),
        ("lantern", "Lantern Festival", "元宵节", 6),
        ("valentine", "Valentine's Day", "情人节", 9),
        ("qingming", "Qingming", "清明节", 6),
        ("easter", "Easter", "复活节", 9),
        ("labour", "Labour Day", "劳动节", 6),
        ("mother", "Mother's Day", "母亲节", 9),
        ("520", "520", "520 告白日", 6),
        ("dragon", "Dragon Boat Festival", "端午节", 9),
        ("618", "618", "618 购物节", 4),
        ("mid_autumn", "Mid-Autumn Festival", "中秋节", 13),
        ("national", "National Day (China)", "国庆节", 6),
        ("halloween", "Halloween", "万圣节", 9),
        ("singles", "Singles' Day", "双十一", 4),
        ("black_friday", "Black Friday", "黑色星期五", 6),
        ("double_12", "Double 12", "双十二", 4),
        ("christmas", "Christmas", "圣诞节", 20),
    )
)
_FIXED = {"valentine": (2, 14), "labour": (5, 1), "520": (5, 20), "618": (6, 18), "national": (10, 1),
          "halloween": (10, 31), "singles": (11, 11), "double_12": (12, 12), "christmas": (12, 25)}  # fmt: skip
_CHINESE = {
    "spring": "Chinese New Year (Spring Festival)",
    "qingming": "Tomb-Sweeping Day",
    "dragon": "Dragon Boat Festival",
    "mid_autumn": "Mid-Autumn Festival",
}


def dates(year: int) -> dict[str, date]:
    """The day of each festival in a year; one whose day the calendar does not tell is left out."""
    from holidays import country_holidays

    found = {key: date(year, month, day) for key, (month, day) in _FIXED.items()}
    named: dict[str, date] = {}
    for country in ("CN", "GB"):
        for day, name in sorted(country_holidays(country, years=year, language="en_US").items()):
            for part in name.split("; "):
                named.setdefault(part, day)
    found |= {key: named[name] for key, name in _CHINESE.items() if name in named}
    if "spring" in found:
        found["lantern"] = found["spring"] + timedelta(days=14)
    if "Good Friday" in named:
        found["easter"] = named["Good Friday"] + timedelta(days=2)
    found["mother"] = _weekday(year, 5, 6, 2)
    found["black_friday"] = _weekday(year, 11, 3, 4) + timedelta(days=1)
    return found


def _weekday(year: int, month: int, weekday: int, place: int) -> date:
    """The second Sunday of May, say."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (place - 1))


def swings(first: date, daily: Floats, weekday: dict[int, float]) -> tuple[Swing, ...]:
    """Every festival that lies in the history with four weeks around it. `weekday`: index of each, 1 to 7."""
    ordinary = np.array([weekday.get((first + timedelta(days=n)).isoweekday(), 1.0) for n in range(len(daily))])
    level = np.where(ordinary > 0.05, daily / np.maximum(ordinary, 0.05), np.nan)
    last = first + timedelta(days=len(daily) - 1)
    when = {year: dates(year) for year in range(first.year, last.year + 2)}
    told: dict[str, tuple[Festival, int, float, float, float]] = {}
    while True:  # the surest first; its days then stand in nobody else's way
        others = [each for each in FESTIVALS if each.key not in told]
        clear = _without(level, first, when, [each[0] for each in told.values()])
        seen = {each.key: found for each in others if (found := _times(each, first, clear, when)) is not None}
        guarded = _guarded(
            {**{key: each[-1] for key, each in told.items()}, **{k: each[-1] for k, each in seen.items()}}
        )
        surest = min(seen, key=lambda key: seen[key][-1], default=None)
        if surest is None or guarded[surest] > SURE:
            break
        told[surest] = seen[surest]
    known = [*told.values(), *seen.values()]
    coming = {
        festival.key: min(day for year in when.values() if (day := year.get(festival.key)) and day > last)
        for festival in FESTIVALS
        if any(day > last for year in when.values() if (day := year.get(festival.key)))
    }
    swung = (
        Swing(each, times, coming.get(each.key), exp(mean), exp(mean - width), exp(mean + width), guarded[each.key])
        for each, times, mean, width, _ in known
    )
    return tuple(sorted(swung, key=lambda swing: swing.p))


def _guarded(p_values: dict[str, float]) -> dict[str, float]:
    """Benjamini & Hochberg's adjusted p-values."""
    if not p_values:
        return {}
    from scipy import stats  # a second to import, so only where it is needed

    adjusted = stats.false_discovery_control(list(p_values.values()))
    return {key: float(p) for key, p in zip(p_values, adjusted, strict=True)}


def _without(level: Floats, first: date, when: dict[int, dict[str, date]], festivals: list[Festival]) -> Floats:
    """The level with the days of these festivals unknown."""
    clear = level.copy()
    for festival in festivals:
        for year in when.values():
            if festival.key in year:
                end = (year[festival.key] - first).days
                clear[max(0, end - festival.lead) : max(0, end + 1)] = np.nan
    return clear


def _times(
    festival: Festival, first: date, level: Floats, when: dict[int, dict[str, date]]
) -> tuple[Festival, int, float, float, float] | None:
    """(festival, how often, mean logarithm, half its interval, p-value); None where history does not show it."""
    long = festival.lead + 1
    ratios = _ratios(level, long)
    ends = [(year[festival.key] - first).days for year in when.values() if festival.key in year]
    own = np.array([ratios[end] for end in ends if 0 <= end < len(ratios) and np.isfinite(ratios[end])])
    others = np.array([not any(abs(n - end) <= long + AROUND for end in ends) for n in range(len(ratios))])
    chance = ratios[others & np.isfinite(ratios)]
    if not len(own) or len(chance) < 3 * long:
        return None
    spread, freedom = float(chance.std()), max(2, len(chance) // long - 1)
    error = max(spread / np.sqrt(len(own)), 1e-9)
    mean = float(own.mean())
    width = float(special.stdtrit(freedom, 0.975)) * error
    return festival, len(own), mean, width, float(2 * special.stdtr(freedom, -abs(mean) / error))


def _ratios(level: Floats, long: int) -> Floats:
    """For each day the logarithm of the mean of the `long` days up to it against the AROUND days before and after."""
    known = np.isfinite(level)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, level, 0.0))])
    counts = np.concatenate([[0.0], np.cumsum(known)])
    found = np.full(len(level), np.nan)
    end = np.arange(long - 1 + AROUND, len(level) - AROUND)
    if not len(end):
        return found
    start = end - long + 1
    inside, n = sums[end + 1] - sums[start], counts[end + 1] - counts[start]
    wide = sums[end + 1 + AROUND] - sums[start - AROUND] - inside
    m = counts[end + 1 + AROUND] - counts[start - AROUND] - n
    fit = (2 * n > long) & (m > AROUND / 2) & (inside > 0) & (wide > 0)
    found[end[fit]] = np.log((inside[fit] / n[fit]) / (wide[fit] / m[fit]))
    return found
