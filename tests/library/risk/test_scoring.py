"""The figures of a hold-out and of drivers, beside slow second ways."""

import numpy as np
import pytest

from tenure.definitions import built_in
from tenure.risk.drivers import _guarded, drivers
from tenure.risk.scoring import auc, figures


def test_auc_counts_pairs_and_ties_half() -> None:
    rng = np.random.default_rng(3)
    by, lost = rng.integers(0, 6, 80).astype(float), rng.random(80) < 0.4
    pairs = [(a, b) for a in by[lost] for b in by[~lost]]
    slow = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)
    assert auc(by, lost) == pytest.approx(slow)


def test_figures_of_a_perfect_and_of_a_useless_forecast() -> None:
    lost = np.array([True, False] * 50)
    perfect = figures(lost.astype(float), lost)
    assert (perfect.auc, perfect.brier, perfect.top_lift) == (1.0, 0.0, 2.0)
    useless = figures(np.full(100, 0.5), lost)
    assert (useless.auc, useless.bias) == (0.5, 0.0)
    assert figures(np.full(4, 0.2), np.zeros(4, dtype=bool)).auc is None


def test_the_guard_against_chance_is_that_of_benjamini_and_hochberg() -> None:
    from scipy.stats import false_discovery_control

    p = [0.001, 0.04, 0.03, 0.2, 0.9, 0.012]
    assert _guarded(p) == pytest.approx(list(false_discovery_control(p)))


def test_a_driver_is_found_and_noise_is_not() -> None:
    from scipy.stats import mannwhitneyu

    rng = np.random.default_rng(9)
    gone = rng.random(600) < 0.5
    values = np.column_stack([rng.poisson(np.where(gone, 2, 4)), *rng.normal(size=(12, 600))]).astype(float)
    features = built_in("USD").features
    names = ("orders", *[key for key, feature in features.items() if feature.type == "float"][:4])
    names += tuple(key for key in features if key not in names)[: 13 - len(names)]
    found = drivers(names, values, gone, features, "USD")
    assert [driver.feature for driver in found] == ["orders"]
    effect = mannwhitneyu(values[gone, 0], values[~gone, 0]).statistic / (gone.sum() * (~gone).sum())
    assert found[0].effect == pytest.approx(effect)
    assert found[0].low < effect < found[0].high
    assert "against" in found[0].words.en
    assert "对照为" in found[0].words.zh
