"""BG/NBD: Fader, Hardie and Lee (2005), "Counting your customers" the easy way, Marketing Science 24:275."""

from __future__ import annotations

from tenure.value.geometric import GeometricLoss

__all__ = ["BetaGeo"]


class BetaGeo(GeometricLoss):
    """Customers buy at a rate of their own and may be lost after every repeat purchase.

    Nobody is lost before the second purchase, so those who bought once count as alive for ever; where that misleads,
    use ModifiedBetaGeo or ParetoNBD.
    """

    names = ("r", "alpha", "a", "b")
    losing_first = 0
