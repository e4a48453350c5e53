"""Holdouts: who is left alone for comparison, fixed for ever by a hash, and what the comparison says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import sqrt

__all__ = ["Difference", "difference", "held_out"]

ENOUGH = 100  # people in each group before a difference is told
REACHED = 5  # people in each group who reached the goal, and who did not


def held_out(customer_key: int, journey: str, percent: int) -> bool:
    """Whether this customer is in the journey's holdout. Raising the percentage only adds people."""
    digest = hashlib.sha256(f"{journey}:{customer_key}".encode()).digest()
    return int.from_bytes(digest[:8]) % 10_000 < percent * 100


@dataclass(frozen=True)
class Difference:
    """Share of those treated who reached the goal minus the share of those held out, with its 95 % interval."""

    treated: int
    treated_reached: int
    held: int
    held_reached: int
    enough: bool
    points: float = 0.0
    low: float = 0.0
    high: float = 0.0

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.enough and (self.low > 0 or self.high < 0)


def difference(treated: int, treated_reached: int, held: int, held_reached: int) -> Difference:
    """Compare two groups by Newcombe's interval for two proportions (1998, method 10: from two Wilson intervals).

    `enough` is False with fewer than 100 people in a group or fewer than 5 on either side of the goal: then say so.
    """
    few = min(treated, held) < ENOUGH or treated_reached + held_reached < 2 * REACHED
    if few:
        return Difference(treated, treated_reached, held, held_reached, enough=False)
    one, other = treated_reached / treated, held_reached / held
    low_one, high_one = _wilson(treated_reached, treated)
    low_other, high_other = _wilson(held_reached, held)
    gap = one - other
    low = gap - sqrt((one - low_one) ** 2 + (high_other - other) ** 2)
    high = gap + sqrt((high_one - one) ** 2 + (other - low_other) ** 2)
    return Difference(treated, treated_reached, held, held_reached, True, gap, low, high)


def _wilson(reached: int, people: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval (1927) of a proportion."""
    share = reached / people
    middle = share + z * z / (2 * people)
    spread = z * sqrt(share * (1 - share) / people + z * z / (4 * people * people))
    scale = 1 + z * z / people
    return (middle - spread) / scale, (middle + spread) / scale
