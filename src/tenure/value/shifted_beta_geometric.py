"""sBG: Fader and Hardie (2007), "How to project customer retention", Journal of Interactive Marketing 21:76."""

from __future__ import annotations

from tenure.value.contract import Contract

__all__ = ["ShiftedBetaGeometric"]


class ShiftedBetaGeometric(Contract):
    """Each customer has one chance, for ever, not to renew; retention rises as those with a high one leave."""

    names = ("alpha", "beta")
    start = {"alpha": 1.0, "beta": 1.0}
