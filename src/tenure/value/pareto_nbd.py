"""Pareto/NBD: Schmittlein, Morrison and Colombo (1987), Management Science 33:1; Fader and Hardie (2005), note on it.

The likelihood holds ∫ (alpha+τ)^−(r+x) (beta+τ)^−(s+1) dτ from t_x to T. Written with hypergeometric functions it loses
digits when t_x nears T or x is large; here it is summed over nodes in log(min(alpha, beta) + τ), where the
integrand is log-concave and has no singularity within π of the axis, after cutting where it has fallen by e^−40.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from tenure.value.ahead import Ahead
from tenure.value.attrition import Attrition, Params
from tenure.value.histories import Floats, Histories
from tenure.value.quadrature import legendre
from tenure.value.reckoning import digamma_rise, gamma_rise

__all__ = ["ParetoNBD"]

FALL = 40.0
CHUNK = 8_192


class ParetoNBD(Attrition):
    """r, alpha: purchase rates ~ Gamma(r, alpha); s, beta: rates of being lost ~ Gamma(s, beta), at any time."""

    names = ("r", "alpha", "s", "beta")
    loss = ("beta", "s")
    loss_sign = -1.0
    none_lost = {"s": 0.0, "beta": 1.0}
    start = {"r": 0.5, "s": 0.5, "beta": 0.5}

    def _times(self) -> tuple[str, ...]:
        return ("alpha", "beta")

    def _rows(self, params: Params, histories: Histories) -> tuple[Floats, Mapping[str, Any]]:
        r, alpha, s, beta = (params[name] for name in self.names)
        x, T = histories.x, histories.T
        gone = _Gone.between(r + x, alpha, s, beta, histories.t_x, T)
        age_a, age_b = np.log(alpha + T), np.log(beta + T)
        alive = -(r + x) * age_a - s * age_b
        with np.errstate(divide="ignore"):
            odds = np.log(s) + gone.log - alive
        lost = special.expit(odds)
        heights = gamma_rise(r, x) + r * np.log(alpha) + s * np.log(beta) + alive + np.logaddexp(0.0, odds)
        return heights, {
            "r": digamma_rise(r, x) + np.log(alpha) - (1 - lost) * age_a - lost * gone.log_a,
            "alpha": r / alpha - (r + x) * ((1 - lost) / (alpha + T) + lost * gone.inverse_a),
            "s": np.log(beta) - (1 - lost) * age_b + lost * (1 / s - gone.log_b),
            "beta": s / beta - (1 - lost) * s / (beta + T) - lost * (s + 1) * gone.inverse_b,
        }

    def _alive(self, params: Params, histories: Histories) -> Floats:
        r, alpha, s, beta = (params[name] for name in self.names)
        n, T = r + histories.x, histories.T
        gone = _Gone.between(n, alpha, s, beta, histories.t_x, T, slopes=False)
        with np.errstate(divide="ignore"):
            odds = np.log(s) + gone.log + n * np.log(alpha + T) + s * np.log(beta + T)
        return np.asarray(special.expit(-odds))

    def _mean(self, params: Params, histories: Histories, ahead: Ahead) -> Floats:
        rate, age = (params["r"] + histories.x) / (params["alpha"] + histories.T), params["beta"] + histories.T
        lived = sum(worth * _living(params["s"], age, at) for at, worth in ahead.moments(age))
        return np.asarray(rate * lived)

    def _silent(self, params: Params, histories: Histories, t: float) -> Floats:
        """By how much less likely the history is when it goes on for t with no purchase."""
        later = self._height(params, histories, histories.T + t)
        return np.minimum(np.exp(later - self._height(params, histories, histories.T)), 1.0)

    def _height(self, params: Params, histories: Histories, T: Floats) -> Floats:
        """The log-likelihood of histories that last until T, but for what does not depend on T."""
        r, alpha, s, beta = (params[name] for name in self.names)
        n = r + histories.x
        alive = -n * np.log(alpha + T) - s * np.log(beta + T)
        with np.errstate(divide="ignore"):
            lost = np.log(s) + _Gone.between(n, alpha, s, beta, histories.t_x, T, slopes=False).log
        return np.asarray(np.logaddexp(alive, lost))

    def _reach(self, params: Params, histories: Histories, t: float, count: int) -> Floats:
        """The mean, over when the purchase number `count` comes, of the chance to live until then."""
        if t == 0:
            return np.zeros(len(histories))
        r, alpha, s, beta = (params[name] for name in self.names)
        return _reached(r + histories.x, alpha + histories.T, s, beta + histories.T, t, count)

    def expected_purchases_new(self, t: float) -> float:
        """How many repeat purchases somebody who just bought for the first time will make in t."""
        p = self.params_
        return float(p["r"] / p["alpha"] * _living(p["s"], p["beta"], t))

    def expected_residual(self, delta: float, frequency: Any, recency: Any, T: Any) -> Floats:
        """Discounted purchases for ever after (DERT), at a continuous rate `delta` a unit; JMR 42:415 (2005)."""
        histories, params = self._asked(frequency, recency, T, None)
        rate = (params["r"] + histories.x) / (params["alpha"] + histories.T)
        made = self._alive(params, histories) * rate * _endless(params["s"], params["beta"] + histories.T, delta)
        return np.asarray(made if histories.of is None else made[histories.of])


def _living(s: Any, beta: Any, t: Any) -> Any:
    """Expected time alive within t, of somebody whose rate of loss is Gamma(s, beta)."""
    fall = np.log1p(t / beta)
    y = (1 - s) * fall
    small = np.abs(y) < 1e-5
    ratio = np.where(small, 1 + y / 2 + y * y / 6, np.expm1(y) / np.where(small, 1.0, y))
    return beta * fall * ratio


def _endless(s: float, beta: Floats, delta: float) -> Floats:
    """∫ e^(−δτ) (beta/(beta+τ))^s dτ over all future, by nodes in log(1 + τ/beta)."""
    top = np.log1p(FALL / (delta * beta))[:, None]
    nodes, weights = legendre(16, 4)
    v = top * nodes
    return np.asarray(beta * top[:, 0] * (np.exp((1 - s) * v - delta * beta[:, None] * np.expm1(v)) @ weights))


@dataclass(frozen=True)
class _Gone:
    """The logarithm of the integral, and means under its integrand: log and inverse of (alpha+τ) and (beta+τ)."""

    log: Floats
    log_a: Floats
    log_b: Floats
    inverse_a: Floats
    inverse_b: Floats

    @classmethod
    def between(
        cls, n: Floats, alpha: Any, s: Any, beta: Any, start: Floats, end: Floats, slopes: bool = True
    ) -> _Gone:
        every = [np.broadcast_to(np.asarray(value, float), n.shape) for value in (n, alpha, s, beta, start, end)]
        found = np.empty((5, len(n)))
        for first in range(0, len(n), CHUNK):
            rows = slice(first, first + CHUNK)
            found[:, rows] = _integrated(*(value[rows] for value in every), slopes=slopes)
        return cls(*found)


def _integrated(
    n: Floats, alpha: Floats, s: Floats, beta: Floats, start: Floats, end: Floats, *, slopes: bool
) -> Floats:
    small = np.minimum(alpha, beta) + start
    a, b = alpha + start, beta + start
    top = _cut(n, s, small / a, small / b, np.log1p((end - start) / small))
    nodes, weights = legendre(*_fineness(float(top.max()) if len(top) else 0.0))
    v = top[:, None] * nodes
    grown = np.expm1(v)
    grown_a, grown_b = np.log1p((small / a)[:, None] * grown), np.log1p((small / b)[:, None] * grown)
    mass = np.exp(v - n[:, None] * grown_a - (s + 1)[:, None] * grown_b) * weights
    total = mass.sum(axis=1)
    with np.errstate(divide="ignore"):
        log = np.log(total * top * small) - n * np.log(a) - (s + 1) * np.log(b)
    if not slopes:
        return np.array([log, log, log, log, log])
    total = np.where(total > 0, total, 1.0)
    means = [
        np.log(a) + (mass * grown_a).sum(axis=1) / total,
        np.log(b) + (mass * grown_b).sum(axis=1) / total,
        (mass * np.exp(-grown_a)).sum(axis=1) / total / a,
        (mass * np.exp(-grown_b)).sum(axis=1) / total / b,
    ]
    return np.array([log, *means])


def _fineness(widest: float) -> tuple[int, int]:
    """(nodes a panel, panels) for integrands up to this wide in the logarithm."""
    return (20, 1) if widest <= 4 else (20, 2 + int(widest / 2))


def _cut(n: Floats, s: Floats, share_a: Floats, share_b: Floats, top: Floats) -> Floats:
    """Where the integrand has fallen by e^−40, if before the end: Newton from the right on a concave function."""
    for _ in range(6):
        grown, size = np.expm1(top), np.exp(top)
        height = top - n * np.log1p(share_a * grown) - (s + 1) * np.log1p(share_b * grown) + FALL
        slope = 1 - n * share_a * size / (1 + share_a * grown) - (s + 1) * share_b * size / (1 + share_b * grown)
        beyond = (height < 0) & (slope < 0)
        top = np.where(beyond, top - height / np.where(beyond, slope, 1.0), top)
    return top


def _reached(n: Floats, alpha: Floats, s: Any, beta: Floats, t: float, count: int) -> Floats:
    """∫ Beta(z; count, n) (beta/(beta+τ))^s dz up to t/(alpha+t), where τ = alpha z/(1−z)."""
    top = np.log1p(t / beta)
    total = _came(n, alpha, t, count) * np.exp(-s * top)
    # by parts: P(came by t) P(alive at t) + ∫ P(came by τ) s beta^s (beta+τ)^−(s+1) dτ, over w = log(1+τ/beta)
    for node, weight in zip(*legendre(12), strict=True):
        w = top * node
        total = total + weight * top * s * np.exp(-s * w) * _came(n, alpha, beta * np.expm1(w), count)
    return np.asarray(total)


def _came(n: Floats, alpha: Floats, t: Any, count: int) -> Floats:
    """The chance of `count` purchases or more in t, at a rate Gamma(n, alpha)."""
    if count == 1:
        return np.asarray(-np.expm1(-n * np.log1p(t / alpha)))
    return np.asarray(special.betainc(count, n, t / (alpha + t)))
