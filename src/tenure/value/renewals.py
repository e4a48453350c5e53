"""What running contracts will bring: renewals and money of the next days, by the age of each contract.

For a company that lives from contracts alone. One model for all of them (shifted beta-geometric, Fader & Hardie 2007):
whoever has renewed often is likelier to renew again. Where the risk of a contract itself is known, that decides over
the renewals it tells of; the model decides over all later ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from tenure.value.histories import UNITS, Floats
from tenure.value.running import Held, lasted
from tenure.value.shifted_beta_geometric import ShiftedBetaGeometric

__all__ = ["Chances", "Own", "Renewals", "ahead", "due_alone", "renewals"]

MOST = 400  # renewals of one contract; more than a year has days
TAIL = 0.1  # on either side of the interval: eight of ten lie inside
GRACE = 0.25  # of a period after the paid time: then a contract that was not renewed is over


@dataclass(frozen=True)
class Own:
    """Each contract's own chance still to run after so many days, in the order of the contracts; NaN where unknown."""

    days: float
    chance: Floats


@dataclass(frozen=True)
class Chances:
    """How likely the contracts of some customers, in the order of keys, still run after so many days."""

    days: float
    customer_key: NDArray[np.int64]
    chance: Floats

    def among(self, held: Held) -> Own:
        """The same in the order of these contracts; NaN of those that nothing is known of."""
        found = np.full(len(held.runs), np.nan)
        told = np.isin(held.customer_key, self.customer_key)
        found[told] = self.chance[np.searchsorted(self.customer_key, held.customer_key[told])]
        return Own(self.days, found)


@dataclass(frozen=True)
class Renewals:
    """One row a customer who ever held a contract, by key; money in minor units, discounted, NaN without a price.

    `stake` is what the value loses by the chance that the renewals which the own chance tells of are not made: the
    value were they made, less the value by that chance; NaN where no own chance is known.
    """

    customer_key: NDArray[np.int64]
    purchases: Floats
    alive: Floats
    value: Floats
    low: Floats
    high: Floats
    stake: Floats


@dataclass(frozen=True)
class Due:
    """One renewal of some contracts: whose (places), how many days ahead, and how likely it is made."""

    rows: NDArray[np.intp]
    days: Floats
    chance: Floats


def renewals(
    held: Held, days: float = 365.0, discount: float = 0.1, own: Own | None = None, by_age: bool = False
) -> Renewals:
    """The renewals due in the next days; nothing of an ended contract. Raises UsageError while none has ended.

    `by_age` values all by the model alone; what is at stake still follows the own chance.
    """
    found = np.zeros((5, len(held.runs)))
    model = lasted(held)
    safe = None if own is None else Own(own.days, np.where(np.isnan(own.chance), np.nan, 1.0))
    plain = ahead(held, model, days) if by_age else repeat(None)
    for each, kept, age in zip(ahead(held, model, days, own), ahead(held, model, days, safe), plain, strict=False):
        worth = held.price[each.rows] * (1 + discount) ** (-each.days / UNITS["day"])
        chance = (age or each).chance
        low, high = worth * (chance >= 1 - TAIL), worth * (chance >= TAIL)
        found[:, each.rows] += [chance, chance * worth, low, high, (kept.chance - each.chance) * worth]
    found[1:, held.runs & np.isnan(held.price)] = np.nan
    if own is None:
        found[4] = np.nan
    else:
        found[4, np.isnan(own.chance)] = np.nan
    return Renewals(held.customer_key, found[0], held.runs.astype(float), *found[1:])


def ahead(held: Held, model: ShiftedBetaGeometric, days: float, own: Own | None = None) -> Iterator[Due]:
    """The first renewal of every running contract, then the second, and so on, as far as they fall into the days."""
    age, rows = held.periods - 1, np.flatnonzero(held.runs)
    due, seen = _first(held), None if own is None else _seen(held, own)
    for time in range(1, MOST):
        rows = rows[due[rows] <= days]
        if not len(rows):
            break
        chance = _by_age(model, age[rows], time)
        if own is not None and seen is not None:
            chance = _followed(model, age[rows], time, chance, seen[rows], own.chance[rows])
        yield Due(rows, due[rows], chance)
        due = due + held.period


def due_alone(held: Held, days: float) -> Floats:
    """How many renewals of each running contract fall into the next days, were all of them made."""
    fit = np.floor((days - _first(held)) / held.period) + 1
    return np.where(held.runs, np.maximum(fit, 0.0), 0.0)


def _first(held: Held) -> Floats:
    """In how many days each contract is to be renewed: now when the day has passed."""
    return np.maximum(held.period - held.since, 0.0)


def _seen(held: Held, own: Own) -> NDArray[np.int64]:
    """Of how many renewals the own chance tells: those whose grace is over by then; of the first in any case."""
    whole = np.floor((own.days - _first(held) - GRACE * held.period) / held.period) + 1
    return np.asarray(np.maximum(whole, 1), np.int64)


def _by_age(model: ShiftedBetaGeometric, age: NDArray[np.int64], time: int) -> Floats:
    """The chance of `time` more renewals, worked out once an age."""
    ages, of = np.unique(age, return_inverse=True)
    return np.asarray(model.probability_alive(ages, time)[of.ravel()])


def _followed(
    model: ShiftedBetaGeometric,
    age: NDArray[np.int64],
    time: int,
    chance: Floats,
    seen: NDArray[np.int64],
    own: Floats,
) -> Floats:
    """The model's chance of a renewal made to agree with the contract's own chance of all `seen` of them.

    Within those, each takes its part of the own chance in the proportion (of logarithms) in which the model spreads
    them; a later one follows from the last of them by the model.
    """
    told = np.where(np.isnan(own), 1.0, own)
    all_seen = np.ones(len(age))
    for count in np.unique(seen):
        alike = seen == count
        all_seen[alike] = _by_age(model, age[alike], int(count))
    within = told ** (np.log(chance) / np.log(all_seen))
    found = np.where(time <= seen, within, told * chance / all_seen)
    return np.where(np.isnan(own), chance, found)
