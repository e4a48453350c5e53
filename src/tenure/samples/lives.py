"""Who the simulated customers are and when they buy: BG/NBD (Fader, Hardie & Lee 2005) with drift and seasons.

A buyer places orders as a Poisson process with an own pace (gamma over people) and leaves for good after an order with
an own probability (beta over people). Two things are added: the pace drifts up or down over the years, and busy days
are busier (thinning). All times are days since the shop opened.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenure.samples.catalog import CATEGORIES, CHANNELS, CITIES
from tenure.samples.seasons import CEILING, hours

__all__ = ["Lives", "Purchases", "live", "purchases"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PACE_SHAPE, PACE_PER_DAY = 0.75, 0.016
LEAVES_A, LEAVES_B = 0.9, 3.2
FASTEST = 0.4


@dataclass(frozen=True)
class Lives:
    """One row a person: what is true about them, seen or not. Shapes (people,)."""

    number: Ints
    channel: Ints
    city: Ints
    chinese: Bools
    came: Floats
    visitor: Bools
    anonymous: Bools
    buyer: Bools
    pace: Floats
    drift: Floats
    leaves: Floats
    purse: Floats
    taste: Ints
    mail: Bools
    phone: Bools
    consent: Bools


@dataclass(frozen=True)
class Purchases:
    """Orders in no particular order (`person` counts within the block), and how each person's story ended."""

    person: Ints
    at: Floats
    left: Bools
    first: Floats
    last: Floats


def live(rng: np.random.Generator, numbers: Ints, arrivals: Floats, span: float) -> Lives:
    """Draw people; `arrivals` is the cumulated share of people who have come by each day's end, `span` the last."""
    count = len(numbers)
    channel = _pick(rng, [entry.share for entry in CHANNELS], count)
    city = _pick(rng, [entry[2] for entry in CITIES], count)
    at_home = np.array([entry[0] == "CN" for entry in CITIES])[city]
    visitor = rng.random(count) < 0.03
    buyer = (rng.random(count) < np.array([entry.buys for entry in CHANNELS])[channel]) & ~visitor
    pace = (
        rng.gamma(PACE_SHAPE, PACE_PER_DAY / PACE_SHAPE, count) * np.array([entry.pace for entry in CHANNELS])[channel]
    )
    leaves = rng.beta(LEAVES_A, LEAVES_B, count) * np.array([entry.leaves for entry in CHANNELS])[channel]
    mail = (rng.random(count) < 0.93) & ~visitor
    came = np.searchsorted(arrivals, rng.random(count), side="right") + hours(rng, count)
    return Lives(
        number=numbers,
        channel=channel,
        city=city,
        chinese=np.where(at_home, rng.random(count) < 0.95, rng.random(count) < 0.25),
        came=np.minimum(came, span - 0.3 * rng.random(count) - 0.001),
        visitor=visitor,
        anonymous=visitor | (rng.random(count) < 0.09),
        buyer=buyer,
        pace=np.clip(pace, 1e-5, FASTEST),
        drift=rng.normal(-0.25, 0.5, count),
        leaves=np.minimum(leaves, 0.98),
        purse=np.exp(rng.normal(0, 0.45, count)),
        taste=rng.integers(0, len(CATEGORIES), count),
        mail=mail,
        phone=(rng.random(count) < 0.55) & ~visitor,
        consent=mail & (rng.random(count) < 0.75),
    )


def purchases(rng: np.random.Generator, lives: Lives, weights: Floats) -> Purchases:
    """Every order within the days that `weights` covers."""
    count, days = len(lives.number), len(weights)
    at = lives.came + rng.exponential(4, count) * (rng.random(count) < 0.75) + 0.02
    left, first = np.zeros(count, bool), np.where(lives.buyer & (at < days), at, np.nan)
    last = first.copy()
    who = np.flatnonzero(~np.isnan(first))
    now = at[who]
    found: list[tuple[Ints, Floats]] = []
    bought = np.ones(len(who), bool)
    while len(who):
        found.append((who[bought], now[bought]))
        last[who[bought]] = now[bought]
        gone = bought & (rng.random(len(who)) < lives.leaves[who])
        left[who[gone]] = True
        who, now = who[~gone], now[~gone]
        pace = lives.pace[who] * np.exp(lives.drift[who] * (now - lives.came[who]) / 365)
        now = now + rng.exponential(1, len(who)) / (np.minimum(pace, FASTEST) * CEILING)
        who, now = who[now < days], now[now < days]
        bought = rng.random(len(who)) * CEILING < weights[now.astype(np.int64)]
    if not found:
        return Purchases(np.empty(0, np.int64), np.empty(0), left, first, last)
    return Purchases(np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found]), left, first, last)


def _pick(rng: np.random.Generator, shares: list[float], count: int) -> Ints:
    edges = np.cumsum(shares) / sum(shares)
    return np.searchsorted(edges, rng.random(count), side="right").astype(np.int64)
