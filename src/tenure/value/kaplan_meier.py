"""Kaplan–Meier (1958): survival without a model, with Greenwood's error on the log-log scale."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from tenure.errors import UsageError
from tenure.value.histories import Floats, column
from tenure.value.plots import Plot, lines

__all__ = ["KaplanMeier"]


class KaplanMeier:
    """The part that lasts longer than each time at which somebody was lost.

    `times_`, `survival_`, `low_`, `high_` (at `level`), `at_risk_` and `lost_`, one row a time; time 0 is implied.
    """

    def __init__(self, level: float = 0.95) -> None:
        if not 0 < level < 1:
            raise UsageError(f"level must lie between 0 and 1, not {level}.")
        self.level = level

    def fit(self, duration: ArrayLike, lost: ArrayLike, weights: ArrayLike | None = None) -> Self:
        """Learn from one row a customer: how long it has been followed, and whether it was lost then."""
        t = column("duration", duration)
        gone = column("lost", lost, len(t)) > 0
        weight = np.ones(len(t)) if weights is None else column("weights", weights, len(t))
        if not len(t) or (t < 0).any():
            why = "duration is negative in some rows." if len(t) else "There is no customer to learn from."
            raise UsageError(why)
        times, of = np.unique(t, return_inverse=True)
        lost_then = np.bincount(of.ravel(), weight * gone, len(times))
        followed = np.bincount(of.ravel(), weight, len(times))
        at_risk = followed[::-1].cumsum()[::-1]
        some = lost_then > 0
        self.times_, self.lost_, self.at_risk_ = times[some], lost_then[some], at_risk[some]
        self.survival_ = np.cumprod(1 - self.lost_ / self.at_risk_)
        self.low_, self.high_ = self._interval()
        return self

    def _interval(self) -> tuple[Floats, Floats]:
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.cumsum(self.lost_ / (self.at_risk_ * (self.at_risk_ - self.lost_)))
            spread = special.ndtri((1 + self.level) / 2) * np.sqrt(variance) / np.log(self.survival_)
            low, high = (self.survival_ ** np.exp(sign * spread) for sign in (-1, 1))
        empty = self.survival_ <= 0
        return np.where(empty, 0.0, low), np.where(empty, 0.0, high)

    def survival(self, t: ArrayLike) -> Floats:
        """The part that lasts longer than t."""
        place = np.searchsorted(self.times_, np.asarray(t, np.float64), side="right")
        return np.concatenate([[1.0], self.survival_])[place]

    def plot_survival(self, axes: Any = None) -> Plot:
        """The part that lasts, with its interval, at time 0 and at each time of a loss."""
        times = np.concatenate([[0.0], self.times_])
        curves = {"survival": self.survival_, "low": self.low_, "high": self.high_}
        table = {"time": times, **{name: np.concatenate([[1.0], values]) for name, values in curves.items()}}
        return lines(table, "part that lasts", "Survival (Kaplan–Meier)", axes, steps=True)

    def median(self) -> float | None:
        """The time half do not outlast; None when more than half last."""
        below = np.flatnonzero(self.survival_ <= 0.5)
        return float(self.times_[below[0]]) if len(below) else None
