"""Gamma functions of (parameter + count): a table over the counts when the parameter is one number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from tenure.value.histories import Floats

__all__ = ["by_count", "digamma_rise", "gamma_rise"]

TABLE = 20_000


def by_count(function: Callable[[Any], Any], x: Floats) -> Floats:
    """`function(x)` evaluated once a whole number, where there are fewer of those than rows."""
    most = int(x.max()) if len(x) else 0
    if most >= min(TABLE, len(x)):
        return np.asarray(function(x))
    return np.asarray(function(np.arange(most + 1.0))[x.astype(np.intp)])


def gamma_rise(c: Any, x: Floats) -> Floats:
    """log Γ(c + x) − log Γ(c)."""
    if isinstance(c, np.ndarray):
        return np.asarray(special.gammaln(c + x) - special.gammaln(c))
    return by_count(lambda n: special.gammaln(c + n) - special.gammaln(c), x)


def digamma_rise(c: Any, x: Floats) -> Floats:
    """The slope of `gamma_rise` by c."""
    if isinstance(c, np.ndarray):
        return np.asarray(special.digamma(c + x) - special.digamma(c))
    return by_count(lambda n: special.digamma(c + n) - special.digamma(c), x)
