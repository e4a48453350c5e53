"""When a customer will order next: its own gaps, shrunk to the shop's on the scale of logarithms.

A mean of a few gaps is worse than one number for everybody; the geometric mean of the customer's gaps together with
`weight` gaps of the shop's middle one is better than both. The weight is chosen on the gap before the last, never on
the one that judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import duckdb
import numpy as np
from numpy.typing import NDArray

from tenure.clock import AsOf, naive

__all__ = ["Rhythm", "Rhythms", "learn", "read"]

WEIGHTS = (0.1, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0)
FEW = 20
USUAL = 60.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rhythms:
    """One row a customer who has ordered: how many gaps, their logarithms summed, the latest two, the last day."""

    customer_key: NDArray[np.int64]
    gaps: Floats
    log_gaps: Floats
    last_gap: Floats
    gap_before: Floats
    last_day: NDArray[np.datetime64]

    def before_last(self) -> tuple[Rhythms, Floats]:
        """Everybody with two gaps or more as they stood before the last one, and that last gap as the answer."""
        told = self.gaps >= 2
        rest = Rhythms(
            self.customer_key[told],
            self.gaps[told] - 1,
            self.log_gaps[told] - np.log(self.last_gap[told]),
            self.gap_before[told],
            np.full(int(told.sum()), np.nan),
            self.last_day[told] - self.last_gap[told].astype("timedelta64[D]"),
        )
        return rest, self.last_gap[told]


@dataclass(frozen=True)
class Rhythm:
    """The shop's middle gap in days and how many gaps of its own a customer needs to outweigh it."""

    middle: float
    weight: float

    def days(self, rhythms: Rhythms) -> Floats:
        """The expected gap of each customer after its last order."""
        return np.asarray(
            np.exp(
                (self.weight * np.log(self.middle) + rhythms.log_gaps) / (self.weight + rhythms.gaps)
            )
        )  # fmt: skip


def read(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> Rhythms:
    """Everybody's gaps before an instant."""
    query = files("tenure.needs").joinpath("next_order.sql").read_text("utf-8")
    rows = con.execute(query, {"before": naive(as_of.instant)}).fetchnumpy()
    return Rhythms(
        np.asarray(rows["customer_key"], dtype=np.int64),
        np.asarray(rows["gaps"], dtype=float),
        np.asarray(rows["log_gaps"], dtype=float),
        _known(rows["last_gap"]),
        _known(rows["gap_before"]),
        np.asarray(rows["last_day"], dtype="datetime64[D]"),
    )


def _known(column: object) -> Floats:
    return np.asarray(np.ma.filled(np.ma.asarray(column, dtype=float), np.nan))


def learn(rhythms: Rhythms) -> Rhythm:
    """The middle gap, and the weight with the smallest mean error on the last gap of everybody who has two or more."""
    earlier, truth = rhythms.before_last()
    if len(truth) < FEW:
        known = rhythms.last_gap[~np.isnan(rhythms.last_gap)]
        return Rhythm(float(np.median(known)) if len(known) else USUAL, WEIGHTS[3])
    middle = float(np.exp(np.median(earlier.log_gaps / earlier.gaps)))
    errors = {w: float(np.abs(truth - Rhythm(middle, w).days(earlier)).mean()) for w in WEIGHTS}
    return Rhythm(middle, min(errors, key=lambda weight: errors[weight]))
