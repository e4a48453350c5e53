"""Kaplan–Meier (1958): survival without a model, with Greenwood's error on the log-log scale.

Greenwood's error is naught while nobody was lost and once everybody was, which is not to know for certain. Before the
first loss the interval is the exact one of so many at risk of whom none was lost (Clopper & Pearson 1934), as in the
beta product procedure of Fay, Brittain & Proschan (2013); after the last, its upper end is that of the time before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from tenure.errors import UsageError
from tenure.value.histories import Floats, column, weighed
from tenure.value.plots import Plot, lines

__all__ = ["KaplanMeier", "least_lasting"]


def least_lasting(at_risk: ArrayLike, level: float = 0.95) -> Floats:
    """The lower end of the exact interval for the part that lasts when none of `at_risk` was lost; 1 is the upper.

    Clopper & Pearson (1934) for n of n: the n-th root of half of what the level leaves out; 0 with nobody at risk.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(((1 - level) / 2) ** (1 / np.asarray(at_risk, np.float64)), np.float64)


class KaplanMeier:
    """The part that lasts longer than each time at which somebody was lost.

    `times_`, `survival_`, `low_`, `high_` (at `level`), `at_risk_` and `lost_`, one row a time; time 0 is implied.
    `followed_` is how long anybody was followed: what lies beyond is unknown, and asking for it raises UsageError.
    `early_times_` and `early_at_risk_` hold the times before the first loss at which somebody was seen last.
    """

    def __init__(self, level: float = 0.95) -> None:
        if not 0 < level < 1:
            raise UsageError(f"level must lie between 0 and 1, not {level}.")
        self.level = level

    def fit(self, duration: ArrayLike, lost: ArrayLike, weights: ArrayLike | None = None) -> Self:
        """Learn from one row a customer: how long it has been followed, and whether it was lost then."""
        t = column("duration", duration)
        gone = column("lost", lost, len(t)) > 0
        weight = weighed(weights, len(t))
        if not len(t) or (t < 0).any():
            why = "duration is negative in some rows." if len(t) else "There is no customer to learn from."
            raise UsageError(why)
        times, of = np.unique(t, return_inverse=True)
        lost_then = np.bincount(of.ravel(), weight * gone, len(times))
        followed = np.bincount(of.ravel(), weight, len(times))
        at_risk = followed[::-1].cumsum()[::-1]
        some, early = lost_then > 0, lost_then.cumsum() == 0
        rows = [times[some], lost_then[some], at_risk[some], times[early], at_risk[early]]
        return self._known(rows, float(t.max()))

    def _known(self, rows: Sequence[ArrayLike], followed: float) -> Self:
        self.times_, self.lost_, self.at_risk_, *early = (np.asarray(row, np.float64) for row in rows)
        self.early_times_, self.early_at_risk_ = early
        self.followed_ = followed
        self.survival_ = np.cumprod(1 - self.lost_ / self.at_risk_)
        self.low_, self.high_ = self._interval()
        return self

    def _interval(self) -> tuple[Floats, Floats]:
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.cumsum(self.lost_ / (self.at_risk_ * (self.at_risk_ - self.lost_)))
            spread = special.ndtri((1 + self.level) / 2) * np.sqrt(variance) / np.log(self.survival_)
            low, high = (self.survival_ ** np.exp(sign * spread) for sign in (-1, 1))
        empty = self.survival_ <= 0  # at the last time at most
        none_left = 1 - least_lasting(self.at_risk_[:1], self.level)  # all were lost at once: the mirror image
        before = np.concatenate([none_left, high])[: len(high)]
        return np.where(empty, 0.0, low), np.where(empty, before, high)

    def survival(self, t: ArrayLike) -> Floats:
        """The part that lasts longer than t."""
        place = np.searchsorted(self.times_, np.asarray(t, np.float64), side="right")
        return np.concatenate([[1.0], self.survival_])[place]

    def interval(self, t: ArrayLike) -> tuple[Floats, Floats]:
        """(low, high) of the part that lasts longer than t. Raises UsageError beyond what anybody was followed for."""
        at = self._asked(t, 0.0)
        place = np.searchsorted(self.times_, at, side="right")
        at_risk = np.concatenate([self.early_at_risk_, self.at_risk_[:1]])
        early = np.searchsorted(self.early_times_, at[place == 0])
        low, high = (np.concatenate([[1.0], limits])[place] for limits in (self.low_, self.high_))
        low[place == 0] = least_lasting(at_risk[early], self.level)
        return low, high

    def probability_alive(self, duration: ArrayLike, ahead: float) -> Floats:
        """The chance that one who has lasted so long lasts `ahead` longer; 0 where nobody lasted even so long."""
        at = self._asked(duration, ahead)
        return self._share(self.survival(at + ahead), at)

    def expected_lifetime(self, t: float, duration: ArrayLike) -> Floats:
        """How much of the next t one who has lasted so long is expected to stay (the restricted mean)."""
        return self.expected_value(t, duration)

    def expected_value(self, t: float, duration: ArrayLike, spend: ArrayLike = 1.0, discount: float = 0.0) -> Floats:
        """What one who has lasted so long brings in the next t, at `spend` a unit of time while staying.

        A unit of time later is worth 1/(1 + discount).
        """
        at = self._asked(duration, t)
        rate = float(np.log1p(discount))
        made = (self._area(at + t, rate) - self._area(at, rate)) * np.exp(rate * at)
        return self._share(made, at) * np.asarray(spend, np.float64)

    def _asked(self, duration: ArrayLike, ahead: float) -> Floats:
        at = column("duration", duration)
        if (at < 0).any() or ahead < 0:
            raise UsageError("duration and the time ahead cannot be negative.")
        if len(at) and at.max() + ahead > self.followed_ * (1 + 1e-9):
            raise UsageError(
                f"Nobody was followed for longer than {self.followed_:g}, so what comes after {at.max() + ahead:g} is"
                " unknown. Ask about a shorter time, or use a model that reaches beyond the data."
            )
        return at

    def _share(self, of: Floats, at: Floats) -> Floats:
        lasting = self.survival(at)
        return np.where(lasting > 0, of / np.maximum(lasting, 1e-300), 0.0)

    def _area(self, until: Floats, rate: float) -> Floats:
        """The area under survival from time 0, discounted at a continuous rate: exact, as survival goes in steps."""

        def within(start: Floats, end: Floats) -> Floats:
            return (np.exp(-rate * start) - np.exp(-rate * end)) / rate if rate else end - start

        starts, heights = np.concatenate([[0.0], self.times_]), np.concatenate([[1.0], self.survival_])
        whole = np.concatenate([[0.0], np.cumsum(heights[:-1] * within(starts[:-1], starts[1:]))])
        place = np.searchsorted(self.times_, until, side="right")
        return np.asarray(whole[place] + heights[place] * within(starts[place], until))

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON's own types; `from_dict` gives it back."""
        rows = {"times": self.times_, "lost": self.lost_, "at_risk": self.at_risk_}
        rows |= {"early_times": self.early_times_, "early_at_risk": self.early_at_risk_}
        listed = {name: [float(value) for value in values] for name, values in rows.items()}
        return {"model": type(self).__name__, "level": self.level, "followed": self.followed_, **listed}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """The curve of a document. Raises UsageError when it holds something else."""
        if document.get("model") != cls.__name__:
            raise UsageError(f'This document holds "{document.get("model")}", not {cls.__name__}.')
        rows = [document[name] for name in ("times", "lost", "at_risk", "early_times", "early_at_risk")]
        return cls(document["level"])._known(rows, float(document["followed"]))

    def plot_survival(self, axes: Any = None) -> Plot:
        """The part that lasts, with its interval, at time 0, where fewer are followed, and at each time of a loss."""
        times = np.unique(np.concatenate([[0.0], self.early_times_, self.times_]))
        low, high = self.interval(times)
        table = {"time": times, "survival": self.survival(times), "low": low, "high": high}
        return lines(table, "part that lasts", "Survival (Kaplan–Meier)", axes, steps=True)

    def median(self) -> float | None:
        """The time half do not outlast; None when more than half last."""
        below = np.flatnonzero(self.survival_ <= 0.5)
        return float(self.times_[below[0]]) if len(below) else None
