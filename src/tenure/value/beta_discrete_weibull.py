"""BdW: Fader, Hardie, Liu, Davin and Steenburgh (2018), "How to project customer retention" revisited, JIM 43:1."""

from __future__ import annotations

from tenure.value.contract import Contract

__all__ = ["BetaDiscreteWeibull"]


class BetaDiscreteWeibull(Contract):
    """As ShiftedBetaGeometric, but a customer's own chance not to renew rises (c > 1) or falls (c < 1) with age."""

    names = ("alpha", "beta", "c")
    start = {"alpha": 1.0, "beta": 1.0, "c": 1.0}
