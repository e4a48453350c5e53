"""Orders of everybody, in any order, as buying days and then as one row a buyer: sorted once, added up in runs.

With two hashes in DuckDB, over customer and day and then over the customer, the summary of 1 M customers (1.9 M orders)
took 2.0 to 2.2 CPU seconds where it takes 1.5 to 1.9 so, measured in turn on a busy machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenure.value.histories import Floats

__all__ = ["Buyers", "buyers", "buying_days"]

DAYS = 22  # bits of a day; five thousand years on either side of 1970
MIDDLE = 1 << (DAYS - 1)

Integers = NDArray[np.int64]
Days = NDArray[np.int64] | NDArray[np.int32]


@dataclass(frozen=True)
class Buyers:
    """One row a buyer, by key: buying days, the first and the last of them, and money.

    A day's money is that of its orders together; `priced` days have some above zero, of which `amount` is the sum.
    `first_amount` is that of the first day, zero unless it is priced.
    """

    customer_key: Integers
    days: Integers
    first: Integers
    last: Integers
    priced: Integers
    amount: Integers
    first_amount: Integers

    @property
    def repeat_priced(self) -> Floats:
        """Priced days but for the first buying day."""
        return (self.priced - (self.first_amount > 0)).astype(np.float64)

    @property
    def monetary(self) -> Floats:
        """Mean money of those days, 0 where there is none."""
        return (self.amount - self.first_amount) / np.maximum(self.repeat_priced, 1.0)


def buyers(customer_key: Integers, day: Days, amount: Integers) -> Buyers:
    """From one row an order. Works in place where it can: with millions of rows, new memory is half the cost."""
    key, days, money = buying_days(customer_key, day, amount)
    starts = _starts(key)
    ends = np.append(starts, len(key))[1:]
    return Buyers(
        key[starts], ends - starts, days[starts], days[ends - 1], _sums(money > 0, starts), _sums(money, starts),
        money[starts],
    )  # fmt: skip


def buying_days(customer_key: Integers, day: Days, amount: Integers) -> tuple[Integers, Integers, Integers]:
    """(customer_key, day, money of that day, zero at least), sorted, each pair once."""
    packed = np.left_shift(customer_key, DAYS, dtype=np.int64)
    packed += day
    packed += MIDDLE
    order = np.argsort(packed)
    packed, amount = packed[order], amount[order]
    starts = _starts(packed)
    money, days = _sums(amount, starts), packed[starts]
    key = days >> DAYS
    days &= (1 << DAYS) - 1
    days -= MIDDLE
    return key, days, np.maximum(money, 0, out=money)


def _starts(values: Integers) -> NDArray[np.intp]:
    """Where each run of equal values begins."""
    return np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])


def _sums(values: NDArray[np.int64] | NDArray[np.bool_], starts: NDArray[np.intp]) -> Integers:
    if not len(starts):
        return np.zeros(0, np.int64)
    return np.asarray(np.add.reduceat(values, starts, dtype=np.int64))
