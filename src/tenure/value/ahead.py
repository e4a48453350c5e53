"""A length of time ahead and what money in it is worth: as a few moments with weights, in place of every moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tenure.value.quadrature import legendre

__all__ = ["Ahead"]


@dataclass(frozen=True)
class Ahead:
    """The next `t`, discounted at a continuous rate `delta`: ∫ e^(−δτ) dE(τ) = e^(−δt) E(t) + δ ∫ e^(−δτ) E(τ) dτ.

    Expected purchases E(τ) bend where τ is about a customer's `age` (that of its rate, or of its loss): soon after the
    start for one who is new. So the moments are even in log(1 + τ/age), the more of them the longer the time ahead.
    """

    t: float
    delta: float = 0.0

    def moments(self, age: Any) -> Iterator[tuple[Any, Any]]:
        """(moment, weight) pairs for customers of these ages, each of one number or of one a customer."""
        if self.delta == 0 or self.t == 0:
            yield self.t, 1.0
            return
        yield self.t, np.exp(-self.delta * self.t)
        top = np.log1p(self.t / age)
        for node, weight in zip(*legendre(_fineness(float(np.max(top, initial=0.0)))), strict=True):
            grown = np.exp(top * node)
            at = age * (grown - 1)
            yield at, self.delta * weight * top * age * grown * np.exp(-self.delta * at)


def _fineness(widest: float) -> int:
    return 5 if widest <= 1 else 10 if widest <= 3 else 24
