"""Contracts: whose run at an instant, how long one period is, and whether the company lives from them.

A contract begins with `Subscription Started`, goes on with each `Subscription Renewed` and ends with `Subscription
Cancelled`, or a quarter of its period after the paid time is over. Where no renewal was ever told, only a
cancellation ends it. The period is the event's `interval` (week, month, quarter, year), else the company's usual gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from tenure.clock import AsOf, naive
from tenure.errors import UsageError
from tenure.value.shifted_beta_geometric import ShiftedBetaGeometric

__all__ = ["Contracts", "Held", "by_age", "contracts", "held", "lasted"]

FEW = 100  # gaps between payments, for a usual one


@dataclass(frozen=True)
class Contracts:
    """A company's contracts before an instant: who ever held one, who ever paid at all, and the usual period."""

    holders: int
    payers: int
    renewals: int
    period: int

    @property
    def rule(self) -> bool:
        """Whether most who ever paid held a contract: then loss means a contract that was not renewed."""
        return self.holders * 2 > self.payers

    @property
    def expires(self) -> bool:
        """Whether renewals are told, so that their lack means something."""
        return self.renewals > 0


@dataclass(frozen=True)
class Held:
    """Everybody who ever held a contract, by key: the periods paid for since it last began, and whether it runs.

    `price` of a period in minor units is that of the last payment, NaN where none has an amount; `since` are the days
    from that payment to now, `period` is in days too.
    """

    customer_key: NDArray[np.int64]
    periods: NDArray[np.int64]
    runs: NDArray[np.bool_]
    price: NDArray[np.float64]
    period: NDArray[np.float64]
    since: NDArray[np.float64]

    @property
    def running(self) -> NDArray[np.int64]:
        """Whose contract runs."""
        return self.customer_key[self.runs]


def contracts(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> Contracts:
    """What is known of contracts from all that was before an instant; a month where no period can be told."""
    holders, payers, renewals, gaps, gap = con.execute(_sql("contracts"), {"before": naive(as_of.instant)}).fetchall()[
        0
    ]
    return Contracts(holders, payers, renewals, int(gap) if gaps >= FEW and gap else 31)


def held(con: duckdb.DuckDBPyConnection, as_of: AsOf, known: Contracts) -> Held:
    """All contracts as of an instant, in the order of keys."""
    asked = {"before": naive(as_of.instant), "day": as_of.day, "period": known.period, "expires": known.expires}
    rows = con.execute(_sql("running"), asked).fetchnumpy()
    keys, periods = (np.asarray(rows[name], np.int64) for name in ("customer_key", "periods"))
    rest = (_filled(rows[name]) for name in ("price", "period", "since"))
    return Held(keys, periods, np.asarray(rows["runs"], bool), *rest)


def _filled(column: Any) -> NDArray[np.float64]:
    """As floats, NaN where there is no value."""
    return np.asarray(np.ma.filled(np.ma.asarray(column, np.float64), np.nan), np.float64)


def by_age(all_held: Held, keys: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """The chance not to renew by the number of periods paid alone: sBG over all contracts so far; None without an end.

    One paid for n periods has been renewed n - 1 times, and is asked about its n-th renewal.
    """
    try:
        model = lasted(all_held)
    except UsageError:
        return None
    place = np.searchsorted(all_held.customer_key, keys)
    return np.asarray(1 - model.retention(np.maximum(all_held.periods[place], 1)))


def lasted(all_held: Held) -> ShiftedBetaGeometric:
    """How long contracts last, from all so far. Raises UsageError while none has ended."""
    times = np.where(all_held.runs, all_held.periods - 1, all_held.periods)
    told = times > 0
    return ShiftedBetaGeometric("month").fit(times[told], ~all_held.runs[told])


def _sql(name: str) -> str:
    return files("tenure.value").joinpath(f"{name}.sql").read_text("utf-8")
