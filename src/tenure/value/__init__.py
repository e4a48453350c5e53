"""Value: what customers will buy and be worth, by models of the literature, with how sure that is."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tenure.value.averages import Average, CohortMonth, average_value, cohort_value, historic_value
    from tenure.value.beta_discrete_weibull import BetaDiscreteWeibull
    from tenure.value.beta_geo import BetaGeo
    from tenure.value.beta_geo_beta_binomial import BetaGeoBetaBinomial
    from tenure.value.forecaster import Forecast, Forecaster
    from tenure.value.gamma_gamma import GammaGamma
    from tenure.value.kaplan_meier import KaplanMeier, least_lasting
    from tenure.value.metrics import Decile, Nearer, Score, nearer, score
    from tenure.value.modified_beta_geo import ModifiedBetaGeo
    from tenure.value.modified_beta_geo_erlang import ModifiedBetaGeoErlang
    from tenure.value.pareto_nbd import ParetoNBD
    from tenure.value.plots import Plot
    from tenure.value.renewals import Chances
    from tenure.value.report import Report, Row, Week, report
    from tenure.value.room import CONTRACTS, Kept, Renewal, Value
    from tenure.value.running import by_age, contracts, held
    from tenure.value.shifted_beta_geometric import ShiftedBetaGeometric
    from tenure.value.summary import Later, Span, Summary, later, span, summarise

__all__ = [
    "CONTRACTS",
    "Average",
    "BetaDiscreteWeibull",
    "BetaGeo",
    "BetaGeoBetaBinomial",
    "Chances",
    "CohortMonth",
    "Decile",
    "Forecast",
    "Forecaster",
    "GammaGamma",
    "KaplanMeier",
    "Kept",
    "Later",
    "ModifiedBetaGeo",
    "ModifiedBetaGeoErlang",
    "Nearer",
    "ParetoNBD",
    "Plot",
    "Renewal",
    "Report",
    "Row",
    "Score",
    "ShiftedBetaGeometric",
    "Span",
    "Summary",
    "Value",
    "Week",
    "average_value",
    "by_age",
    "cohort_value",
    "contracts",
    "held",
    "historic_value",
    "later",
    "least_lasting",
    "nearer",
    "report",
    "score",
    "span",
    "summarise",
]

_HOMES = {
    "averages": ("Average", "CohortMonth", "average_value", "cohort_value", "historic_value"),
    "beta_discrete_weibull": ("BetaDiscreteWeibull",),
    "beta_geo_beta_binomial": ("BetaGeoBetaBinomial",),
    "kaplan_meier": ("KaplanMeier", "least_lasting"),
    "shifted_beta_geometric": ("ShiftedBetaGeometric",),
    "beta_geo": ("BetaGeo",),
    "forecaster": ("Forecast", "Forecaster"),
    "gamma_gamma": ("GammaGamma",),
    "metrics": ("Decile", "Nearer", "Score", "nearer", "score"),
    "modified_beta_geo": ("ModifiedBetaGeo",),
    "modified_beta_geo_erlang": ("ModifiedBetaGeoErlang",),
    "pareto_nbd": ("ParetoNBD",),
    "plots": ("Plot",),
    "renewals": ("Chances",),
    "report": ("Report", "Row", "Week", "report"),
    "room": ("CONTRACTS", "Kept", "Renewal", "Value"),
    "running": ("by_age", "contracts", "held"),
    "summary": ("Later", "Span", "Summary", "later", "span", "summarise"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a model's file, and with it scipy, only when asked."""
    if name in _HOME:
        return getattr(import_module(f"tenure.value.{_HOME[name]}"), name)
    raise AttributeError(f"module 'tenure.value' has no attribute '{name}'")
