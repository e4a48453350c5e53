"""What the models of contracts share: whole periods until one is not renewed, S(t) = B(α, β + t^c)/B(α, β)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from tenure.errors import UsageError
from tenure.value.fitting import Score
from tenure.value.histories import Floats, column, weighed
from tenure.value.model import Model
from tenure.value.plots import Plot, lines

__all__ = ["Contract"]

FAR = 100_000


class Contract(Model):
    """Customers differ in their chance not to renew, Beta(alpha, beta); with `c` it also changes with age."""

    start: ClassVar[Mapping[str, float]]

    def fit(self, periods: ArrayLike, lost: ArrayLike, weights: ArrayLike | None = None) -> Self:
        """Learn from one row a customer: whole periods until now or the loss (1 or more), and whether it was lost.

        One lost in its first period has periods = 1, lost = True; `weights` make a row stand for many.
        """
        t = column("periods", periods)
        gone = column("lost", lost, len(t)) > 0
        weight = weighed(weights, len(t))
        if not len(t) or not weight.sum():
            raise UsageError("There is no customer to learn from.")
        if (t < 1).any() or (t != np.floor(t)).any():
            raise UsageError("periods must be whole numbers, 1 or more: a customer lost in the first period has 1.")
        if not weight[gone].sum():
            raise UsageError("No contract has ended yet, so there is no loss to learn.")
        theta = np.log([self.start[name] for name in self.names])
        self._climbed(_score(self, *_counted(t, gone, weight)), theta, float(weight.sum()))
        return self

    def survival(self, t: ArrayLike) -> Floats:
        """The part of a cohort that is still under contract after t periods."""
        return np.exp(_log_survival(self.params_, np.asarray(t, np.float64))[0])

    def retention(self, t: ArrayLike) -> Floats:
        """The chance to renew in period t of those who came that far."""
        at = np.asarray(t, np.float64)
        return self.survival(at) / self.survival(at - 1)

    def plot_survival(self, periods: int, axes: Any = None) -> Plot:
        """The part of a cohort still under contract after 0, 1, … `periods`."""
        times = np.arange(periods + 1.0)
        return lines({"period": times, "survival": self.survival(times)}, "part that lasts", "Survival", axes)

    def probability_alive(self, periods: ArrayLike, ahead: float) -> Floats:
        """The chance that one who has lasted so many periods lasts `ahead` more."""
        at = np.asarray(periods, np.float64)
        return self.survival(at + ahead) / self.survival(at)

    def probability_no_purchase(self, t: int, periods: ArrayLike) -> Floats:
        """The chance of no renewal within the next t periods: that the next one is not made; 1 within none."""
        at = np.atleast_1d(np.asarray(periods, np.float64))
        return 1 - self.probability_alive(at, 1) if t >= 1 else np.ones(len(at))

    def expected_purchases(self, t: int, periods: ArrayLike) -> Floats:
        """Expected renewals within the next t periods of one who has lasted so many."""
        at = np.atleast_1d(np.asarray(periods, np.float64))
        return np.asarray(sum(self.probability_alive(at, k) for k in range(1, int(t) + 1)) + 0 * at)

    def expected_value(self, t: int, periods: ArrayLike, spend: ArrayLike = 1.0, discount: float = 0.0) -> Floats:
        """What the renewals of the next t periods bring, at `spend` each, a period later worth 1/(1 + discount)."""
        at = np.atleast_1d(np.asarray(periods, np.float64))
        made = sum(self.probability_alive(at, k) * (1 + discount) ** -k for k in range(1, int(t) + 1))
        return np.asarray((made + 0 * at) * np.asarray(spend, np.float64))

    def expected_residual(self, discount: float, renewals: int) -> float:
        """Discounted expected residual lifetime, in periods, just before renewal number `renewals` + 1 is paid.

        Fader and Hardie (2010), Marketing Science 29:85: Σ S(t)/S(n) (1+d)^−(t−n−1) over t > n.
        """
        if discount <= 0:
            raise UsageError("The residual lifetime of a mixed population is only finite with a discount above zero.")
        steps = np.arange(0, min(FAR, int(60 / np.log1p(discount)) + 2))
        lasting = self.survival(renewals + 1 + steps) / self.survival(renewals)
        return float((lasting * (1 + discount) ** -steps.astype(float)).sum())


def _counted(t: Floats, gone: Any, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """(each number of periods, how many were lost then, how many lasted that long and go on)."""
    periods, of = np.unique(t, return_inverse=True)
    lost, kept = (np.bincount(of.ravel(), weights * which, len(periods)) for which in (gone, ~gone))
    return periods, lost.astype(np.float64), kept.astype(np.float64)


def _log_survival(params: Mapping[str, float], t: Floats) -> tuple[Floats, list[Floats]]:
    """log S(t), and its slopes by alpha, beta, c."""
    alpha, beta, c = params["alpha"], params["beta"], params.get("c", 1.0)
    u = t**c
    both, rise = special.digamma(alpha + beta + u), special.digamma(beta + u)
    height = special.gammaln(alpha + beta) - special.gammaln(beta) + special.gammaln(beta + u)
    by_alpha = special.digamma(alpha + beta) - both
    by_c = (rise - both) * u * np.log(np.maximum(t, 1e-300))
    slopes = [by_alpha, by_alpha + rise - special.digamma(beta), np.where(t > 0, by_c, 0.0)]
    return np.asarray(height - special.gammaln(alpha + beta + u)), slopes


def _score(model: Contract, t: Floats, lost: Floats, kept: Floats) -> Score:
    """Σ lost · log(S(t−1) − S(t)) + kept · log S(t)."""

    def score(theta: Floats) -> tuple[float, Floats]:
        params = dict(zip(model.names, np.exp(theta), strict=True))
        now, by_now = _log_survival(params, t)
        before, by_before = _log_survival(params, t - 1)
        fall = -np.expm1(np.minimum(now - before, -1e-300))
        height = float((lost * (before + np.log(fall)) + kept * now).sum())
        slopes = []
        for slope, earlier in zip(by_now, by_before, strict=True):
            slopes.append(float((lost * (earlier - (1 - fall) * slope) / fall + kept * slope).sum()))
        return height, np.array([slopes[n] * params[name] for n, name in enumerate(model.names)])

    return score
