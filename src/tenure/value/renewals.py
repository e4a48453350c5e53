"""What running contracts will bring: renewals and money of the next days, by the age of each contract.

For a company that lives from contracts alone. One model for all of them (shifted beta-geometric, Fader & Hardie 2007):
whoever has renewed often is likelier to renew again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenure.value.histories import UNITS, Floats
from tenure.value.running import Held, lasted

__all__ = ["Renewals", "renewals"]

MOST = 400  # renewals of one contract; more than a year has days
TAIL = 0.1  # on either side of the interval: eight of ten lie inside


@dataclass(frozen=True)
class Renewals:
    """One row a customer who ever held a contract, by key; money in minor units, discounted, NaN without a price."""

    customer_key: NDArray[np.int64]
    purchases: Floats
    alive: Floats
    value: Floats
    low: Floats
    high: Floats


def renewals(held: Held, days: float = 365.0, discount: float = 0.1) -> Renewals:
    """The renewals due in the next days; nothing of an ended contract. Raises UsageError while none has ended."""
    model, age = lasted(held), held.periods - 1.0
    due, left = np.maximum(held.period - held.since, 0.0), held.runs.copy()
    found = np.zeros((4, len(age)))
    for time in range(1, MOST):
        left &= due <= days
        if not left.any():
            break
        chance = model.probability_alive(age[left], time)
        worth = held.price[left] * (1 + discount) ** (-due[left] / UNITS["day"])
        found[:, left] += [chance, chance * worth, worth * (chance >= 1 - TAIL), worth * (chance >= TAIL)]
        due = due + held.period
    found[1:, held.runs & np.isnan(held.price)] = np.nan
    return Renewals(held.customer_key, found[0], held.runs.astype(float), *found[1:])
