"""Forecasts in whole purchases: the closest there are among all of one sum, and closer than every model alone."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from tenure.errors import UsageError
from tenure.value import Forecaster, ModifiedBetaGeo, ParetoNBD, score
from tenure.value.inner import spans
from tenure.value.likely import likeliest, whole
from tests.library.value.conftest import real
from tests.library.value.test_forecaster import CUT, summary_of

MODEL = ParetoNBD.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)
FEW = (np.array([0.0, 1, 3, 5]), np.array([0.0, 20, 30, 38]), np.array([39.0, 39, 39, 39]))


def test_no_other_whole_numbers_of_the_sum_are_closer():
    """Every way to give out the purchases, judged by the chances of each customer's number."""
    ahead = MODEL.expected_purchases(39, *FEW)
    found = whole([MODEL], FEW, 39, ahead)
    at_least = np.array([MODEL.probability_at_least(k, 39, *FEW) for k in range(1, 60)])
    chance = np.diff(np.vstack([np.ones((1, 4)), at_least]), axis=0) * -1
    error = np.abs(np.arange(9)[:, None, None] - np.arange(59)[None, :, None])
    cost = (error * chance[None]).sum(axis=1)
    ways = [way for way in product(range(9), repeat=4) if sum(way) == round(ahead.sum())]
    best = min(ways, key=lambda way: sum(cost[n, who] for who, n in enumerate(way)))
    assert found.tolist() == list(best)
    assert found.sum() == round(ahead.sum())


def test_the_likeliest_number_is_that_of_the_whole_distribution():
    """Of all numbers up to sixty, by each customer's chances of so many or more, two models together."""
    models = [MODEL, ModifiedBetaGeo.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614)]
    history = (np.array([0.0, 1, 3, 5, 30, 90]), np.array([0.0, 20, 30, 38, 39, 10]), np.full(6, 39.0))
    reached = np.mean([[m.probability_at_least(k, 39, *history) for k in range(1, 61)] for m in models], axis=0)
    chances = -np.diff(np.vstack([np.ones((1, 6)), reached]), axis=0)
    number, chance, some = likeliest(models, history, 39)
    assert number.tolist() == chances.argmax(axis=0).tolist()
    assert chance == pytest.approx(chances.max(axis=0))
    assert some == pytest.approx(reached[0])
    assert 0 in number
    assert number.max() > 20


def test_chances_of_so_many_or_more_add_up_to_the_expected_number():
    for model in (MODEL, ModifiedBetaGeo.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614)):
        added = sum(model.probability_at_least(k, 20, *FEW) for k in range(1, 200))
        assert added == pytest.approx(model.expected_purchases(20, *FEW), rel=1e-6)
        silent = model.probability_no_purchase(20, *FEW)
        assert model.probability_at_least(1, 20, *FEW) == pytest.approx(1 - silent)
    with pytest.raises(UsageError, match="1 or more"):
        MODEL.probability_at_least(0, 20, *FEW)


@pytest.mark.parametrize(("share", "each"), [(0.4, 0), (0.7, 1)])
def test_customers_who_are_all_alike_all_get_the_same(share, each):
    alike = tuple(np.full(50, value) for value in (1.0, 20.0, 39.0))
    assert set(whole([MODEL], alike, 39, np.full(50, share))) == {each}


def test_many_customers_are_counted_by_a_part_of_them():
    random = np.random.default_rng(3)
    T = np.full(21_000, 39.0)
    x = random.poisson(random.gamma(0.5, 2, len(T))).astype(float)
    history = (x, np.where(x > 0, T * random.random(len(T)), 0.0), T)
    ahead = MODEL.expected_purchases(39, *history)
    found = whole([MODEL], history, 39, ahead)
    assert found.sum() == pytest.approx(ahead.sum(), rel=0.02)
    assert (np.diff(found[np.argsort(ahead)]) >= 0).all()


def test_nobody_and_nothing_expected_are_no_purchases():
    assert whole([MODEL], (np.zeros(0),) * 3, 39, np.zeros(0)).tolist() == []
    assert whole([MODEL], FEW, 39, np.zeros(4)).tolist() == [0, 0, 0, 0]


@pytest.mark.thorough
def test_on_all_of_cdnow_it_beats_every_single_model_on_error_and_order():
    """39 weeks ahead of 39: MAE below .7938, normalised Gini above .6762, the sum within a tenth."""
    file = real("cdnow/CDNOW_master.txt")
    summary, later = summary_of(file, CUT, CUT + 273)
    inner = [summary_of(file, CUT - back - length, CUT - back) for back, length in spans(272, 273)]
    forecaster = Forecaster.learn(summary, inner[0], 273, inner[1:])
    ahead = forecaster.purchases(summary, 273)
    found = score(whole(forecaster.models, summary.history, 273, ahead), later.purchases, order=ahead)
    assert found.mae < 0.78
    assert found.gini > 0.6762
    assert abs(found.bias) < 0.1
    for model in forecaster.models:
        alone = score(model.expected_purchases(273, *summary.history), later.purchases)
        assert found.mae < alone.mae
        assert found.gini > alone.gini
