"""Boosted trees that correct what a model of attrition expects of each customer: expected × factor(features).

The trees learn the ratio of what happened to what was expected on a time held out inside the past (Poisson, with the
expectation as offset), from features that do not grow with time. They are kept as plain numbers, never as code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenure.value.histories import Floats

__all__ = ["Correction", "deviance", "tried"]

TREES, LEAVES, LEAST, RATE, BINS = 60, 8, 200, 0.05, 63
MOST = 100_000
FOLDS = 3
SMALL = 1e-6


@dataclass(frozen=True)
class Correction:
    """Trees as rows of (feature, threshold, left, right, value): `feature` is -1 at a leaf. Missing goes left."""

    base: float
    trees: tuple[Floats, ...]

    @classmethod
    def learn(cls, features: Floats, expected: Floats, actual: Floats) -> Correction:
        """Fit to a hold-out: what was expected of each customer, and what happened."""
        rows = _some(len(actual))
        model = _fitted(features[rows], expected[rows], actual[rows])
        trees = tuple(_plain(part[0].nodes) for part in model._predictors)
        return cls(float(np.ravel(model._baseline_prediction)[0]), trees)

    def factor(self, features: Floats) -> Floats:
        """By how much to multiply the expectation of each."""
        total = np.full(len(features), self.base)
        for tree in self.trees:
            total += _value(tree, features)
        return np.asarray(np.exp(total))

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers."""
        return {"base": self.base, "trees": [tree.tolist() for tree in self.trees]}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Correction:
        """The correction of a document."""
        return cls(float(document["base"]), tuple(np.array(tree, np.float64) for tree in document["trees"]))


def tried(features: Floats, expected: Floats, actual: Floats) -> Floats:
    """What correcting would have given, each third of the customers by trees that never saw it."""
    found = np.empty(len(actual))
    fold = np.random.default_rng(0).integers(0, FOLDS, len(actual))
    for number in range(FOLDS):
        out = fold == number
        seen = np.flatnonzero(~out)
        seen = seen[_some(len(seen))]
        model = _fitted(features[seen], expected[seen], actual[seen])
        found[out] = expected[out] * model.predict(features[out])
    return found


def deviance(expected: Floats, actual: Floats) -> float:
    """The mean Poisson deviance: a proper score, smallest for the true means."""
    mean = np.maximum(expected, SMALL)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(actual > 0, actual * np.log(actual / mean), 0.0)
    return float(2 * (part - actual + mean).mean())


def _fitted(features: Floats, expected: Floats, actual: Floats) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingRegressor(
        loss="poisson", max_iter=TREES, learning_rate=RATE, max_leaf_nodes=LEAVES, min_samples_leaf=LEAST,
        max_bins=BINS, early_stopping=False, random_state=0,
    )  # fmt: skip
    with threadpool_limits(1):  # threads that wait for each other starve on a busy machine
        return model.fit(features, actual / expected, sample_weight=expected)


def _some(count: int) -> NDArray[np.intp]:
    if count <= MOST:
        return np.arange(count)
    return np.random.default_rng(0).choice(count, MOST, replace=False)


def _plain(nodes: Any) -> Floats:
    feature = np.where(nodes["is_leaf"] > 0, -1, nodes["feature_idx"].astype(np.int64))
    columns = (feature, nodes["num_threshold"], nodes["left"], nodes["right"], nodes["value"])
    return np.column_stack([np.asarray(column, np.float64) for column in columns])


def _value(tree: Floats, features: Floats) -> Floats:
    place = np.zeros(len(features), np.intp)
    rows = np.arange(len(features))
    while len(rows):
        feature = tree[place[rows], 0].astype(np.intp)
        rows, feature = rows[feature >= 0], feature[feature >= 0]
        at = place[rows]
        left = features[rows, feature] <= tree[at, 1]
        place[rows] = np.where(left, tree[at, 2], tree[at, 3]).astype(np.intp)
    return np.asarray(tree[place, 4])
