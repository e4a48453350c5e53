"""MBG/CNBD-k: Platzer and Reutterer (2016), "Ticking away the moments", Marketing Science 35:779.

The MBG/NBD for customers who buy regularly: the time between two purchases is Erlang(k, λ), so that k silent ticks of a
clock of rate λ make a purchase. With n = r + kx and z = (T − t_x)/(alpha + T), a living customer has made j < k ticks
since the last purchase with weight c_j = Γ(n + j)/(Γ(n) j!) z^j, and its rate is then Gamma(n + j, alpha + T).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from tenure.errors import UsageError
from tenure.value.ahead import Ahead
from tenure.value.attrition import Params
from tenure.value.geometric import GeometricLoss, log_stay, softplus
from tenure.value.histories import Floats, Histories, column
from tenure.value.reckoning import digamma_rise, gamma_rise

__all__ = ["ModifiedBetaGeoErlang"]

LARGEST = 12
MOST = 100_000
SMALL = 1e-13
NEVER = math.log(1e-12)


class ModifiedBetaGeoErlang(GeometricLoss):
    """Customers buy regularly, at a rate of their own, and may be lost after every purchase, the first one too.

    `k` says how regularly: 1 is the ModifiedBetaGeo; the larger, the more even the gaps. Without `k`, `fit` takes the
    one of the largest likelihood; standard errors are those given k. Covariates are not for this model.
    """

    names = ("r", "alpha", "a", "b")
    losing_first = 1

    def __init__(self, unit: str = "week", k: int | None = None) -> None:
        super().__init__(unit)
        if k is not None and not (k == int(k) and 1 <= k <= LARGEST):
            raise UsageError(f"k must be a whole number from 1 to {LARGEST}, not {k}.")
        self.k, self.k_ = k, int(k or 1)

    @classmethod
    def from_params(cls, unit: str = "week", k: float = 1, **params: float) -> Self:
        """A model with these parameters; see `Model.from_params`."""
        model = super().from_params(unit, **params)
        model.k_ = cls(unit, int(k) if k == int(k) else k).k_  # type: ignore[arg-type]
        return model

    def fit(
        self,
        frequency: ArrayLike,
        recency: ArrayLike,
        T: ArrayLike,
        weights: ArrayLike | None = None,
        covariates: ArrayLike | None = None,
        log_gaps: ArrayLike | None = None,
    ) -> Self:
        """Learn from one row a customer; `log_gaps` is the sum of the logarithms of the times between its purchases.

        Raises UsageError when the data cannot teach a rate, or without `log_gaps` unless k is 1.
        """
        if covariates is not None:
            raise UsageError("ModifiedBetaGeoErlang takes no covariates. Use ModifiedBetaGeo or ParetoNBD with them.")
        best: dict[str, Any] | None = None
        for k in [self.k] if self.k else range(1, LARGEST + 1):
            self.k_ = k
            super().fit(frequency, recency, T, weights)
            self.log_likelihood_ = (self.log_likelihood_ or 0.0) + self._gaps(log_gaps, frequency, weights)
            if best is not None and self.log_likelihood_ <= best["log_likelihood_"]:
                break
            best = dict(vars(self))
        vars(self).update(best or {})
        return self

    def _gaps(self, log_gaps: ArrayLike | None, frequency: ArrayLike, weights: ArrayLike | None) -> float:
        """What the gaps, over which no parameter has a say, add to the height."""
        if log_gaps is None and self.k == 1:
            return 0.0
        count = len(column("frequency", frequency))
        weight = np.ones(count) if weights is None else column("weights", weights, count)
        return (self.k_ - 1) * float(weight @ _told(log_gaps, count))

    def log_likelihood(
        self,
        frequency: ArrayLike,
        recency: ArrayLike,
        T: ArrayLike,
        covariates: ArrayLike | None = None,
        log_gaps: ArrayLike | None = None,
    ) -> Floats:
        """Each history's log-likelihood; their sum is the fit's. Takes `log_gaps` as `fit` does."""
        heights = super().log_likelihood(frequency, recency, T, covariates)
        return heights if self.k_ == 1 else heights + (self.k_ - 1) * _told(log_gaps, len(heights))

    def _unscale(self, scale: float, purchases: float) -> None:
        super()._unscale(scale, self.k_ * purchases)

    def _never_lost(self, theta: Floats, histories: Histories) -> tuple[float, Floats]:
        height, slope = self._score(histories)(np.array([*theta, NEVER, 0.0]))
        return height, slope[:2]

    def _ticks(self, params: Params, histories: Histories) -> list[Floats]:
        """c_j for each j < k."""
        n = params["r"] + self.k_ * histories.x
        z = (histories.T - histories.t_x) / (params["alpha"] + histories.T)
        found = [np.ones(len(histories))]
        for j in range(1, self.k_):
            found.append(found[-1] * (n + j - 1) / j * z)
        return found

    def _rows(self, params: Params, histories: Histories) -> tuple[Floats, Mapping[str, Any]]:
        r, alpha, a, b = (params[name] for name in ("r", "alpha", "a", "b"))
        x, kept, made = histories.x, histories.x + 1, self.k_ * histories.x
        n, age, last = r + made, alpha + histories.T, alpha + histories.t_x
        ticks = self._ticks(params, histories)
        silent, since = sum(ticks), np.log(age) - np.log(last)
        more, lost = softplus(np.log(a / (b + x)) + n * since - np.log(silent))
        by_n = sum(c * (special.digamma(n + j) - special.digamma(n)) for j, c in enumerate(ticks)) / silent
        by_age = -sum(j * c for j, c in enumerate(ticks)) / silent / age
        heights = gamma_rise(r, made) - x * math.lgamma(self.k_) + r * np.log(alpha) - n * np.log(age)
        heights += np.log(silent) + more + gamma_rise(b, kept) - gamma_rise(a + b, kept)
        by_all = -digamma_rise(a + b, kept)
        return heights, {
            "r": digamma_rise(r, made) + np.log(alpha) - np.log(age) + lost * since + (1 - lost) * by_n,
            "alpha": r / alpha - (1 - lost) * (n / age - by_age) - lost * n / last,
            "a": by_all + lost / a,
            "b": by_all + digamma_rise(b, kept) - lost / (b + x),
        }

    def _lost_odds(self, params: Params, histories: Histories, since: Floats) -> Floats:
        n, ticks = params["r"] + self.k_ * histories.x, self._ticks(params, histories)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(params["a"] / (params["b"] + histories.x)) + n * since - np.log(sum(ticks)))

    def _mean(self, params: Params, histories: Histories, ahead: Ahead) -> Floats:
        youngest = params["alpha"] + float(np.min(histories.T, initial=np.inf))
        return np.asarray(sum(worth * self._made(params, histories, at) for at, worth in ahead.moments(youngest)))

    def _made(self, params: Params, histories: Histories, t: float) -> Floats:
        """The sum over counts of the chance to reach them: positive terms, each smaller than the one before."""
        total = np.zeros(len(histories))
        left = np.arange(len(histories))
        for count in range(1, MOST):
            term = self._reach(params, histories.at(left), t, count)
            total[left] += term
            left = left[term > SMALL * total[left]]
            if not len(left):
                break
        return total

    def _quiet(self, params: Params, histories: Histories, t: float) -> Floats:
        n, age = params["r"] + self.k_ * histories.x, params["alpha"] + histories.T
        longer = self._ticks(params, replace(histories, T=histories.T + t))
        return np.asarray(np.exp(-n * np.log1p(t / age)) * sum(longer) / sum(self._ticks(params, histories)))

    def _reach(self, params: Params, histories: Histories, t: float, count: int) -> Floats:
        n, ticks = params["r"] + self.k_ * histories.x, self._ticks(params, histories)
        share = t / (params["alpha"] + histories.T + t)
        reached = sum(c * special.betainc(self.k_ * count - j, n + j, share) for j, c in enumerate(ticks))
        stay = np.exp(log_stay(params["a"], params["b"] + histories.x + 1, count - 1))
        return np.asarray(stay * reached / sum(ticks))

    def _reach_new(self, count: int, t: float) -> float:
        p, k = self.params_, self.k_
        stay = np.exp(log_stay(p["a"], p["b"], count))
        return float(stay * special.betainc(k * count, p["r"], t / (p["alpha"] + t)))

    def expected_purchases_new(self, t: float) -> float:
        """How many repeat purchases somebody who just bought for the first time will make in t."""
        return float(self.expected_purchases(t, 0, 0, 0)[0])

    def _more(self) -> dict[str, Any]:
        return {**super()._more(), "k": self.k_}

    def _fill(self, document: Mapping[str, Any]) -> None:
        super()._fill(document)
        self.k_ = int(document["k"])


def _told(log_gaps: ArrayLike | None, count: int) -> Floats:
    if log_gaps is None:
        raise UsageError("Give log_gaps: the sum of the logarithms of the times between each customer's purchases.")
    return column("log_gaps", log_gaps, count)
