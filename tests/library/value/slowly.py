"""The slow, obvious second way: the published formulas in 50 digits."""

from __future__ import annotations

from typing import Any

import mpmath as mp

mp.mp.dps = 50


def pareto_parts(r: Any, alpha: Any, s: Any, beta: Any, x: Any, t_x: Any, T: Any) -> tuple[Any, Any]:
    """(the part of the living, the part of the lost) of the likelihood: Fader and Hardie (2005), equation 19."""
    r, alpha, s, beta, x, t_x, T = map(mp.mpf, (r, alpha, s, beta, x, t_x, T))
    front = mp.gamma(r + x) * alpha**r * beta**s / mp.gamma(r)
    alive = front / ((alpha + T) ** (r + x) * (beta + T) ** s)
    return alive, front * s / (r + s + x) * (_hyper(r, alpha, s, beta, x, t_x) - _hyper(r, alpha, s, beta, x, T))


def _hyper(r: Any, alpha: Any, s: Any, beta: Any, x: Any, at: Any) -> Any:
    total = r + s + x
    if alpha >= beta:
        return mp.hyp2f1(total, s + 1, total + 1, (alpha - beta) / (alpha + at)) / (alpha + at) ** total
    return mp.hyp2f1(total, r + x, total + 1, (beta - alpha) / (beta + at)) / (beta + at) ** total


def pareto_living(s: Any, beta: Any, t: Any) -> Any:
    """Expected time alive within t of somebody whose rate of loss is Gamma(s, beta)."""
    s, beta, t = map(mp.mpf, (s, beta, t))
    return beta / (s - 1) * (1 - (beta / (beta + t)) ** (s - 1))


def beta_geo_parts(r: Any, alpha: Any, a: Any, b: Any, x: Any, t_x: Any, T: Any, first: int) -> tuple[Any, Any]:
    """(living, lost) of the BG/NBD (first = 0; equation 6 of 2005) or the MBG/NBD (first = 1; equation 8 of 2007)."""
    r, alpha, a, b, x, t_x, T = map(mp.mpf, (r, alpha, a, b, x, t_x, T))
    front = mp.gamma(r + x) * alpha**r / (mp.gamma(r) * mp.beta(a, b))
    alive = front * mp.beta(a, b + x + first) / (alpha + T) ** (r + x)
    lost = front * mp.beta(a + 1, b + x - 1 + first) / (alpha + t_x) ** (r + x) if x + first > 0 else mp.mpf(0)
    return alive, lost


def beta_geo_mean(r: Any, alpha: Any, a: Any, b: Any, x: Any, T: Any, t: Any, first: int) -> Any:
    """Expected purchases in t of a living customer: equation 10 of 2005 without its last fraction."""
    r, alpha, a, b, x, T, t = map(mp.mpf, (r, alpha, a, b, x, T, t))
    b = b + first
    z = t / (alpha + T + t)
    rest = ((alpha + T) / (alpha + T + t)) ** (r + x) * mp.hyp2f1(r + x, b + x, a + b + x - 1, z)
    return (a + b + x - 1) / (a - 1) * (1 - rest)


def pareto_value(s: Any, beta: Any, t: Any, delta: Any) -> Any:
    """∫ e^(−δτ) (beta/(beta+τ))^s dτ within t, by incomplete gamma functions: JMR 42:415 (2005), ended at t."""
    s, beta, t, delta = map(mp.mpf, (s, beta, t, delta))
    return beta**s * mp.exp(delta * beta) * delta ** (s - 1) * mp.gammainc(1 - s, delta * beta, delta * (beta + t))


def beta_geo_value(r: Any, alpha: Any, a: Any, b: Any, x: Any, T: Any, t: Any, delta: Any, first: int) -> Any:
    """Discounted purchases in t of a living customer: e^(−δτ) times the rate at which they come, integrated.

    The rate is the mean of n/age (1 + pτ/age)^−(n+1) over p ~ Beta(a, b), a hypergeometric function.
    """
    r, alpha, a, b, x, T, t, delta = map(mp.mpf, (r, alpha, a, b, x, T, t, delta))
    n, age = r + x, alpha + T

    def comes(w: Any) -> Any:
        at = age * mp.expm1(w)
        return n * mp.exp(w - delta * at) * mp.hyp2f1(n + 1, a, a + b + x + first, -at / age)

    with mp.workdps(20):
        return mp.quad(comes, mp.linspace(0, mp.log1p(t / age), 4))
