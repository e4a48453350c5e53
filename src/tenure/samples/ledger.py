"""What the simulated shop spent to win its customers: costs by acquisition channel and month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from tenure.samples.catalog import CHANNELS
from tenure.samples.seasons import day_weights
from tenure.samples.shop import Shop

__all__ = ["Cost", "costs"]

#: Minor units spent for every person who comes, by channel: advertising and sales.
_RATES: dict[str, tuple[int, int]] = {
    "advertising": (10_400, 0),
    "social": (5_600, 0),
    "content": (2_500, 0),
    "search": (7_700, 0),
    "community": (1_600, 900),
    "offline": (2_200, 8_600),
    "partner": (0, 6_500),
    "referral": (500, 2_700),
}
_RESEARCH = 120  # minor units for every person who comes, of no channel
_SPREAD = 0.15


@dataclass(frozen=True)
class Cost:
    """One line of the ledger; `until` is its last day, `channel` empty for what was spent for all of them."""

    first: date
    until: date
    channel: str
    kind: str
    amount: int


def costs(shop: Shop) -> list[Cost]:
    """The ledger of a shop, month by month in order; equal shops have equal ones."""
    rng = np.random.default_rng([shop.seed, 7])
    share = {channel.key: channel.share for channel in CHANNELS}
    found = []
    for first, until, people in _months(shop):
        for channel, rates in _RATES.items():
            for kind, rate in zip(("advertising", "sales"), rates, strict=True):
                spread = rng.uniform(1 - _SPREAD, 1 + _SPREAD)
                if rate:
                    amount = round(people * share[channel] * rate * spread, -2)
                    found.append(Cost(first, until, channel, kind, int(amount)))
        found.append(Cost(first, until, "", "research", int(round(people * _RESEARCH, -2))))
    return [cost for cost in found if cost.amount]


def _months(shop: Shop) -> list[tuple[date, date, float]]:
    """(first day, last day, people who came) of every calendar month of the shop, broken ones at its ends."""
    last = shop.first_day + timedelta(days=int(shop.span))
    days = [shop.first_day + timedelta(days=n) for n in range((last - shop.first_day).days + 1)]
    coming = day_weights(days[0], len(days)) * np.linspace(0.7, 1.6, len(days))
    coming *= shop.customers / coming.sum()
    found: dict[tuple[int, int], tuple[date, date, float]] = {}
    for day, people in zip(days, coming.tolist(), strict=True):
        first, _, before = found.get((day.year, day.month), (day, day, 0.0))
        found[(day.year, day.month)] = (first, day, before + people)
    return list(found.values())
