"""Contracts, occasions and plain survival: the figures of the papers, and the slow second way."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from tenure.errors import UsageError
from tenure.value import BetaDiscreteWeibull, BetaGeoBetaBinomial, KaplanMeier, ShiftedBetaGeometric
from tenure.value.model import Model
from tests.library.value.conftest import real

HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
FITS = [
    (ShiftedBetaGeometric, HIGH_END, {"alpha": 0.668088, "beta": 3.806095}, -1611.158, 0.3780),
    (ShiftedBetaGeometric, REGULAR, {"alpha": 0.704077, "beta": 1.182043}, -1680.265, 0.1700),
    (BetaDiscreteWeibull, HIGH_END, {"alpha": 0.21425, "beta": 1.42657, "c": 1.72356}, -1605.314, None),
    (BetaDiscreteWeibull, REGULAR, {"alpha": 0.45561, "beta": 0.77933, "c": 1.28345}, -1679.603, None),
]


def cohort(left: list[int]) -> tuple[list[int], list[int], list[int]]:
    """(periods, lost, how many) of a cohort of which so many are left after 0, 1, 2 … renewals."""
    last = len(left) - 1
    return [*range(1, last + 1), last], [1] * last + [0], [*(-np.diff(left)), left[-1]]


@pytest.mark.parametrize(("kind", "left", "params", "height", "twelve"), FITS)
def test_contracts_give_the_published_parameters(kind, left, params, height, twelve):
    periods, lost, many = cohort(left)
    model = kind("year").fit(periods, lost, many)
    assert model.params_ == pytest.approx(params, rel=1e-4)
    assert model.log_likelihood_ == pytest.approx(height, abs=1e-3)
    if twelve:
        assert model.survival(12) == pytest.approx(twelve, abs=1e-4)
    assert model.probability_no_purchase(3, [0, 2]) == pytest.approx(1 - model.retention([1, 3]))
    assert model.probability_no_purchase(0, [2]) == 1
    rows = kind("year").fit(np.repeat(periods, many), np.repeat(lost, many))
    assert rows.params_ == pytest.approx(model.params_, rel=1e-6)
    assert Model.from_dict(model.to_dict()).survival(5) == model.survival(5)


@pytest.mark.parametrize(
    ("alpha", "beta", "wanted"),
    [(3.80, 15.20, [3.31, 3.45, 3.59, 3.72, 3.84]), (0.067, 0.267, [7.68, 9.46, 9.86, 10.06, 10.19])],
)
def test_residual_lifetimes_are_those_of_the_table(alpha, beta, wanted):
    model = ShiftedBetaGeometric.from_params("year", alpha=alpha, beta=beta)
    assert [model.expected_residual(0.1, n) for n in range(5)] == pytest.approx(wanted, abs=0.011)


def test_survival_is_a_mean_over_chances():
    random = np.random.default_rng(1)
    chance = random.beta(0.9, 3.0, 400_000)
    model = ShiftedBetaGeometric.from_params("year", alpha=0.9, beta=3.0)
    assert [((1 - chance) ** t).mean() for t in (1, 3, 8)] == pytest.approx(model.survival([1, 3, 8]), abs=2e-3)
    assert model.expected_purchases(2, 3)[0] == pytest.approx(
        (model.survival(4) + model.survival(5)) / model.survival(3)
    )
    assert model.retention(1) < model.retention(9)


@pytest.mark.parametrize(
    ("periods", "lost", "words"),
    [
        ([], [], "no customer"),
        ([0], [1], "1 or more"),
        ([1.5], [1], "whole numbers"),
        ([3], [0], "No contract has ended"),
    ],
)
def test_contracts_that_teach_nothing_are_told(periods, lost, words):
    with pytest.raises(UsageError, match=words):
        ShiftedBetaGeometric().fit(periods, lost)


@pytest.fixture(scope="module")
def donors():
    """11,104 donors in 22 cells: frequency, recency, periods, how many."""
    rows = list(csv.DictReader(real("donations/donations.csv").open()))
    return [np.array([float(row[name]) for row in rows]) for name in ("frequency", "recency", "periods", "weights")]


def test_donors_give_the_published_parameters(donors):
    model = BetaGeoBetaBinomial("year").fit(*donors)
    wanted = {"alpha": 1.203522, "beta": 0.749716, "gamma": 0.656718, "delta": 2.783442}
    assert model.params_ == pytest.approx(wanted, rel=2e-5)
    assert model.log_likelihood_ == pytest.approx(-33225.5813, abs=1e-3)
    assert model.probability_alive([0, 2, 6], [0, 4, 6], 6) == pytest.approx([0.11, 0.59, 0.93], abs=5e-3)
    ahead = model.expected_purchases(5, *donors[:3])
    assert ahead @ donors[3] == pytest.approx(12_884.2, abs=0.1)
    new = [model.expected_purchases_new(n) for n in range(1, 12)]
    table = [0.4985, 0.9233, 1.2969, 1.6323, 1.9381, 2.2202, 2.4826, 2.7285, 2.9603, 3.1798, 3.3887]
    assert new == pytest.approx(table, abs=1e-4)
    nobody = np.exp(model.log_likelihood([0], [0], [6]))[0]
    assert nobody * 11_104 == pytest.approx(3454.9, abs=0.1)
    assert np.exp(model.log_likelihood([6], [6], [6]))[0] * 11_104 == pytest.approx(1253.1, abs=0.1)


def test_all_histories_of_an_occasion_model_add_up_to_one():
    """Every sequence of purchases over five occasions: comb(t−1, x−1) of them share a last occasion t and a count x."""
    from math import comb

    model = BetaGeoBetaBinomial.from_params(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    cells = [(0, 0, 1), *((x, t, comb(t - 1, x - 1)) for t in range(1, 6) for x in range(1, t + 1))]
    x, t, many = (np.array(column, float) for column in zip(*cells, strict=True))
    chance = many * np.exp(model.log_likelihood(x, t, 5))
    assert chance.sum() == pytest.approx(1, abs=1e-12)
    assert (chance * x).sum() == pytest.approx(model.expected_purchases_new(5))
    silent = model.probability_no_purchase(3, 2, 4, 5)[0]
    assert 0 < silent < 1
    assert silent == pytest.approx(np.exp(model.log_likelihood(2, 4, 8) - model.log_likelihood(2, 4, 5))[0])


def test_kaplan_meier_is_the_product_over_times():
    """The remission times of Freireich (1963), group 6-MP: the textbook's example."""
    times = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    lost = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    found = KaplanMeier().fit(times, lost)
    assert found.times_.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.survival_ == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
    assert found.low_[0] == pytest.approx(0.620, abs=1e-3)
    assert found.high_[0] == pytest.approx(0.952, abs=1e-3)
    assert found.median() == 23
    assert found.survival([0, 6, 12]) == pytest.approx([1, 0.857, 0.753], abs=5e-4)


def test_kaplan_meier_of_all_lost_and_of_none():
    assert KaplanMeier().fit([1, 2], [1, 1]).survival([0, 1, 2]).tolist() == [1, 0.5, 0]
    assert KaplanMeier().fit([1, 2], [0, 0]).median() is None
    with pytest.raises(UsageError, match="no customer"):
        KaplanMeier().fit([], [])
