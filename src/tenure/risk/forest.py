"""Boosted trees as plain arrays: forecasts for many, and exact reasons for a few, without the library that grew them.

Reasons are Shapley values of the path-dependent kind (Lundberg, Erion & Lee 2018, "Consistent individualized feature
attribution for tree ensembles"): what a feature's value adds to the log-odds, averaged over every order in which the
features may become known; unknown ones follow the training customers' shares. They add up to the forecast exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Forest", "grow"]

Floats = NDArray[np.float64]
CHUNK = 50_000
ONE_THREAD = 50_000


@dataclass(frozen=True)
class _Tree:
    """Nodes in a row. A leaf has no feature (−1); `share` is the part of the parent's customers that came here."""

    feature: NDArray[np.int32]
    threshold: Floats
    missing_left: NDArray[np.bool_]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: Floats
    count: Floats


@dataclass(frozen=True)
class Forest:
    """Trees whose leaves add up, with `start`, to the log-odds."""

    start: float
    trees: tuple[_Tree, ...]

    def log_odds(self, values: Floats) -> Floats:
        """One number a row."""
        found = np.full(len(values), self.start)
        for first in range(0, len(values), CHUNK):
            part = values[first : first + CHUNK]
            for tree in self.trees:
                found[first : first + CHUNK] += tree.value[_leaf(tree, part)]
        return found

    @cached_property
    def average(self) -> float:
        """The log-odds of somebody of whom nothing is known: what all reasons of a row are added to."""
        return self.start + sum(_mean(tree, 0) for tree in self.trees)

    def reasons(self, values: Floats) -> Floats:
        """What each feature adds to the log-odds of each row: same shape as `values`."""
        found = np.zeros(values.shape)
        for tree in self.trees:
            for leaf, path in _paths(tree):
                _add_leaf(found, values, tree, leaf, path)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain lists."""
        return {"start": self.start, "trees": [{k: v.tolist() for k, v in vars(tree).items()} for tree in self.trees]}

    @classmethod
    def from_dict(cls, said: dict[str, Any]) -> Forest:
        """What `to_dict` gave."""
        kinds = {"feature": np.int32, "left": np.int32, "right": np.int32, "missing_left": np.bool_}
        trees = tuple(
            _Tree(**{name: np.array(each[name], dtype=kinds.get(name, np.float64)) for name in _Tree.__annotations__})
            for each in said["trees"]
        )
        return cls(float(said["start"]), trees)


def grow(values: Floats, lost: NDArray[np.bool_], seed: int = 1) -> Forest:
    """Boosting by scikit-learn (histogram gradient boosting, log loss), taken over as arrays."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    wanted = HistGradientBoostingClassifier(
        max_iter=120,
        max_depth=4,
        learning_rate=0.07,
        min_samples_leaf=max(20, len(values) // 500),
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    filled = np.where(np.isnan(values).all(axis=0), 0.0, values)  # a feature nobody has says nothing
    with threadpool_limits(1 if len(values) < ONE_THREAD else None):  # waiting for each other costs more than it saves
        grown = wanted.fit(filled, lost)
    return Forest(float(np.ravel(grown._baseline_prediction)[0]), tuple(_taken(each[0]) for each in grown._predictors))


def _taken(predictor: Any) -> _Tree:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    return _Tree(
        np.where(leaf, -1, nodes["feature_idx"]).astype(np.int32),
        nodes["num_threshold"].astype(float),
        nodes["missing_go_to_left"].astype(bool),
        nodes["left"].astype(np.int32),
        nodes["right"].astype(np.int32),
        np.where(leaf, nodes["value"], 0.0).astype(float),
        nodes["count"].astype(float),
    )


def _goes_left(tree: _Tree, node: Any, value: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.where(np.isnan(value), tree.missing_left[node], value <= tree.threshold[node]))


def _leaf(tree: _Tree, values: Floats) -> NDArray[np.int32]:
    node = np.zeros(len(values), dtype=np.int32)
    rows = np.arange(len(values))
    while True:
        feature = tree.feature[node]
        inner = feature >= 0
        if not inner.any():
            return node
        left = _goes_left(tree, node, values[rows, np.where(inner, feature, 0)])
        node = np.where(inner, np.where(left, tree.left[node], tree.right[node]), node).astype(np.int32)


def _mean(tree: _Tree, node: int) -> float:
    if tree.feature[node] < 0:
        return float(tree.value[node])
    left, right = int(tree.left[node]), int(tree.right[node])
    shares = tree.count[left] / tree.count[node], tree.count[right] / tree.count[node]
    return float(shares[0] * _mean(tree, left) + shares[1] * _mean(tree, right))


def _paths(tree: _Tree) -> list[tuple[int, list[tuple[int, bool]]]]:
    """Every leaf with the (node, went left) steps that lead to it."""
    found: list[tuple[int, list[tuple[int, bool]]]] = []
    pending: list[tuple[int, list[tuple[int, bool]]]] = [(0, [])]
    while pending:
        node, path = pending.pop()
        if tree.feature[node] < 0:
            found.append((node, path))
            continue
        pending.append((int(tree.left[node]), [*path, (node, True)]))
        pending.append((int(tree.right[node]), [*path, (node, False)]))
    return found


def _add_leaf(found: Floats, values: Floats, tree: _Tree, leaf: int, path: list[tuple[int, bool]]) -> None:
    """Add one leaf's part of every feature's reason, for all rows at once."""
    known: dict[int, NDArray[np.bool_]] = {}
    share: dict[int, float] = {}
    for node, left in path:
        feature = int(tree.feature[node])
        here = _goes_left(tree, node, values[:, feature]) == left
        known[feature] = known[feature] & here if feature in known else here
        child = int(tree.left[node] if left else tree.right[node])
        share[feature] = share.get(feature, 1.0) * float(tree.count[child] / tree.count[node])
    features = list(known)
    for place, feature in enumerate(features):
        others = [(known[other], share[other]) for other in features if other != feature]
        weight = np.zeros(len(values))
        for chosen, size_weight in _subsets(len(features) - 1):
            term: Any = size_weight
            for index, (is_met, part) in enumerate(others):
                term = term * (is_met if index in chosen else part)
            weight = weight + term
        found[:, features[place]] += weight * (known[feature] - share[feature]) * tree.value[leaf]


@lru_cache(maxsize=64)
def _subsets(others: int) -> tuple[tuple[frozenset[int], float], ...]:
    """Every set of the other features that may be known before, with its Shapley weight."""
    total = factorial(others + 1)
    return tuple(
        (frozenset(chosen), factorial(size) * factorial(others - size) / total)
        for size in range(others + 1)
        for chosen in combinations(range(others), size)
    )
