"""Loss that can only happen right after a purchase, with a chance drawn from Beta(a, b): the BG family.

Fader, Hardie and Lee (2005), Marketing Science 24:275; Batislam, Denizel and Filiztekin (2007), IJRM 24:201. What a
living customer buys is E[(1 − (1 + pu)^−r′)/p] over p ~ Beta(a, b′), with r′ = r + x, u = t/(alpha + T), b′ = b + x
(+ 1 when the first purchase may lose a customer): a mean of positive terms, so nothing cancels at any parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from scipy import special

from tenure.value.ahead import Ahead
from tenure.value.attrition import Attrition, Params
from tenure.value.histories import Floats, Histories
from tenure.value.quadrature import along, beta_nodes
from tenure.value.reckoning import by_count, digamma_rise, gamma_rise

__all__ = ["GeometricLoss", "alive_mean", "log_stay", "softplus"]

CHUNK = 2_048


class GeometricLoss(Attrition):
    """r, alpha: purchase rates ~ Gamma(r, alpha); a, b: chance of loss at a purchase ~ Beta(a, b)."""

    loss = ("a", "b")
    loss_sign = 1.0
    none_lost = {"a": 0.0, "b": 1.0}
    start = {"r": 0.5, "a": 0.8, "b": 2.0}
    losing_first: ClassVar[int]
    """1 when the first purchase may lose a customer already, else 0."""

    def _rows(self, params: Params, histories: Histories) -> tuple[Floats, Mapping[str, Any]]:
        r, alpha, a, b = (params[name] for name in ("r", "alpha", "a", "b"))
        x, t_x, T = histories.x, histories.t_x, histories.T
        kept, n = x + self.losing_first, r + x
        age, last = np.log(alpha + T), np.log(alpha + t_x)
        since = age - last
        more, lost = softplus(self._lost_odds(params, histories, since))
        log_alpha, lost_n = np.log(alpha), lost * n
        heights = gamma_rise(r, x) + r * log_alpha - n * age + more
        heights += gamma_rise(b, kept) - gamma_rise(a + b, kept)
        by_all = -digamma_rise(a + b, kept)
        return heights, {
            "r": digamma_rise(r, x) + log_alpha - age + lost * since,
            "alpha": r / alpha - (n - lost_n) / (alpha + T) - lost_n / (alpha + t_x),
            "a": by_all + lost / a,
            "b": by_all + digamma_rise(b, kept) - lost / np.where(kept > 0, b + kept - 1, 1.0),
        }

    def _lost_odds(self, params: Params, histories: Histories, since: Floats) -> Floats:
        """The logarithm of P(lost) / P(alive); −∞ for those whom nothing can have lost yet."""
        kept = histories.x + self.losing_first
        a, b = params["a"], params["b"]
        with np.errstate(divide="ignore"):
            if isinstance(a, np.ndarray):
                odds = np.log(np.where(kept > 0, a / np.where(kept > 0, b + kept - 1, 1.0), 0.0))
            else:
                odds = by_count(lambda n: np.log(np.where(n > 0, a / np.where(n > 0, b + n - 1, 1.0), 0.0)), kept)
        return np.asarray(odds + (params["r"] + histories.x) * since)

    def _alive(self, params: Params, histories: Histories) -> Floats:
        since = np.log1p((histories.T - histories.t_x) / (params["alpha"] + histories.t_x))
        return np.asarray(special.expit(-self._lost_odds(params, histories, since)))

    def _mean(self, params: Params, histories: Histories, ahead: Ahead) -> Floats:
        r, alpha, a, b = (params[name] for name in ("r", "alpha", "a", "b"))
        return alive_mean(r, alpha + histories.T, a, b + self.losing_first, histories.x, ahead)

    def _silent(self, params: Params, histories: Histories, t: float) -> Floats:
        since = np.log1p((histories.T - histories.t_x) / (params["alpha"] + histories.t_x))
        odds = self._lost_odds(params, histories, since)
        return np.asarray(special.expit(odds) + special.expit(-odds) * self._quiet(params, histories, t))

    def _quiet(self, params: Params, histories: Histories, t: float) -> Floats:
        """The chance that somebody who is a customer buys nothing in the next t."""
        n, age = params["r"] + histories.x, params["alpha"] + histories.T
        return np.asarray(np.exp(-n * np.log1p(t / age)))

    def _reach(self, params: Params, histories: Histories, t: float, count: int) -> Floats:
        kept = params["b"] + histories.x + self.losing_first
        age, n = params["alpha"] + histories.T, params["r"] + histories.x
        if count == 1:
            return np.asarray(-np.expm1(-n * np.log1p(t / age)))
        stay = np.exp(log_stay(params["a"], kept, count - 1))
        return np.asarray(stay * special.betainc(count, n, t / (age + t)))

    def probability_of(self, count: int, t: float) -> float:
        """The chance that a new customer makes exactly `count` repeat purchases in t."""

        def reach(n: int) -> float:
            return self._reach_new(n, t) if n else 1.0

        return reach(count) - reach(count + 1)

    def _reach_new(self, count: int, t: float) -> float:
        p = self.params_
        stay = np.exp(log_stay(p["a"], p["b"], count - 1 + self.losing_first))
        return float(stay * special.betainc(count, p["r"], t / (p["alpha"] + t)))

    def expected_purchases_new(self, t: float) -> float:
        """How many repeat purchases somebody who just bought for the first time will make in t."""
        p, first = self.params_, self.losing_first
        stays = p["b"] / (p["a"] + p["b"]) if first else 1.0
        made = alive_mean(p["r"], np.array([p["alpha"]]), p["a"], p["b"] + first, np.zeros(1), Ahead(t))
        return float(stays * made[0])


def softplus(odds: Floats) -> tuple[Floats, Floats]:
    """(log(1 + e^odds), its slope), with one exponential."""
    small = np.exp(-np.abs(odds))
    slope = 1 / (1 + small)
    return np.maximum(odds, 0) + np.log1p(small), np.where(odds > 0, slope, small * slope)


def log_stay(a: Any, b: Any, purchases: int) -> Any:
    """log E[(1 − p)^purchases] over Beta(a, b)."""
    rise = special.gammaln(b + purchases) - special.gammaln(b)
    return rise - (special.gammaln(a + b + purchases) - special.gammaln(a + b))


def alive_mean(r: Any, age: Floats, a: Any, b: Any, x: Floats, ahead: Ahead) -> Floats:
    """Expected purchases ahead, discounted, of the living, with rate Gamma(r + x, age) and loss Beta(a, b + x)."""
    if ahead.t == 0 or not len(x):
        return np.zeros(len(x))
    kinds, kind = _kinds(r, a, b, x)
    nodes, weights = beta_nodes(kinds[:, 1], kinds[:, 2], _fineness(ahead.t / float(age.min())))

    def made(which: Any, at: Floats) -> Floats:
        return _summed(kinds[:, 0], nodes, weights, which, at, ahead)

    return along(made, kinds, kind, age)


def _fineness(longest: float) -> int:
    """Nodes enough for a time ahead of so many (alpha + T): the mean bends within 1/longest of zero."""
    return 48 if longest <= 100 else 96 if longest <= 1000 else 400


def _kinds(r: Any, a: Any, b: Any, x: Floats) -> tuple[Floats, Any]:
    """(the different (r + x, a, b + x), which of them each row is)."""
    if isinstance(a, np.ndarray) or x.max() > 1_000_000:
        rows = np.column_stack([r + x, a + 0 * x, b + x])
        kinds, kind = np.unique(rows, axis=0, return_inverse=True)
        return kinds, kind.ravel()
    whole = x.astype(np.intp)
    present = np.flatnonzero(np.bincount(whole))
    place = np.zeros(present[-1] + 1, np.intp)
    place[present] = np.arange(len(present))
    return np.column_stack([r + present, np.full(len(present), a), b + present]), place[whole]


def _summed(r: Floats, nodes: Floats, weights: Floats, which: Any, age: Floats, ahead: Ahead) -> Floats:
    found = np.zeros(len(age))
    for start in range(0, len(age), CHUNK):
        rows = slice(start, start + CHUNK)
        p, n = nodes[which[rows]], r[which[rows], None]
        share = weights[which[rows]] / p
        for at, worth in ahead.moments(age[rows]):
            terms = -np.expm1(-n * np.log1p(p * (at / age[rows])[:, None]))
            found[rows] += worth * (terms * share).sum(axis=1)
    return found
