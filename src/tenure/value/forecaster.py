"""One forecast a company can act on: models chosen on an inner hold-out, with spend, value and intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tenure.errors import UsageError
from tenure.value.attrition import Attrition
from tenure.value.beta_geo import BetaGeo
from tenure.value.correction import Correction, deviance, tried
from tenure.value.gamma_gamma import GammaGamma
from tenure.value.histories import Floats
from tenure.value.likely import likeliest, whole
from tenure.value.metrics import Score, score
from tenure.value.modified_beta_geo import ModifiedBetaGeo
from tenure.value.pareto_nbd import ParetoNBD
from tenure.value.summary import Later, Summary

__all__ = ["CANDIDATES", "Forecast", "Forecaster", "Held", "agreed", "naive", "spread"]

CANDIDATES: tuple[type[Attrition], ...] = (BetaGeo, ModifiedBetaGeo, ParetoNBD)
LEVEL = 0.8
ENOUGH = 1_000
SMALL = 1e-6
BOUNDS = (0.5, 2.0)
STEADY = 0.2
FEWEST = 3
BOOSTED = " + boosting"


@dataclass(frozen=True)
class Forecast:
    """One row a customer of a summary: purchases and money of the time ahead, and the chance of still being a customer.

    `purchases` is the expected number, right for sums; `likely` the same in whole purchases, closest to each customer.
    Money is in minor units and discounted; None where no order has an amount. Between `low` and `high` lies what
    8 of 10 such customers will spend.
    """

    days: float
    purchases: Floats
    likely: Floats
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
    """The mean of the fitted models of attrition, at the level that an inner hold-out taught; its correction; spend.

    `horizon` is the time ahead, in days, that it was taught for; `choice` the inner hold-out's scores of all, empty
    when there was no time for one. `came` is how many purchases that hold-out saw (None: not known): of fewer than
    ENOUGH nothing is learned, neither a level nor a correction. `moves` is by how much the level differed from one
    window of the past to the next, as a standard deviation of its logarithm: beyond STEADY none is learned.
    """

    models: tuple[Attrition, ...]
    levels: tuple[float, ...]
    correction: Correction | None
    spend: GammaGamma | None
    horizon: float
    choice: Mapping[str, Score]
    came: float | None = None
    moves: float = 0.0

    @property
    def name(self) -> str:
        """The models, and whether they are corrected."""
        return " + ".join(type(model).__name__ for model in self.models) + (BOOSTED if self.correction else "")

    @property
    def texts(self) -> tuple[str, ...]:
        """What is to be known about the fits, in sentences, each once."""
        unsound = {model.verdict_.text: None for model in self.models if model.verdict_.kind != "sound"}
        return (*unsound, *self._few(), *self._moving())

    def _few(self) -> tuple[str, ...]:
        """That the forecast is the plain mean of the models, where too little came to teach more."""
        if self.came is None or self.came >= ENOUGH:
            return ()
        return (
            f"The forecast is the plain mean of the models, neither brought to a level nor corrected: that takes"
            f" {ENOUGH:,} purchases in a time held out inside the past; seen there: {self.came:,.0f}.",
        )

    def _moving(self) -> tuple[str, ...]:
        """That no level is learned where it moves with the time, as it does with the seasons."""
        if self.moves <= STEADY:
            return ()
        moved = 100 * float(np.expm1(self.moves))
        return (
            "The forecast is not brought to a level that the past asks for: from one part of the past to the next,"
            f" purchases rose and fell by {moved:,.0f} % against what the models expected, as they do with seasons.",
        )

    @property
    def recalibrated(self) -> bool:
        """Whether it is more than the plain mean of the models."""
        return self.correction is not None or any(level != 1.0 for level in self.levels)

    @classmethod
    def learn(
        cls,
        summary: Summary,
        inner: Held | None = None,
        horizon: float = 365.0,
        others: Sequence[Held] = (),
        windows: Sequence[Held] = (),
    ) -> Forecaster:
        """Fit to a summary. `inner` (an earlier summary, and what followed until this one) teaches the correction, and
        sets the level together with `others`, further such pairs; nothing else does. Neither is learned from little,
        and no level where it differs too much between `windows`, pairs that follow one another through the past.

        Raises UsageError when there is nothing to learn from: nobody, or nobody who bought again.
        """
        models = _fitted(summary)
        level, correction, scores = _taught(inner)
        came = 0.0 if inner is None else float(inner[1].purchases.sum())
        moves = spread([_level(each) for each in windows]) if came >= ENOUGH else 0.0
        level = agreed([level, *map(_level, others)]) if came >= ENOUGH and moves <= STEADY else 1.0
        return cls(models, (level,) * len(models), correction, _spend(summary), horizon, scores, came, moves)

    def purchases(self, summary: Summary, days: float) -> Floats:
        """Expected purchases of each in the next days."""
        return self.factor(summary) * _mean(self.models, self.levels, summary, days)

    def purchases_interval(self, summary: Summary, days: float) -> tuple[Floats, Floats]:
        """(low, high): the mean ends of the models' intervals, corrected; those of `forecast` before they are money."""
        low, high = self.factor(summary) * self._ends(summary, days)
        return low, high

    def _ends(self, summary: Summary, days: float) -> Floats:
        told = [model.purchases_interval(days, *summary.history, level=LEVEL) for model in self.models]
        return np.asarray(np.mean(told, axis=0))

    def totals(self, summary: Summary, times: Sequence[float]) -> list[float]:
        """Expected purchases of all together in each number of days."""
        factor = self.factor(summary)
        return [float(factor @ _mean(self.models, self.levels, summary, days)) for days in times]

    def factor(self, summary: Summary) -> Floats:
        """By how much what the model expects of each is corrected."""
        if self.correction is None:
            return np.ones(len(summary))
        return self.correction.factor(_features(self.models, summary, self.horizon))

    def forecast(self, summary: Summary, days: float = 365.0, discount: float = 0.1) -> Forecast:
        """All of it."""
        factor, history = self.factor(summary), summary.history
        purchases = factor * _mean(self.models, self.levels, summary, days)
        alive = np.mean([model.probability_alive(*history) for model in self.models], axis=0)
        counted = whole(self.models, history, days, purchases)
        nothing = np.mean([model.probability_no_purchase(days, *history) for model in self.models], axis=0)
        if self.spend is None:
            return Forecast(days, purchases, counted, alive, nothing, None, None, None)
        each = self.spend.expected_spend(summary.priced, summary.monetary)
        later = factor * self._levelled(lambda model: model.expected_value(days, *history, discount=discount))
        worth = each * later / np.maximum(self._levelled(lambda m: m.expected_purchases(days, *history)), 1e-300)
        ends = self._ends(summary, days)
        return Forecast(days, purchases, counted, alive, nothing, each * later, worth * ends[0], worth * ends[1])

    def likeliest(self, summary: Summary, days: float = 365.0) -> tuple[Floats, Floats, Floats]:
        """Each customer's likeliest number of purchases in the next days, how likely it is, and any purchase at all."""
        return likeliest(self.models, summary.history, days)

    def _levelled(self, ask: Callable[[Attrition], Floats]) -> Floats:
        each = [level * ask(model) for level, model in zip(self.levels, self.models, strict=True)]
        return np.asarray(np.mean(each, axis=0))

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON's own types."""
        return {
            "models": [model.to_dict() for model in self.models],
            "levels": list(self.levels),
            "correction": self.correction.to_dict() if self.correction else None,
            "spend": self.spend.to_dict() if self.spend else None,
            "horizon": self.horizon,
            "came": self.came,
            "moves": self.moves,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Forecaster:
        """The forecaster of a document; without the scores of its choice."""
        correction, spend = document["correction"], document["spend"]
        return cls(
            tuple(Attrition.from_dict(each) for each in document["models"]),
            tuple(document["levels"]),
            Correction.from_dict(correction) if correction else None,
            GammaGamma.from_dict(spend) if spend else None,
            float(document["horizon"]),
            {},
            document.get("came"),
            float(document.get("moves", 0.0)),
        )


Held = tuple[Summary, Later]
Taught = tuple[float, Correction | None, Mapping[str, Score]]


def agreed(levels: Sequence[float]) -> float:
    """One level of several hold-outs: their geometric mean, the nearer to 1 the less they agree (James & Stein 1961).

    The logarithm is shrunk by its squared standard error over its square: hold-outs that say different things say that
    the level moved with the time, so that none of them tells that of the time ahead. One alone is taken as it is.
    """
    logs = np.log(np.asarray(levels, float))
    mean = float(logs.mean())
    if len(logs) == 1 or mean == 0:
        return float(np.exp(mean))
    doubt = float(logs.var(ddof=1)) / len(logs) / mean**2
    return float(np.exp(mean * max(0.0, 1.0 - doubt)))


def spread(levels: Sequence[float]) -> float:
    """By how much levels differ: the standard deviation of their logarithms; 0 of fewer than FEWEST."""
    return float(np.log(np.asarray(levels, float)).std(ddof=1)) if len(levels) >= FEWEST else 0.0


def _fitted(summary: Summary) -> tuple[Attrition, ...]:
    return tuple(kind("day").fit(*summary.history) for kind in CANDIDATES)


def _level(held: Held) -> float:
    """By how much more was bought in a time held out than the models had expected together."""
    earlier, followed = held
    ahead = [model.expected_purchases(followed.days, *earlier.history) for model in _fitted(earlier)]
    return _ratio(followed.purchases, ahead)


def _ratio(actual: Floats, ahead: Sequence[Floats]) -> float:
    return float(np.clip(actual.sum() / max(np.mean(ahead, axis=0).sum(), SMALL), *BOUNDS))


def _taught(inner: Held | None) -> Taught:
    """(level, correction, scores) by an inner hold-out: as they are without one.

    The correction is learned beside the level of its own hold-out, so that it holds none itself. It is kept only if, on
    customers its trees did not see, it has a smaller Poisson deviance.
    """
    if inner is None:
        return 1.0, None, {}
    earlier, followed = inner
    models, actual = _fitted(earlier), followed.purchases
    ahead = [model.expected_purchases(followed.days, *earlier.history) for model in models]
    level = _ratio(actual, ahead)
    scores = {type(model).__name__: score(found, actual) for model, found in zip(models, ahead, strict=True)}
    if len(earlier) < ENOUGH or actual.sum() < ENOUGH:
        return level, None, scores
    expected = np.maximum(level * np.mean(ahead, axis=0), SMALL)
    features = _features(models, earlier, followed.days)
    corrected = tried(features, expected, actual)
    scores["mean"], scores["mean" + BOOSTED] = score(expected, actual), score(corrected, actual)
    if deviance(corrected, actual) >= deviance(expected, actual):
        return level, None, scores
    return level, Correction.learn(features, expected, actual), scores


def _mean(models: Sequence[Attrition], levels: Sequence[float], summary: Summary, days: float) -> Floats:
    made = [level * m.expected_purchases(days, *summary.history) for level, m in zip(levels, models, strict=True)]
    return np.asarray(np.mean(made, axis=0))


def _features(models: Sequence[Attrition], summary: Summary, horizon: float) -> Floats:
    """What the correction knows of each: nothing that grows with time alone, so that a longer past looks alike."""
    T = np.maximum(summary.T, 1)
    gap = summary.recency / np.maximum(summary.frequency, 1)
    return np.column_stack(
        [
            summary.frequency,
            summary.recency / T,
            np.log(np.maximum(_mean(models, (1.0,) * len(models), summary, horizon), SMALL)),
            np.mean([model.probability_alive(*summary.history) for model in models], axis=0),
            np.log1p(summary.monetary),
            np.log1p(summary.first_amount),
            np.log1p(summary.first_amount + summary.priced * summary.monetary),
            gap / T,
            summary.days_since_last / np.maximum(gap, 1),
        ]
    )


def _spend(summary: Summary) -> GammaGamma | None:
    """The model of spend; None where no repeat purchase has money."""
    try:
        return GammaGamma("day").fit(summary.priced, summary.monetary)
    except UsageError:
        return None
