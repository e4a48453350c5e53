"""BG/BB: Fader, Hardie and Shang (2010), "Customer-base analysis in a discrete-time noncontractual setting"."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from tenure.errors import UsageError
from tenure.value.fitting import Score
from tenure.value.histories import Floats, Histories, checked
from tenure.value.model import Model
from tenure.value.plots import Plot, matrix

__all__ = ["BetaGeoBetaBinomial"]


class BetaGeoBetaBinomial(Model):
    """At each occasion a customer is lost with a chance ~ Beta(gamma, delta), else buys with one ~ Beta(alpha, beta).

    Histories: x occasions with a purchase, the last of them at occasion t_x, of n so far (Marketing Science 29:1086).
    """

    names = ("alpha", "beta", "gamma", "delta")

    def fit(self, frequency: ArrayLike, recency: ArrayLike, n: ArrayLike, weights: ArrayLike | None = None) -> Self:
        """Learn from one row a customer, or one a kind of customer with `weights`; returns the model itself."""
        histories = _occasions(frequency, recency, n, weights).joined()
        if not (histories.x @ histories.weights):
            raise UsageError("Nobody has bought at any occasion yet, so there is no rate to learn.")
        self._climbed(_score(histories), np.log([1.0, 1.0, 1.0, 2.0]), float(histories.weights.sum()))
        return self

    def log_likelihood(self, frequency: ArrayLike, recency: ArrayLike, n: ArrayLike) -> Floats:
        """Each history's log-likelihood; their sum is the fit's."""
        return _heights(tuple(self.params_.values()), _occasions(frequency, recency, n, None))[0]

    def probability_alive(self, frequency: ArrayLike, recency: ArrayLike, n: ArrayLike) -> Floats:
        """The chance that each will be there at the next occasion (equation 11)."""
        return self._there(_occasions(frequency, recency, n, None), 1)

    def expected_purchases(self, t: int, frequency: ArrayLike, recency: ArrayLike, n: ArrayLike) -> Floats:
        """At how many of the next t occasions each will buy (equation 13, summed occasion by occasion)."""
        histories = _occasions(frequency, recency, n, None)
        alpha, beta = self.params_["alpha"], self.params_["beta"]
        chance = (alpha + histories.x) / (alpha + beta + histories.T)
        return np.asarray(chance * sum(self._there(histories, ahead) for ahead in range(1, int(t) + 1)))

    def expected_value(
        self,
        t: int,
        frequency: ArrayLike,
        recency: ArrayLike,
        n: ArrayLike,
        spend: ArrayLike = 1.0,
        discount: float = 0.0,
    ) -> Floats:
        """What each will spend at the next t occasions, an occasion later being worth 1/(1 + discount) as much."""
        histories = _occasions(frequency, recency, n, None)
        alpha, beta = self.params_["alpha"], self.params_["beta"]
        chance = (alpha + histories.x) / (alpha + beta + histories.T)
        there = sum(self._there(histories, ahead) * (1 + discount) ** -ahead for ahead in range(1, int(t) + 1))
        return np.asarray(chance * there * np.asarray(spend, np.float64))

    def plot_expected_purchases(self, t: int, n: int, axes: Any = None) -> Plot:
        """Purchases at the next t occasions by frequency and recency, of customers who have had n occasions."""
        x, t_x = _grid(n)
        table = {"frequency": x, "recency": t_x, "expected_purchases": self.expected_purchases(t, x, t_x, n)}
        return matrix(table, f"Expected purchases at the next {t} occasions", axes)

    def plot_probability_alive(self, n: int, axes: Any = None) -> Plot:
        """The chance of being there next time by frequency and recency, of customers who have had n occasions."""
        x, t_x = _grid(n)
        table = {"frequency": x, "recency": t_x, "probability_alive": self.probability_alive(x, t_x, n)}
        return matrix(table, "Probability of being a customer", axes)

    def expected_purchases_new(self, t: int) -> float:
        """At how many of the first t occasions somebody new will buy (equation 9)."""
        alpha, beta, gamma, delta = self.params_.values()
        there = sum(np.exp(special.betaln(gamma, delta + k) - special.betaln(gamma, delta)) for k in range(1, t + 1))
        return float(alpha / (alpha + beta) * there)

    def probability_no_purchase(self, t: int, frequency: ArrayLike, recency: ArrayLike, n: ArrayLike) -> Floats:
        """The chance that each buys at none of the next t occasions: the same history, t longer, is that likely."""
        now = _occasions(frequency, recency, n, None)
        later = Histories(now.x, now.t_x, now.T + int(t), now.weights, now.covariates)
        params = tuple(self.params_.values())
        return np.exp(_heights(params, later)[0] - _heights(params, now)[0])

    def _there(self, histories: Histories, ahead: int) -> Floats:
        """The chance of living until `ahead` occasions from now, given the history."""
        alpha, beta, gamma, delta = self.params_.values()
        height = _heights((alpha, beta, gamma, delta), histories)[0]
        both = special.betaln(alpha + histories.x, beta + histories.T - histories.x) - special.betaln(alpha, beta)
        there = special.betaln(gamma, delta + histories.T + ahead) - special.betaln(gamma, delta)
        return np.asarray(np.exp(both + there - height))


def _occasions(frequency: ArrayLike, recency: ArrayLike, n: ArrayLike, weights: ArrayLike | None) -> Histories:
    histories = checked(frequency, recency, n, weights)
    if (histories.x > histories.t_x).any():
        raise UsageError("frequency is larger than recency: more purchases than occasions until the last of them.")
    return histories


def _grid(n: int) -> tuple[Floats, Floats]:
    """Every (frequency, recency) that n occasions can bring."""
    x, t_x = np.meshgrid(np.arange(n + 1.0), np.arange(n + 1.0))
    can_be = (x <= t_x) & ((x > 0) | (t_x == 0))
    return x[can_be], t_x[can_be]


def _score(histories: Histories) -> Score:
    def score(theta: Floats) -> tuple[float, Floats]:
        params = np.exp(theta)
        heights, slopes = _heights(tuple(params), histories)
        return float(histories.weights @ heights), params * (slopes @ histories.weights)

    return score


def _heights(params: tuple[float, ...], histories: Histories) -> tuple[Floats, Floats]:
    """Log-likelihoods (equation 6), of those alive at n or lost after an occasion since t_x; and their slopes."""
    alpha, beta, gamma, delta = params
    x, t_x, n = histories.x, histories.t_x, histories.T
    terms, slopes = [], []
    for silent in range(int((n - t_x).max(initial=0)) + 1):
        lost = silent < n - t_x  # lost before occasion t_x + silent + 1; else the term of those alive at n
        seen = np.where(lost, t_x + silent, n)
        a, b, c, d = alpha + x, beta + seen - x, gamma + lost, delta + seen
        term = special.betaln(a, b) - special.betaln(alpha, beta) + special.betaln(c, d) - special.betaln(gamma, delta)
        terms.append(np.where(silent <= n - t_x, term, -np.inf))
        slopes.append(_beta_slopes(a, b, alpha, beta) + _beta_slopes(c, d, gamma, delta))
    every = np.array(terms)
    height = special.logsumexp(every, axis=0)
    share = np.exp(every - height)
    return height, np.einsum("kr,kpr->pr", share, np.array(slopes))


def _beta_slopes(a: Any, b: Any, first: float, second: float) -> list[Floats]:
    """Slopes of log B(a, b) − log B(first, second) by the two parameters."""
    both = special.digamma(a + b) - special.digamma(first + second)
    return [
        special.digamma(a) - special.digamma(first) - both,
        special.digamma(b) - special.digamma(second) - both,
    ]
