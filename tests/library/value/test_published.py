"""The figures of the papers and of the peers' own tests, to the digits given."""

from __future__ import annotations

import numpy as np
import pytest

from tenure.value import BetaGeo, GammaGamma, ModifiedBetaGeo, ParetoNBD
from tests.library.value.conftest import Buyers, buyers

SAMPLE = [
    (BetaGeo, {"r": 0.24259453, "alpha": 4.41360223, "a": 0.79292210, "b": 2.42590714}, -9582.429207),
    (ModifiedBetaGeo, {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, -9582.136),
    (ParetoNBD, {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, -9594.976),
]
FULL = [
    (BetaGeo, {"r": 0.251624, "alpha": 4.788943, "a": 0.723434, "b": 2.161088}, -95368.444),
    (ModifiedBetaGeo, {"r": 0.637140, "alpha": 7.310290, "a": 0.807474, "b": 1.228394}, -95336.958),
    (ParetoNBD, {"r": 0.597420, "alpha": 11.585658, "s": 0.522186, "beta": 8.827759}, -95415.119),
]
PAPER = BetaGeo.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
EXACT = BetaGeo.from_params(r=0.24259, alpha=4.41353, a=0.79289, b=2.42575)
PARETO = ParetoNBD.from_params(r=0.5534, alpha=10.5802, s=0.6061, beta=11.6562)
PARADOX = ParetoNBD.from_params(r=0.5534, alpha=10.58, s=0.6061, beta=11.656)


def digits(value: float) -> float:
    """Half a unit of the last digit a figure was given with, with a little room for how it was rounded."""
    return 1.01 * 10.0 ** -len(str(value).partition(".")[2])


@pytest.mark.parametrize(("model", "params", "height"), SAMPLE)
def test_the_sample_gives_the_published_parameters(model, params, height, cdnow: Buyers):
    found = model().fit(*cdnow.history)
    assert found.log_likelihood_ == pytest.approx(height, abs=digits(height))
    for name, value in params.items():
        assert found.params_[name] == pytest.approx(value, rel=2e-5, abs=digits(value))
    assert found.verdict_.kind == "sound"


@pytest.mark.thorough
@pytest.mark.parametrize(("model", "params", "height"), FULL)
def test_all_of_cdnow_gives_the_parameters_found_by_peers(model, params, height, cdnow_full: Buyers):
    found = model().fit(*cdnow_full.history)
    assert found.log_likelihood_ == pytest.approx(height, abs=1.1e-3)
    assert found.params_ == pytest.approx(params, rel=2e-5)


def test_no_parameters_of_pareto_by_a_peer_fit_better(cdnow: Buyers):
    ours = ParetoNBD().fit(*cdnow.history)
    for r, alpha, s, beta in ((0.55315, 10.57633, 0.60625, 11.67150), (0.5534, 10.5802, 0.6061, 11.6562)):
        theirs = ParetoNBD.from_params(r=r, alpha=alpha, s=s, beta=beta)
        assert theirs.log_likelihood(*cdnow.history).sum() <= ours.log_likelihood_


def test_pareto_standard_errors_are_those_of_clvtools(cdnow: Buyers):
    errors = ParetoNBD().fit(*cdnow.history).standard_errors_
    wanted = {"r": 0.0476264, "alpha": 0.8427222, "s": 0.1872594, "beta": 6.2105448}
    assert errors == pytest.approx(wanted, rel=2e-4)


def test_the_number_of_purchases_ahead_of_the_papers_customer():
    assert PAPER.expected_purchases(39, 2, 30.43, 38.86)[0] == pytest.approx(1.2260282, abs=1e-6)
    assert PAPER.probability_alive(2, 30.43, 38.86)[0] == pytest.approx(0.7266, abs=5e-5)


def test_purchases_of_a_new_customer_are_those_of_the_spreadsheet():
    wanted = {0.1429: 0.0078, 1: 0.0532, 3: 0.1506, 31.8571: 1.0405, 32: 1.0437, 78: 1.8576}
    for t, value in wanted.items():
        assert EXACT.expected_purchases_new(t) == pytest.approx(value, rel=2e-4, abs=5e-5)


def test_the_chances_of_counts_are_those_of_btyd():
    assert PAPER.probability_of(0, 39) == pytest.approx(0.5737864, abs=1e-6)
    assert PAPER.probability_of(10, 2) == pytest.approx(1.07869e-07, rel=2e-4)


def test_pareto_forecasts_are_those_of_btyd():
    assert PARETO.expected_purchases(52, 26, 30.86, 31)[0] == pytest.approx(25.4565, abs=2e-3)
    assert PARETO.probability_alive(26, 30.86, 31)[0] == pytest.approx(0.9979, abs=5e-5)
    assert PARETO.expected_purchases_new(52) == pytest.approx(1.4734, abs=5e-4)
    wanted = [0, 0.05077821, 0.09916088, 0.14542507, 0.18979930, 0.23247466, 0.27361274, 0.31335159, 0.35181024,
              0.38909211]  # fmt: skip
    manual = ParetoNBD.from_params(r=0.55, alpha=10.56, s=0.61, beta=11.64)
    assert [manual.expected_purchases_new(t) for t in range(10)] == pytest.approx(wanted, abs=5e-9)


def test_buying_more_often_and_then_not_makes_one_look_lost():
    found = PARADOX.expected_purchases(52, [10, 15, 20, 25], 20, 39)
    assert found == pytest.approx([0.7063, 0.1442, 0.0225, 0.0031], abs=1e-3)


def test_spend_of_the_sample(cdnow: Buyers):
    found = GammaGamma().fit(cdnow.frequency, cdnow.monetary)
    assert found.params_ == pytest.approx({"p": 6.25, "q": 3.74, "v": 15.44}, abs=6e-3)
    assert found.log_likelihood_ == pytest.approx(-4055.91769, abs=1e-4)
    assert found.population_mean() == pytest.approx(35.17, abs=5e-3)
    assert found.left_out_ == 2357 - 946


def test_spend_of_the_first_ten_customers_is_that_of_the_note(cdnow: Buyers):
    wanted = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    model = GammaGamma().fit(cdnow.frequency, cdnow.monetary)
    found = model.expected_spend(cdnow.frequency[:10], cdnow.monetary[:10])
    assert found == pytest.approx(wanted, abs=6e-3)


@pytest.mark.thorough
def test_spend_of_all_of_cdnow(cdnow_full: Buyers):
    found = GammaGamma().fit(cdnow_full.frequency, cdnow_full.monetary)
    assert found.params_ == pytest.approx({"p": 6.275359, "q": 3.624450, "v": 14.983689}, rel=2e-6)
    assert found.log_likelihood_ == pytest.approx(-40763.476, abs=1e-3)


def test_hold_out_correlations_are_those_of_the_paper(cdnow: Buyers):
    for model, wanted in ((BetaGeo, 0.6256), (ParetoNBD, 0.6302)):
        ahead = model().fit(*cdnow.history).expected_purchases(39, *cdnow.history)
        assert np.corrcoef(ahead, cdnow.later)[0, 1] == pytest.approx(wanted, abs=1e-4)


@pytest.mark.thorough
def test_one_time_buyers_of_all_of_cdnow_are_worth_what_the_iso_value_paper_says(sample_file, cdnow_full):
    """Parameters from the sample over 78 weeks, 30 % margin, 15 % a year: $4.40 a customer, $53,000 in all."""
    learned = buyers(sample_file, weeks=78)
    purchases = ParetoNBD().fit(*learned.history)
    assert purchases.log_likelihood_ == pytest.approx(-17135.836, abs=1e-3)
    spend = GammaGamma().fit(learned.frequency, learned.monetary)
    everybody = buyers(_master(), weeks=78)
    delta = np.log(1.15) / 52
    worth = 0.3 * purchases.expected_residual(delta, *everybody.history)
    worth = worth * spend.expected_spend(everybody.frequency, everybody.monetary)
    once = everybody.frequency == 0
    assert once.sum() == 12_054
    assert worth[once].mean() == pytest.approx(4.40, abs=5e-3)
    assert worth[once].sum() == pytest.approx(53_086, abs=5)
    assert worth.sum() == pytest.approx(1_143_823, rel=1e-5)


def _master():
    from tests.library.value.conftest import real

    return real("cdnow/CDNOW_master.txt")
