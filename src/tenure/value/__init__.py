"""Value: what customers will buy and be worth, by models of the literature, with how sure that is."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tenure.value.beta_geo import BetaGeo
    from tenure.value.gamma_gamma import GammaGamma
    from tenure.value.modified_beta_geo import ModifiedBetaGeo
    from tenure.value.pareto_nbd import ParetoNBD

__all__ = ["BetaGeo", "GammaGamma", "ModifiedBetaGeo", "ParetoNBD"]

_HOMES = {
    "BetaGeo": "beta_geo",
    "GammaGamma": "gamma_gamma",
    "ModifiedBetaGeo": "modified_beta_geo",
    "ParetoNBD": "pareto_nbd",
}


def __getattr__(name: str) -> Any:
    """Load a model's file, and with it scipy, only when asked."""
    if name in _HOMES:
        return getattr(import_module(f"tenure.value.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'tenure.value' has no attribute '{name}'")
