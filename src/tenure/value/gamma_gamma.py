"""Gamma-Gamma: spend a purchase. Fader and Hardie (2013), note 025; Colombo and Jiang (1999)."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from tenure.errors import UsageError
from tenure.value.fitting import Score, climb, covariance_at
from tenure.value.histories import Floats, column, weighed
from tenure.value.model import Model
from tenure.value.plots import Plot, matrix
from tenure.value.reckoning import by_count

__all__ = ["GammaGamma"]

FIRST_LOOK = 3_000


class GammaGamma(Model):
    """Each customer's purchases vary about a mean of its own: Gamma(p, ν) with ν ~ Gamma(q, v).

    `monetary` is the mean amount of the REPEAT purchases, in any unit of money; rows without a repeat purchase or
    without a positive amount teach nothing and are left out (`left_out_` counts them).
    """

    names = ("p", "q", "v")
    left_out_: int = 0

    def fit(self, frequency: ArrayLike, monetary: ArrayLike, weights: ArrayLike | None = None) -> Self:
        """Learn from one row a customer; returns the model itself. Raises UsageError when nobody has bought again."""
        x = column("frequency", frequency)
        z = column("monetary", monetary, len(x))
        weight = weighed(weights, len(x))
        used = (x > 0) & (z > 0) & (weight > 0)
        self.left_out_ = int(len(x) - used.sum())
        if not used.any():
            raise UsageError("No customer has a repeat purchase with a positive amount, so there is no spend to learn.")
        x, z, weight = x[used], z[used], weight[used]
        scale = float(np.average(z, weights=weight))
        start, inverse = _first_look(x, z / scale, weight)
        self._climbed(_score(x, z / scale, weight), start, float(weight.sum()), inverse, len(x))
        self.params_ = {**self.params_, "v": self.params_["v"] * scale}
        self.log_likelihood_ = (self.log_likelihood_ or 0.0) - float(weight.sum()) * math.log(scale)
        return self

    def expected_spend(self, frequency: ArrayLike, monetary: ArrayLike) -> Floats:
        """The mean a purchase of each, its own mean drawn towards everybody's; everybody's for those without a repeat.

        Without a finite mean (q ≤ 1) the median of the population stands in for it.
        """
        x = column("frequency", frequency)
        z = np.nan_to_num(np.asarray(monetary, np.float64).ravel(), nan=0.0)
        z = np.maximum(z if len(z) == len(x) else column("monetary", monetary, len(x)), 0.0)
        x = np.where(z > 0, x, 0.0)
        p, q, v = (self.params_[name] for name in self.names)
        shape = p * x + q
        return np.where(shape > 1, p * (v + x * z) / np.maximum(shape - 1, 1e-12), self.population_mean())

    def population_mean(self) -> float:
        """The mean spend a purchase over all customers; with q ≤ 1, where none is finite, the median of their means."""
        p, q, v = (self.params_[name] for name in self.names)
        if q > 1:
            return p * v / (q - 1)
        return float(p * v / special.gammaincinv(q, 0.5))

    def spend_interval(self, frequency: ArrayLike, monetary: ArrayLike, level: float = 0.9) -> tuple[Floats, Floats]:
        """(low, high) of each customer's own long-run mean a purchase, given what it has spent so far."""
        x = column("frequency", frequency)
        z = np.maximum(column("monetary", monetary, len(x)), 0.0)
        x = np.where(z > 0, x, 0.0)
        p, q, v = (self.params_[name] for name in self.names)
        ends = [special.gammaincinv(p * x + q, share) for share in ((1 + level) / 2, (1 - level) / 2)]
        return p * (v + x * z) / ends[0], p * (v + x * z) / ends[1]

    def plot_expected_spend(self, monetary: float, most: int = 20, axes: Any = None) -> Plot:
        """The mean a purchase ahead by frequency (1 to `most`) and by the mean so far, up to `monetary`."""
        x, z = (each.ravel() for each in np.meshgrid(np.arange(1.0, most + 1), np.linspace(0, monetary, 41)[1:]))
        table = {"frequency": x, "monetary": z, "expected_spend": self.expected_spend(x, z)}
        return matrix(table, "Expected spend a purchase", axes)

    def relative_variance(self, frequency: ArrayLike) -> Floats:
        """Variance ÷ mean² of a customer's long-run mean a purchase; infinite where the shape is 2 or less."""
        shape = self.params_["p"] * column("frequency", frequency) + self.params_["q"]
        return np.where(shape > 2, 1 / np.maximum(shape - 2, 1e-12), np.inf)

    def _more(self) -> dict[str, int]:
        return {"left_out": self.left_out_}


def _first_look(x: Floats, z: Floats, weights: Floats) -> tuple[Floats, Floats | None]:
    """Where to begin the climb, with the curvature there: the top over a part of the customers."""
    start = np.log([4.0, 3.0, 1.0])
    if len(x) <= 2 * FIRST_LOOK:
        return start, None
    few = np.random.default_rng(0).choice(len(x), FIRST_LOOK, replace=False)
    score, size = _score(x[few], z[few], weights[few]), float(weights[few].sum())
    found = climb(score, start, size).theta
    covariance = covariance_at(score, found)
    return found, None if covariance is None else covariance * size


def _score(x: Floats, z: Floats, weights: Floats) -> Score:
    """log L = Σ log Γ(px+q) − log Γ(px) − log Γ(q) + q log v + (px−1) log z + px log x − (px+q) log(xz+v)."""
    log_z, log_x, spent = np.log(z), np.log(x), x * z

    def score(theta: Floats) -> tuple[float, Floats]:
        p, q, v = np.exp(theta)
        tall = np.log(spent + v)
        rise = by_count(lambda n: special.gammaln(p * n + q) - special.gammaln(np.maximum(p * n, 1e-300)), x)
        px = p * x
        heights = rise - special.gammaln(q) + q * math.log(v) - log_z + px * (log_z + log_x) - (px + q) * tall
        by_p = x * (_digammas(p, q, x) + log_z + log_x - tall)
        by_q = by_count(lambda n: special.digamma(p * n + q) - special.digamma(q), x) + math.log(v) - tall
        by_v = q / v - (px + q) / (spent + v)
        slope = [p * float(weights @ by_p), q * float(weights @ by_q), v * float(weights @ by_v)]
        return float(weights @ heights), np.array(slope)

    return score


def _digammas(p: float, q: float, x: Floats) -> Floats:
    """ψ(px + q) − ψ(px), for x above zero."""
    return by_count(lambda n: special.digamma(p * n + q) - special.digamma(np.maximum(p * n, 1e-300)), x)
