"""Trees as arrays: the same forecasts as the library that grew them, and reasons that are Shapley values."""

from itertools import permutations

import numpy as np
import pytest

from tenure.risk.forest import Forest, grow


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    """Three features that matter, one with gaps, one that nobody has."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(1500, 5))
    values[rng.random(1500) < 0.2, 2] = np.nan
    values[:, 4] = np.nan
    score = values[:, 0] + np.where(np.isnan(values[:, 2]), 1.0, values[:, 2] * values[:, 1])
    return values, rng.random(1500) < 1 / (1 + np.exp(-score))


@pytest.fixture(scope="module")
def forest(data: tuple[np.ndarray, np.ndarray]) -> Forest:
    return grow(*data)


@pytest.mark.thorough
def test_it_forecasts_what_the_library_would(data: tuple[np.ndarray, np.ndarray], forest: Forest) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    values, lost = data
    twin = HistGradientBoostingClassifier(
        max_iter=120, max_depth=4, learning_rate=0.07, min_samples_leaf=20, l2_regularization=1.0,
        early_stopping=False, random_state=1,
    )  # fmt: skip
    plain = np.where(np.isnan(values).all(axis=0), 0.0, values)
    with threadpool_limits(1):
        twin.fit(plain, lost)
    assert np.allclose(forest.log_odds(values), twin.decision_function(plain), atol=1e-9)


def test_reasons_add_up_to_the_forecast(data: tuple[np.ndarray, np.ndarray], forest: Forest) -> None:
    values = data[0][:40]
    total = forest.average + forest.reasons(values).sum(axis=1)
    assert np.allclose(total, forest.log_odds(values), atol=1e-9)
    assert not forest.reasons(values)[:, 4].any()


def test_reasons_are_the_average_over_every_order_of_getting_to_know(
    data: tuple[np.ndarray, np.ndarray], forest: Forest
) -> None:
    row = data[0][7]
    slow = np.zeros(5)
    orders = list(permutations(range(4)))
    for order in orders:
        known: set[int] = set()
        before = expected(forest, row, known)
        for feature in order:
            known.add(feature)
            after = expected(forest, row, known)
            slow[feature] += (after - before) / len(orders)
            before = after
    assert np.allclose(forest.reasons(row[None])[0], slow, atol=1e-9)


def expected(forest: Forest, row: np.ndarray, known: set[int]) -> float:
    """The forecast when only some features are known: the others follow the training customers' shares."""

    def down(tree: object, node: int) -> float:
        feature = int(tree.feature[node])
        if feature < 0:
            return float(tree.value[node])
        left, right = int(tree.left[node]), int(tree.right[node])
        if feature in known:
            value = row[feature]
            goes = tree.missing_left[node] if np.isnan(value) else value <= tree.threshold[node]
            return down(tree, left if goes else right)
        share = tree.count[left] / tree.count[node]
        return share * down(tree, left) + (1 - share) * down(tree, right)

    return forest.start + sum(down(tree, 0) for tree in forest.trees)


def test_it_comes_back_from_plain_lists(data: tuple[np.ndarray, np.ndarray], forest: Forest) -> None:
    again = Forest.from_dict(forest.to_dict())
    assert np.array_equal(again.log_odds(data[0]), forest.log_odds(data[0]))
