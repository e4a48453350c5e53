"""The MBG/CNBD-k: the MBG/NBD when k is 1; the slow integrals when it is not; a simulated truth found again."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy import integrate, stats

from tenure.errors import UsageError
from tenure.value import ModifiedBetaGeo, ModifiedBetaGeoErlang
from tenure.value.model import Model
from tests.library.value.conftest import days_of

TRUTH = {"r": 0.9, "alpha": 6.0, "a": 0.9, "b": 2.2}
AHEAD = 30.0


def simulated(k: int, count: int = 2_500) -> np.ndarray:
    """(frequency, recency, T, log_gaps, purchases in AHEAD after T), purchase by purchase."""
    random = np.random.default_rng(k)
    rows = []
    for T in random.uniform(30, 80, count):
        rate, chance = random.gamma(TRUTH["r"], k / TRUTH["alpha"]), random.beta(TRUTH["a"], TRUTH["b"])
        times = [0.0]
        while times[-1] <= T + AHEAD and random.random() >= chance:
            times.append(times[-1] + random.gamma(k, 1 / max(rate, 1e-9)))
        seen = np.array([time for time in times if time <= T])
        later = sum(T < time <= T + AHEAD for time in times)
        rows.append((len(seen) - 1, seen[-1], T, np.log(np.diff(seen)).sum(), later))
    return np.array(rows).T


@pytest.fixture(scope="module")
def regular() -> np.ndarray:
    return simulated(3)


def test_with_one_tick_it_is_the_modified_beta_geo(cdnow):
    x, t_x, T = cdnow.history
    plain, one = ModifiedBetaGeo().fit(x, t_x, T), ModifiedBetaGeoErlang(k=1).fit(x, t_x, T)
    assert one.params_ == pytest.approx(plain.params_, rel=1e-7)
    assert one.log_likelihood_ == pytest.approx(plain.log_likelihood_, rel=1e-12)
    assert one.standard_errors_ == pytest.approx(plain.standard_errors_, rel=1e-5)
    same = ModifiedBetaGeoErlang.from_params(k=1, **plain.params_)
    few = [column[:200] for column in cdnow.history]
    assert same.log_likelihood(*few) == pytest.approx(plain.log_likelihood(*few), rel=1e-10)
    assert same.probability_alive(*few) == pytest.approx(plain.probability_alive(*few), rel=1e-8)
    assert same.expected_purchases(39, *few) == pytest.approx(plain.expected_purchases(39, *few), rel=1e-8)
    assert same.expected_purchases_new(39) == pytest.approx(plain.expected_purchases_new(39), rel=1e-8)
    assert same.probability_of(2, 39) == pytest.approx(plain.probability_of(2, 39), rel=1e-8)


@pytest.mark.parametrize(
    ("k", "gaps", "T"),
    [
        pytest.param(2, [], 8.0, marks=pytest.mark.thorough),
        pytest.param(2, [3.0, 4.5], 11.0, marks=pytest.mark.thorough),
        (4, [2.0, 2.5, 1.5], 7.0),
    ],
)
def test_it_is_what_slow_integrals_over_rate_and_chance_give(k, gaps, T):
    """Platzer and Reutterer (2016): each Erlang density and survival as scipy has it, integrated over λ and p."""
    model = ModifiedBetaGeoErlang.from_params(k=k, **TRUTH)
    x, t_x, silence = len(gaps), sum(gaps), T - sum(gaps)
    rates, chances = stats.gamma(TRUTH["r"], scale=1 / TRUTH["alpha"]), stats.beta(TRUTH["a"], TRUTH["b"])

    def over_rates(function):
        def at(u):  # u = λ^r: no pole at zero
            rate = u ** (1 / TRUTH["r"])
            bought = np.prod(stats.gamma.pdf(gaps, k, scale=1 / rate))
            return rates.pdf(rate) * rate ** (1 - TRUTH["r"]) / TRUTH["r"] * bought * function(rate)

        return integrate.quad(at, 1e-12, 12.0, epsabs=0, epsrel=1e-9, limit=200)[0]

    def over_chances(function):
        return chances.expect(function, epsabs=1e-13)

    waits = stats.gamma(k).sf
    alive = over_rates(lambda rate: waits(rate * silence)) * over_chances(lambda p: (1 - p) ** (x + 1))
    lost = over_rates(lambda rate: 1.0) * over_chances(lambda p: p * (1 - p) ** x)
    history = (x, t_x, T)
    height = model.log_likelihood(*history, log_gaps=np.log(gaps).sum())[0]
    assert height == pytest.approx(np.log(alive + lost), rel=1e-6)
    assert model.probability_alive(*history)[0] == pytest.approx(alive / (alive + lost), rel=1e-6)
    nothing = over_rates(lambda rate: waits(rate * (silence + 5))) * over_chances(lambda p: (1 - p) ** (x + 1))
    assert model.probability_no_purchase(5, *history)[0] == pytest.approx((nothing + lost) / (alive + lost), rel=1e-6)


@pytest.mark.thorough
def test_a_simulated_truth_and_its_regularity_are_found_again(regular):
    x, t_x, T, log_gaps, later = regular
    found = ModifiedBetaGeoErlang().fit(x, t_x, T, log_gaps=log_gaps)
    assert found.k_ == 3
    assert found.verdict_.kind == "sound"
    wanted = {**TRUTH, "alpha": TRUTH["alpha"] / 3}
    for name, value in wanted.items():
        assert abs(found.params_[name] - value) < 4 * found.standard_errors_[name], name
        assert found.standard_errors_[name] < 0.3 * value, name
    assert found.log_likelihood_ == pytest.approx(found.log_likelihood(x, t_x, T, log_gaps=log_gaps).sum(), rel=1e-9)
    ahead = found.expected_purchases(AHEAD, x, t_x, T)
    assert ahead.sum() == pytest.approx(later.sum(), rel=0.06)
    again = Model.from_dict(found.to_dict())
    assert again.expected_purchases(AHEAD, x[:9], t_x[:9], T[:9]) == pytest.approx(ahead[:9])


def test_buyers_of_cdnow_are_not_regular_as_btydplus_says(cdnow, sample_file):
    cut = date(1997, 9, 30).toordinal()
    seen = [[day / 7 for day in sorted(days) if day <= cut] for days in days_of(sample_file).values()]
    log_gaps = [np.log(np.diff(weeks)).sum() for weeks in seen]
    free = ModifiedBetaGeoErlang().fit(*cdnow.history, log_gaps=log_gaps)
    two = ModifiedBetaGeoErlang(k=2).fit(*cdnow.history, log_gaps=log_gaps)
    assert free.k_ == 1
    assert free.log_likelihood_ == pytest.approx(-9582.136, abs=1e-3)
    assert two.log_likelihood_ < free.log_likelihood_ - 100
    heights = two.log_likelihood(*cdnow.history, log_gaps=log_gaps)
    assert two.log_likelihood_ == pytest.approx(heights.sum(), rel=1e-9)


def test_it_says_when_nobody_is_ever_lost():
    random = np.random.default_rng(4)
    rows = []
    for T in random.uniform(30, 60, 600):
        times = np.cumsum(random.gamma(2, 1 / random.gamma(3, 0.1), 400))
        seen = np.concatenate([[0.0], times[times <= T]])
        rows.append((len(seen) - 1, seen[-1], T, np.log(np.diff(seen)).sum()))
    x, t_x, T, log_gaps = np.array(rows).T
    found = ModifiedBetaGeoErlang().fit(x, t_x, T, log_gaps=log_gaps)
    assert found.k_ == 2
    assert found.verdict_.kind == "no_dropout"
    assert (found.probability_alive(x, t_x, T) == 1).all()
    assert found.expected_purchases(10, x, t_x, T).sum() == pytest.approx(x.sum() / T.sum() * 6000, rel=0.05)


def test_a_regular_buyer_who_is_late_is_more_likely_lost():
    alive = [ModifiedBetaGeoErlang.from_params(k=k, r=2, alpha=4 * k, a=0.9, b=2.2) for k in (1, 4)]
    late = [model.probability_alive(8, 40, 60)[0] for model in alive]
    assert late[1] < 0.5 * late[0]


@pytest.mark.parametrize("k", [1, 4])
def test_nobody_buys_when_the_history_goes_on_without_a_purchase(k):
    model = ModifiedBetaGeoErlang.from_params(k=k, r=2, alpha=4 * k, a=0.9, b=2.2)
    x, t_x, T = np.array([0, 3, 500]), np.array([0.0, 20, 39]), np.array([39.0, 39, 39])
    longer, now = (model.log_likelihood(x, t_x, end, log_gaps=np.zeros(3)) for end in (T + AHEAD, T))
    assert model.probability_no_purchase(AHEAD, x, t_x, T) == pytest.approx(np.exp(longer - now), rel=1e-9, abs=0)
    some = model.probability_at_least(1, AHEAD, x, t_x, T)
    assert model.probability_no_purchase(AHEAD, x, t_x, T) == pytest.approx(1 - some, abs=1e-12)


def test_what_it_cannot_take_is_told():
    with pytest.raises(UsageError, match="k must be a whole number"):
        ModifiedBetaGeoErlang(k=0)
    with pytest.raises(UsageError, match="Give log_gaps"):
        ModifiedBetaGeoErlang(k=2).fit([1, 2], [3, 4], [9, 9])
    with pytest.raises(UsageError, match="takes no covariates"):
        ModifiedBetaGeoErlang(k=2).fit([1, 2], [3, 4], [9, 9], covariates=[0, 1])
