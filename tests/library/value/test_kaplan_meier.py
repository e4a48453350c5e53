"""Kaplan–Meier looks ahead: against a sum in small steps, and never beyond what anybody was followed for."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import binomtest

from tenure.errors import UsageError
from tenure.value import KaplanMeier

DURATION, LOST = [3, 5, 5, 8, 9, 12, 14], [1, 1, 0, 1, 1, 0, 0]


@pytest.fixture(scope="module")
def found() -> KaplanMeier:
    return KaplanMeier(0.9).fit(DURATION, LOST)


def test_lasting_longer_is_the_ratio_of_two_parts(found):
    assert found.probability_alive([0, 4, 6], 5) == pytest.approx(
        [found.survival(5), found.survival(9) / found.survival(4), found.survival(11) / found.survival(6)]
    )


@pytest.mark.parametrize("discount", [0.0, 0.02])
def test_value_ahead_is_that_of_staying_day_by_day(found, discount):
    starts, ahead, steps = np.array([0.0, 4.0, 8.5]), 5.0, 20_000
    ages = (np.arange(steps) + 0.5) * ahead / steps
    slowly = [
        float((found.survival(at + ages) / found.survival(at) * (1 + discount) ** -ages).mean() * ahead) * 7
        for at in starts
    ]
    assert found.expected_value(ahead, starts, 7, discount) == pytest.approx(slowly, rel=1e-4)
    assert found.expected_lifetime(ahead, 0)[0] == found.expected_value(ahead, 0)[0] <= ahead


NONE_OF = {5: 0.5218, 10: 0.3085, 20: 0.1684, 50: 0.0711, 100: 0.0362}


@pytest.mark.parametrize(("many", "published"), NONE_OF.items())
def test_before_the_first_loss_the_interval_is_that_of_published_tables(many, published):
    """Clopper & Pearson: the 95 % interval of 0 in n reaches so far: as many may be lost though all n last."""
    low, high = KaplanMeier().fit([7] * many, [0] * many).interval([0, 7])
    assert high.tolist() == [1, 1]
    assert 1 - low == pytest.approx([published, published], abs=5e-5)
    assert low[0] == pytest.approx(binomtest(many, many).proportion_ci(0.95, "exact").low)


def test_the_remissions_of_6_mp_begin_with_the_published_interval():
    """Fay, Brittain & Proschan's procedure gives 0.8389 to 1 until the first of the 21 relapses."""
    times = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    lost = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    found = KaplanMeier().fit(times, lost)
    low, high = found.interval([0, 5.9, 6, 6.5, 35])
    assert low == pytest.approx([0.8389, 0.8389, found.low_[0], found.low_[0], found.low_[-1]], abs=5e-5)
    assert high.tolist() == [1, 1, found.high_[0], found.high_[0], found.high_[-1]]
    with pytest.raises(UsageError, match="Nobody was followed for longer than 35"):
        found.interval(36)


def test_fewer_followed_without_a_loss_say_less():
    found = KaplanMeier().fit([1, 4, 4, 6, 9, 9], [0, 0, 0, 0, 1, 0])
    low, _ = found.interval([0, 1, 1.5, 4, 5, 6, 8])
    slowly = [0.025 ** (1 / sum(followed >= day for followed in [1, 4, 4, 6, 9, 9])) for day in [0, 1, 1.5, 4, 5, 6, 8]]
    assert low == pytest.approx(slowly)
    assert found.plot_survival().table["low"] == pytest.approx([*found.interval([0, 1, 4, 6])[0], found.low_[0]])


@pytest.mark.thorough
def test_the_interval_before_a_loss_holds_the_truth_as_often_as_it_says():
    """Of samples of thirty, most leaving early, the truth lies within at least 95 in 100 times: seen in 4,000."""
    random, day, missed, asked = np.random.default_rng(7), 3.0, 0, 0
    for _ in range(4_000):
        end, leaving = random.exponential(100, 30), random.exponential(4, 30)
        found = KaplanMeier().fit(np.minimum(end, leaving), end <= leaving)
        if found.followed_ >= day and (not len(found.times_) or found.times_[0] > day):
            asked += 1
            missed += bool(found.interval(day)[0][0] > np.exp(-day / 100))
    assert asked > 1_000
    assert missed / 4_000 <= 0.025 + 3 * (0.025 * 0.975 / 4_000) ** 0.5


def test_once_all_are_lost_the_interval_stays_open():
    found = KaplanMeier().fit([1, 2, 3], [1, 1, 1])
    assert (found.low_[-1], found.high_[-1]) == (0, found.high_[-2])
    at_once = KaplanMeier().fit([2] * 10, [1] * 10)
    assert (at_once.low_[0], at_once.high_[0]) == pytest.approx((0, 0.3085), abs=5e-5)


def test_where_all_were_lost_nothing_is_ahead():
    found = KaplanMeier().fit([1, 2], [1, 1])
    assert found.probability_alive([0, 1, 2], 0).tolist() == [1, 1, 0]
    assert found.expected_value(1, [0, 1]) == pytest.approx([1, 1])


def test_what_nobody_was_followed_for_is_not_told(found):
    assert found.probability_alive(9, 5)[0] == 1
    with pytest.raises(UsageError, match="Nobody was followed for longer than 14"):
        found.probability_alive(9, 6)
    with pytest.raises(UsageError, match="cannot be negative"):
        found.expected_value(-1, 3)


def test_it_comes_back_from_its_document(found):
    back = KaplanMeier.from_dict(json.loads(json.dumps(found.to_dict())))
    assert back.level == 0.9
    for name in ("times_", "survival_", "low_", "high_", "at_risk_", "lost_", "early_times_", "early_at_risk_"):
        assert getattr(back, name).tolist() == getattr(found, name).tolist()
    assert back.expected_value(5, 4) == found.expected_value(5, 4)
    with pytest.raises(UsageError, match='holds "BetaGeo", not KaplanMeier'):
        KaplanMeier.from_dict({"model": "BetaGeo"})
