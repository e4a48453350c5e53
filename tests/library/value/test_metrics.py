"""The figures of a hold-out against the slow, obvious second way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tenure.value import score
from tenure.value.metrics import gini, nearer, spearman

RANDOM = np.random.default_rng(1)
ACTUAL = RANDOM.poisson(1.2, 500).astype(float)
EXPECTED = np.round(ACTUAL * 0.3 + RANDOM.gamma(1, 1, 500), 1)


def test_errors_and_bias_are_what_they_say():
    found = score(EXPECTED, ACTUAL)
    assert found.mae == pytest.approx(np.mean(np.abs(EXPECTED - ACTUAL)))
    assert found.rmse == pytest.approx(np.mean((EXPECTED - ACTUAL) ** 2) ** 0.5)
    assert found.bias == pytest.approx(EXPECTED.sum() / ACTUAL.sum() - 1)
    assert sum(tenth.customers * tenth.actual for tenth in found.deciles) == pytest.approx(ACTUAL.sum())


def test_ranks_are_those_of_scipy():
    assert spearman(EXPECTED, ACTUAL) == pytest.approx(stats.spearmanr(EXPECTED, ACTUAL).statistic)


def test_gini_is_the_area_under_the_curve_of_concentration():
    """Averaged over many ways to break ties."""
    areas = []
    for seed in range(400):
        order = np.lexsort((np.random.default_rng(seed).random(500), EXPECTED))
        areas.append(_area(ACTUAL[order]))
    assert gini(EXPECTED, ACTUAL) == pytest.approx(np.mean(areas) / _area(np.sort(ACTUAL)), abs=2e-3)
    assert gini(ACTUAL, ACTUAL) == pytest.approx(1)
    assert gini(np.ones(500), ACTUAL) == pytest.approx(0)


def _area(values):
    curve = np.concatenate([[0], np.cumsum(values)]) / values.sum()
    return 0.5 - ((curve[1:] + curve[:-1]) / 2).mean()


def test_one_forecast_is_surely_nearer_only_beyond_what_chance_may_bring():
    random = np.random.default_rng(0)
    truth = random.poisson(2.0, 400).astype(float)
    right, wrong = np.full(400, 2.0), np.full(400, 3.5)
    assert nearer(right, wrong, truth) == "nearer"
    assert nearer(wrong, right, truth) == "farther"
    assert nearer(right, right, truth) == nearer(right, right + 1e-3 * random.normal(size=400), truth) == "open"
    assert nearer(right[:29], wrong[:29], truth[:29]) == "open"


def test_chance_alone_calls_one_forecast_nearer_about_one_time_in_twenty():
    random, called = np.random.default_rng(1), 0
    for _ in range(400):
        truth, noise = random.poisson(2.0, 100).astype(float), random.normal(0, 0.5, (2, 100))
        called += nearer(2 + noise[0], 2 + noise[1], truth) != "open"
    assert 400 * 0.02 < called < 400 * 0.09


def test_nothing_that_happened_gives_no_ratio():
    found = score(np.ones(3), np.zeros(3))
    assert (found.bias, found.gini, found.calibration, found.spearman) == (None, None, None, None)
    assert found.mae == 1
