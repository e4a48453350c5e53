"""How good forecasts were, customer by customer: the figures of a hold-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tenure.value.histories import Floats

__all__ = ["Decile", "Nearer", "Score", "gini", "nearer", "score", "spearman"]

SURE = 2.0  # standard errors: one time in forty it is chance
FEWEST = 30  # rows; of fewer, a mean and its error say too little

Nearer = Literal["nearer", "farther", "open"]


@dataclass(frozen=True)
class Decile:
    """A tenth of the customers by forecast, the lowest first: how many, and the mean forecast and truth of each."""

    customers: int
    expected: float
    actual: float


@dataclass(frozen=True)
class Score:
    """Forecasts against what happened.

    `bias` is (sum of forecasts ÷ sum of truth) − 1; `gini` is normalised (1 is a perfect order, 0 a random one);
    `calibration` is the absolute error of the tenths' sums as a part of the whole. None where nothing happened.
    """

    customers: int
    actual: float
    expected: float
    bias: float | None
    mae: float
    rmse: float
    spearman: float | None
    gini: float | None
    calibration: float | None
    deciles: tuple[Decile, ...]


def score(expected: Floats, actual: Floats, order: Floats | None = None) -> Score:
    """The figures of forecasts for customers, in the unit of what was forecast.

    `order` ranks the customers where the forecasts themselves are too coarse to, as whole numbers are.
    """
    total, error = float(actual.sum()), expected - actual
    order = expected if order is None else order
    deciles = _deciles(expected, actual, order)
    wrong = sum(abs(tenth.expected - tenth.actual) * tenth.customers for tenth in deciles)
    return Score(
        len(actual),
        total,
        float(expected.sum()),
        float(expected.sum()) / total - 1 if total else None,
        float(np.abs(error).mean()),
        float(np.sqrt((error**2).mean())),
        spearman(order, actual),
        gini(order, actual),
        wrong / total if total else None,
        deciles,
    )


def nearer(one: Floats, other: Floats, truth: Floats) -> Nearer:
    """Whether one forecast was nearer to the truth than another, farther, or by no more than chance may bring: open.

    By the mean difference of their squared errors, row by row since both forecast the same, beyond twice its standard
    error (Diebold & Mariano 1995).
    """
    gained = (other - truth) ** 2 - (one - truth) ** 2
    if len(gained) < FEWEST:
        return "open"
    mean, chance = float(gained.mean()), SURE * float(gained.std(ddof=1)) / len(gained) ** 0.5
    return "nearer" if mean > chance else "farther" if mean < -chance else "open"


def spearman(expected: Floats, actual: Floats) -> float | None:
    """The correlation of ranks, ties sharing theirs; None when either side is all alike."""
    ranks = [_ranks(values) for values in (expected, actual)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: Floats) -> Floats:
    _, of, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[of.ravel()]


def gini(expected: Floats, actual: Floats) -> float | None:
    """How well forecasts order customers by the truth, as a part of what a perfect order reaches; ties count half."""
    best = _lift(actual, actual)
    return _lift(expected, actual) / best if best else None


def _lift(by: Floats, actual: Floats) -> float:
    """The mean rank by `by`, weighted with the truth, less the mean rank of all."""
    total = actual.sum()
    ranks = _ranks(by)
    return float((ranks * actual).sum() / total - ranks.mean()) if total else 0.0


def _deciles(expected: Floats, actual: Floats, order: Floats) -> tuple[Decile, ...]:
    parts = [part for part in np.array_split(np.argsort(order, kind="stable"), 10) if len(part)]
    return tuple(Decile(len(part), float(expected[part].mean()), float(actual[part].mean())) for part in parts)
