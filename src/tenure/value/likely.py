"""Forecasts in whole purchases: of all purchases that could happen the likeliest, as many as are expected altogether.

An expected number such as 0.4 is right for sums, and no customer ever buys 0.4 times. The whole numbers of smallest
absolute error, among all that have a given sum, are each customer's quantile at one common level (the Lagrangian of
Σ|n − Y| with Σn fixed). That is what is given here, in the order of the expected numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tenure.value.attrition import Attrition
from tenure.value.histories import Floats

__all__ = ["likeliest", "whole"]

FEW = 20_000  # customers that the steps are taken from; more move them by less than they matter
UNLIKELY = 0.02


def whole(models: Sequence[Attrition], history: tuple[Floats, Floats, Floats], days: float, expected: Floats) -> Floats:
    """How many purchases each customer will likely make in the next days, as whole numbers that add up as `expected`.

    `history` is (frequency, recency, T). Who is expected to buy more never gets fewer.
    """
    rows = np.arange(len(expected))
    if len(rows) > FEW:
        rows = np.sort(np.random.default_rng(0).choice(rows, FEW, replace=False))
    few = (history[0][rows], history[1][rows], history[2][rows])
    steps = _steps(_counted(_chances(models, few, days), round(float(expected[rows].sum()))), expected[rows])
    if not len(steps):
        return np.zeros(len(expected))
    beyond = np.floor(np.maximum(expected - steps[-1], 0.0)) if len(rows) < len(expected) else 0.0
    return np.searchsorted(steps, expected, side="right") + beyond


def likeliest(
    models: Sequence[Attrition], history: tuple[Floats, Floats, Floats], days: float
) -> tuple[Floats, Floats, Floats]:
    """(number, chance, some): of all numbers of purchases in the next days each customer's likeliest, how likely it is,
    and how likely any purchase is.

    The chances are those of the models together, neither levelled nor corrected. Ties go to the smaller number.
    """
    number, left = np.zeros(len(history[0])), np.arange(len(history[0]))
    some = reached = _reach(models, history, days, 1)
    chance = 1 - some
    count = 0
    while len(left := left[reached[left] > chance[left]]):  # what is left could still hold a likelier number
        count += 1
        further = np.zeros(len(number))
        further[left] = _reach(models, tuple(column[left] for column in history), days, count + 1)
        here = reached[left] - further[left]
        better = left[here > chance[left]]
        number[better], chance[better] = count, (reached - further)[better]
        reached = further
    return number, chance, some


def _reach(models: Sequence[Attrition], history: Sequence[Floats], days: float, count: int) -> Floats:
    return np.asarray(np.mean([model.probability_at_least(count, days, *history) for model in models], axis=0))


def _chances(models: Sequence[Attrition], history: tuple[Floats, Floats, Floats], days: float) -> list[Floats]:
    """Place k holds the chances of more than k purchases of those for whom it is not unlikely."""
    found: list[Floats] = []
    left = np.arange(len(history[0]))
    while len(left):
        here = [column[left] for column in history]
        chance = _reach(models, here, days, len(found) + 1)
        left, chance = left[chance > UNLIKELY], chance[chance > UNLIKELY]
        found.append(chance)
    return found


def _counted(chances: list[Floats], total: int) -> list[int]:
    """How many customers get a first, a second, … purchase when the `total` likeliest are given out."""
    every = np.concatenate([*chances, np.zeros(0)])
    if not 0 < total <= len(every):
        return [len(chance) for chance in chances] if total else []
    level = -np.partition(-every, total - 1)[total - 1]
    counts = [int((chance > level).sum()) for chance in chances]
    for place, chance in enumerate(chances):  # those exactly at the level, until all are given out
        counts[place] += min(int((chance == level).sum()), total - sum(counts))
    return [count for count in counts if count]


def _steps(counts: list[int], expected: Floats) -> Floats:
    """The expected number from which a customer gets one purchase, two, …: alike customers all get it or none."""
    falling = -np.sort(-expected)
    found = []
    for count in counts:
        step = falling[count - 1]
        above = int(np.searchsorted(-falling, -step, side="left"))
        upto = int(np.searchsorted(-falling, -step, side="right"))
        found.append(step if count - above >= upto - count else np.nextafter(step, np.inf))
    return np.maximum.accumulate(np.array(found))
