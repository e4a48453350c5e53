"""One forecast a company can act on: models chosen on an inner hold-out, with spend, value and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tenure.errors import UsageError
from tenure.value.attrition import Attrition
from tenure.value.beta_geo import BetaGeo
from tenure.value.gamma_gamma import GammaGamma
from tenure.value.histories import Floats
from tenure.value.metrics import Score, score
from tenure.value.model import Model
from tenure.value.modified_beta_geo import ModifiedBetaGeo
from tenure.value.pareto_nbd import ParetoNBD
from tenure.value.summary import Later, Summary

__all__ = ["CANDIDATES", "Forecast", "Forecaster", "naive"]

CANDIDATES: tuple[type[Attrition], ...] = (BetaGeo, ModifiedBetaGeo, ParetoNBD)
LEVEL = 0.8


@dataclass(frozen=True)
class Forecast:
    """One row a customer of a summary: purchases and money of the time ahead, and the chance of still being a customer.

    Money is in minor units and discounted; None where no order has an amount. Between `low` and `high` lies what
    8 of 10 such customers will spend.
    """

    days: float
    purchases: Floats
    alive: Floats
    no_purchase: Floats
    value: Floats | None
    low: Floats | None
    high: Floats | None


def naive(summary: Summary, days: float) -> Floats:
    """The baseline: everybody goes on at the own rate so far."""
    return summary.frequency / np.maximum(summary.T, 1) * days


@dataclass(frozen=True)
class Forecaster:
    """Fitted models of purchases, the weight each has in the blend, and the model of spend.

    `choice` holds the inner hold-out's score of every candidate; it is empty when there was no time for one.
    """

    models: tuple[Attrition, ...]
    weights: tuple[float, ...]
    spend: GammaGamma | None
    choice: Mapping[str, Score]

    @property
    def name(self) -> str:
        """The models that count, by weight."""
        used = sorted(zip(self.weights, self.models, strict=True), key=lambda pair: -pair[0])
        return " + ".join(type(model).__name__ for weight, model in used if weight > 0)

    @property
    def texts(self) -> tuple[str, ...]:
        """What is to be known about the fits, in sentences."""
        told = {
            f"{type(model).__name__}: {model.verdict_.text}": None
            for weight, model in zip(self.weights, self.models, strict=True)
            if weight > 0 and model.verdict_.kind != "sound"
        }
        return tuple(told)

    @classmethod
    def learn(cls, summary: Summary, inner: tuple[Summary, Later] | None = None) -> Forecaster:
        """Fit to a summary. `inner` (an earlier summary, and what followed until this one) chooses the model.

        Raises UsageError when there is nothing to learn from: nobody, or nobody who bought again.
        """
        chosen, choice = _chosen(inner)
        models = tuple(kind("day").fit(*summary.history) for kind in chosen)
        return cls(models, tuple(chosen.values()), _spend(summary), choice)

    def purchases(self, summary: Summary, days: float) -> Floats:
        """Expected purchases of each in the next days."""
        return self._mixed(lambda model: model.expected_purchases(days, *summary.history))

    def forecast(self, summary: Summary, days: float = 365.0, discount: float = 0.1) -> Forecast:
        """All of it."""
        purchases = self.purchases(summary, days)
        alive = self._mixed(lambda model: model.probability_alive(*summary.history))
        nothing = self._mixed(lambda model: model.probability_no_purchase(days, *summary.history))
        if self.spend is None:
            return Forecast(days, purchases, alive, nothing, None, None, None)
        each = self.spend.expected_spend(summary.priced, summary.monetary)
        later = self._mixed(lambda model: model.expected_value(days, *summary.history, discount=discount))
        main = self.models[int(np.argmax(self.weights))]
        low, high = main.purchases_interval(days, *summary.history, level=LEVEL)
        worth = each * later / np.maximum(purchases, 1e-300)
        return Forecast(days, purchases, alive, nothing, each * later, worth * low, worth * high)

    def _mixed(self, ask: Any) -> Floats:
        total: Any = 0.0
        for weight, model in zip(self.weights, self.models, strict=True):
            if weight > 0:
                total = total + weight * ask(model)
        return np.asarray(total)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON's own types."""
        return {
            "models": [model.to_dict() for model in self.models],
            "weights": list(self.weights),
            "spend": self.spend.to_dict() if self.spend else None,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Forecaster:
        """The forecaster of a document; without the scores of its choice."""
        models = tuple(Model.from_dict(each) for each in document["models"])
        spend = document["spend"]
        return cls(
            tuple(model for model in models if isinstance(model, Attrition)),
            tuple(document["weights"]),
            GammaGamma.from_dict(spend) if spend else None,
            {},
        )


def _chosen(inner: tuple[Summary, Later] | None) -> tuple[Mapping[type[Attrition], float], Mapping[str, Score]]:
    """The model of purchases with the smallest mean error on the inner hold-out; without one, MBG/NBD."""
    scores: dict[str, Score] = {}
    if inner is not None:
        earlier, followed = inner
        for kind in CANDIDATES:
            scores[kind.__name__] = score(_tried(kind, earlier, followed.days), followed.purchases)
    best = min(scores, key=lambda name: scores[name].mae) if scores else ModifiedBetaGeo.__name__
    return {kind: 1.0 for kind in CANDIDATES if kind.__name__ == best}, scores


def _tried(kind: type[Attrition], earlier: Summary, days: float) -> Floats:
    return kind("day").fit(*earlier.history).expected_purchases(days, *earlier.history)


def _spend(summary: Summary) -> GammaGamma | None:
    """The model of spend; None where no repeat purchase has money."""
    try:
        return GammaGamma("day").fit(summary.priced, summary.monetary)
    except UsageError:
        return None
