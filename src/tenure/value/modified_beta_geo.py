"""MBG/NBD: the model of Batislam, Denizel and Filiztekin (2007), IJRM 24:201; Hoppe and Wagner (2007)."""

from __future__ import annotations

from tenure.value.geometric import GeometricLoss

__all__ = ["ModifiedBetaGeo"]


class ModifiedBetaGeo(GeometricLoss):
    """Customers buy at a rate of their own and may be lost after every purchase, the first one too."""

    names = ("r", "alpha", "a", "b")
    losing_first = 1
