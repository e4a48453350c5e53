"""What holds for the models of spend, occasions and contracts as for those of purchases; and what covariates shift."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tenure.errors import UsageError
from tenure.value import (
    BetaDiscreteWeibull,
    BetaGeoBetaBinomial,
    GammaGamma,
    KaplanMeier,
    ParetoNBD,
    ShiftedBetaGeometric,
)

RANDOM = np.random.default_rng(5)
LOST = RANDOM.random(300) < 0.6
PERIODS = RANDOM.integers(1, 9, 300)
OCCASIONS = np.full(300, 6)
LAST = RANDOM.integers(0, 7, 300)
SEEN = np.where(LAST > 0, 1 + RANDOM.binomial(np.maximum(LAST - 1, 0), 0.5), 0)
REPEATS = RANDOM.integers(0, 6, 300)
SPENT = np.where(REPEATS > 0, RANDOM.gamma(4, 10, 300), 0)
ASKED: list[tuple[Any, tuple[Any, ...]]] = [
    (GammaGamma, (REPEATS, SPENT)),
    (BetaGeoBetaBinomial, (SEEN, LAST, OCCASIONS)),
    (ShiftedBetaGeometric, (PERIODS, LOST)),
    (BetaDiscreteWeibull, (PERIODS, LOST)),
    (KaplanMeier, (PERIODS, LOST)),
]
EVERY = pytest.mark.parametrize(("kind", "columns"), ASKED, ids=lambda each: getattr(each, "__name__", ""))


@EVERY
def test_weights_are_repeated_rows(kind, columns):
    often = np.arange(300) % 3
    weighed, repeated = kind().fit(*columns, often), kind().fit(*(np.repeat(each, often) for each in columns))
    if kind is KaplanMeier:
        assert weighed.survival_ == pytest.approx(repeated.survival_)
        assert weighed.low_ == pytest.approx(repeated.low_)
    else:
        assert weighed.log_likelihood_ == pytest.approx(repeated.log_likelihood_, rel=1e-9)
        assert weighed.params_ == pytest.approx(repeated.params_, rel=1e-3)


@EVERY
def test_weights_below_none_are_refused(kind, columns):
    with pytest.raises(UsageError, match=r"weights is negative in row 2 \(-1\), and in no other row"):
        kind().fit(*columns, np.where(np.arange(300) == 1, -1, 1))


@pytest.mark.thorough
def test_a_simulated_truth_is_found_again_by_spend_occasions_and_contracts():
    random, many = np.random.default_rng(3), 20_000
    x = random.integers(1, 12, many)
    mean = random.gamma(6.25 * x, 1 / (random.gamma(3.74, 1 / 15.44, many) * x))
    assert GammaGamma().fit(x, mean).params_ == pytest.approx({"p": 6.25, "q": 3.74, "v": 15.44}, rel=0.1)

    buys, leaves, n = random.beta(1.2, 0.75, many), random.beta(0.66, 2.8, many), 8
    stays = random.geometric(leaves) - 1
    bought = (random.random((many, n)) < buys[:, None]) & (np.arange(n) < stays[:, None])
    last = np.where(bought.any(axis=1), n - np.argmax(bought[:, ::-1], axis=1), 0)
    found = BetaGeoBetaBinomial().fit(bought.sum(axis=1), last, np.full(many, n)).params_
    assert found == pytest.approx({"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8}, rel=0.15)

    theta, followed = random.beta(0.67, 3.8, many), 10
    ended = random.geometric(theta)
    told = np.minimum(ended, followed), ended <= followed
    assert ShiftedBetaGeometric().fit(*told).params_ == pytest.approx({"alpha": 0.67, "beta": 3.8}, rel=0.1)
    risen = np.ceil((np.log(random.random(many)) / np.log1p(-theta)) ** (1 / 1.5))
    told = np.minimum(np.maximum(risen, 1), followed), risen <= followed
    assert BetaDiscreteWeibull().fit(*told).params_["c"] == pytest.approx(1.5, rel=0.1)


@pytest.mark.thorough
def test_a_covariate_that_makes_customers_leave_sooner_is_found_in_the_loss_and_not_in_the_rate():
    random, many = np.random.default_rng(8), 6_000
    T, group = random.uniform(40, 90, many), np.arange(many) % 2
    rate = random.gamma(0.9, 1 / 5.0, many)
    life = random.exponential(1 / (random.gamma(1.2, 1 / 30.0, many) * np.where(group == 1, 3.0, 1.0)))
    times = np.cumsum(random.exponential(1 / rate[:, None], (many, 400)), axis=1)
    seen = times < np.minimum(T, life)[:, None]
    x = seen.sum(axis=1)
    t_x = np.where(x > 0, np.where(seen, times, 0).max(axis=1), 0)
    model = ParetoNBD().fit(x, t_x, T, covariates=group)
    assert model.loss_effects_[0] == pytest.approx(np.log(3), abs=0.3)
    assert model.purchase_effects_[0] == pytest.approx(0, abs=0.1)
    alive = model.probability_alive([2, 2], [10, 10], [60, 60], covariates=[0, 1])
    assert alive[1] < alive[0]
