"""What must hold for every model of buying-until-lost, whatever its formulas; and extreme histories in 50 digits."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from tenure.errors import UsageError
from tenure.value import BetaGeo, GammaGamma, ModifiedBetaGeo, ParetoNBD
from tenure.value.model import Model
from tests.library.value import slowly
from tests.library.value.conftest import Buyers

MODELS = [
    BetaGeo.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426),
    ModifiedBetaGeo.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614),
    ParetoNBD.from_params(r=0.5534, alpha=10.5802, s=0.6061, beta=11.6562),
]
EXTREME = [
    (0, 0, 0), (0, 0, 1e-3), (0, 0, 38.9), (0, 0, 500), (1, 1e-3, 39), (1, 39, 39), (2, 30.43, 38.86), (10, 1, 39),
    (25, 20, 39), (132, 200, 200), (133, 200, 200), (200, 38.9, 38.9), (400, 5, 6), (500, 39, 39), (500, 10, 39),
    (1000, 900, 1000), (5, 1e-6, 1e3), (221, 38.8, 39), (254, 38.9, 39), (161, 38.7, 39), (204, 38.99, 39),
]  # fmt: skip
PARETOS = [(0.5534, 10.5802, 0.6061, 11.6562), (0.5143, 2.8845, 0.2856, 14.1087), (0.6, 11.6, 0.52, 0.01),
           (2.5, 0.001, 1.0001, 5.0), (5, 100, 3, 0.5), (0.1, 1, 1.5, 30)]  # fmt: skip
GEOMETRICS = [(0.243, 4.414, 0.793, 2.426), (2.0, 1.0, 1.0001, 3.0), (0.1, 0.5, 1e-4, 5), (5, 50, 4, 0.3),
              (0.01, 0.06, 0.5, 0.7)]  # fmt: skip
DISCOUNTS = (0.1, 1.0)
DELTAS = [mp.log1p(mp.mpf(str(rate))) / (mp.mpf("365.25") / 7) for rate in DISCOUNTS]
"""Those rates a year as continuous rates a week."""
KINDS = pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)


def simulated(model: str, count: int = 4_000, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Histories of known truth, purchase by purchase."""
    random = np.random.default_rng(seed)
    T = random.uniform(20, 80, count)
    rate = random.gamma(0.8, 1 / 6.0, count)
    end = random.exponential(1 / random.gamma(0.9, 1 / 12.0, count)) if model == "ParetoNBD" else np.full(count, np.inf)
    chance = np.zeros(count) if model == "ParetoNBD" else random.beta(0.9, 2.2, count)
    x, t_x, at = np.zeros(count), np.zeros(count), np.zeros(count)
    living = random.random(count) >= chance if model == "ModifiedBetaGeo" else np.ones(count, bool)
    while living.any():
        who = np.flatnonzero(living)
        at[who] += random.exponential(1 / np.maximum(rate[who], 1e-12))
        bought = who[at[who] <= np.minimum(T, end)[who]]
        x[bought] += 1
        t_x[bought] = at[bought]
        living[:] = False
        living[bought[random.random(len(bought)) >= chance[bought]]] = True
    return x, t_x, T


@pytest.mark.parametrize(
    "params", [*PARETOS[:3], *(pytest.param(each, marks=pytest.mark.thorough) for each in PARETOS[3:])]
)
def test_pareto_is_right_to_a_millionth_on_extreme_histories(params):
    model = ParetoNBD.from_params(**dict(zip(ParetoNBD.names, params, strict=True)))
    for history in EXTREME:
        living, lost = slowly.pareto_parts(*params, *history)
        alive = living / (living + lost)
        rate = (mp.mpf(params[0]) + history[0]) / (mp.mpf(params[1]) + history[2])
        ahead = alive * rate * slowly.pareto_living(params[2], mp.mpf(params[3]) + history[2], 52)
        _compare(model, history, mp.log(living + lost), alive, ahead)


@pytest.mark.parametrize(
    "params", [*GEOMETRICS[:2], *(pytest.param(each, marks=pytest.mark.thorough) for each in GEOMETRICS[2:])]
)
@pytest.mark.parametrize("kind", [BetaGeo, ModifiedBetaGeo])
def test_the_bg_family_is_right_to_a_millionth_on_extreme_histories(kind, params):
    model = kind.from_params(**dict(zip(kind.names, params, strict=True)))
    for history in EXTREME:
        living, lost = slowly.beta_geo_parts(*params, *history, kind.losing_first)
        alive = living / (living + lost)
        ahead = alive * slowly.beta_geo_mean(*params, history[0], history[2], 52, kind.losing_first)
        _compare(model, history, mp.log(living + lost), alive, ahead)


@pytest.mark.parametrize(
    "params",
    [*PARETOS[2:4], *(pytest.param(each, marks=pytest.mark.thorough) for each in (*PARETOS[:2], *PARETOS[4:]))],
)
def test_silence_and_value_of_pareto_are_right_to_a_millionth_on_extreme_histories(params):
    model = ParetoNBD.from_params(**dict(zip(ParetoNBD.names, params, strict=True)))
    for x, t_x, T in EXTREME:
        living, lost = slowly.pareto_parts(*params, x, t_x, T)
        silent = sum(slowly.pareto_parts(*params, x, t_x, T + 52)) / (living + lost)
        often = living / (living + lost) * (mp.mpf(params[0]) + x) / (mp.mpf(params[1]) + T)
        worth = [often * slowly.pareto_value(params[2], mp.mpf(params[3]) + T, 52, delta) for delta in DELTAS]
        _silent_and_worth(model, (x, t_x, T), silent, worth)


@pytest.mark.parametrize(
    ("params", "histories"),
    [(GEOMETRICS[1], EXTREME[::7]), *(pytest.param(each, EXTREME, marks=pytest.mark.thorough) for each in GEOMETRICS)],
)
@pytest.mark.parametrize("kind", [BetaGeo, pytest.param(ModifiedBetaGeo, marks=pytest.mark.thorough)])
def test_silence_and_value_of_the_bg_family_are_right_to_a_millionth_on_extreme_histories(kind, params, histories):
    model = kind.from_params(**dict(zip(kind.names, params, strict=True)))
    for x, t_x, T in histories:
        living, lost = slowly.beta_geo_parts(*params, x, t_x, T, kind.losing_first)
        later = sum(slowly.beta_geo_parts(*params, x, t_x, T + 52, kind.losing_first))
        alive, first = living / (living + lost), kind.losing_first
        worth = [alive * slowly.beta_geo_value(*params, x, T, 52, delta, first) for delta in DELTAS]
        _silent_and_worth(model, (x, t_x, T), later / (living + lost), worth)


def _silent_and_worth(model, history, silent, worth):
    """Nobody buys in 52 weeks exactly when the history is as likely when it goes on so long: a ratio of likelihoods."""
    found = [model.probability_no_purchase(52, *history)]
    found += [model.expected_value(52, *history, discount=rate) for rate in DISCOUNTS]
    for one, true in zip(found, [silent, *worth], strict=True):
        assert np.isfinite(one).all(), history
        assert abs(one[0] - true) <= 1e-6 * true + mp.mpf(10) ** -290, (history, one[0], true)


def _compare(model, history, height, alive, ahead):
    found = [float(value[0]) for value in (
        model.log_likelihood(*history), model.probability_alive(*history), model.expected_purchases(52, *history)
    )]  # fmt: skip
    assert np.isfinite(found).all(), history
    assert abs(found[0] - height) <= 1e-9 * max(abs(height), 1), history
    assert abs(found[1] - alive) <= 1e-6 * alive + mp.mpf(10) ** -290, history
    assert abs(found[2] - ahead) <= 1e-6 * ahead + mp.mpf(10) ** -290, history


@KINDS
def test_the_likelihood_adds_up_and_weights_are_repeated_rows(model, cdnow: Buyers):
    x, t_x, T = (column[:300] for column in cdnow.history)
    total = model.log_likelihood(x, t_x, T).sum()
    assert total == pytest.approx(model.log_likelihood(x[:100], t_x[:100], T[:100]).sum()
                                  + model.log_likelihood(x[100:], t_x[100:], T[100:]).sum(), rel=1e-12)  # fmt: skip
    often = np.arange(300) % 3
    by_weight = type(model)().fit(x, t_x, T, weights=often)
    by_rows = type(model)().fit(*(np.repeat(column, often) for column in (x, t_x, T)))
    assert by_weight.params_ == pytest.approx(by_rows.params_, rel=1e-6)
    assert by_weight.log_likelihood_ == pytest.approx(by_rows.log_likelihood_, rel=1e-12)


@KINDS
def test_forecasts_do_not_depend_on_the_unit_of_time(model, cdnow: Buyers):
    weeks = type(model)("week").fit(*cdnow.history)
    days = type(model)("day").fit(cdnow.frequency, cdnow.recency * 7, cdnow.T * 7)
    asked = [column[:50] for column in cdnow.history]
    a = weeks.expected_value(52, *asked, discount=0.1)
    b = days.expected_value(364, asked[0], asked[1] * 7, asked[2] * 7, discount=0.1)
    assert a == pytest.approx(b, rel=1e-6)
    assert weeks.log_likelihood_ == pytest.approx(days.log_likelihood_ + cdnow.frequency.sum() * np.log(7), rel=1e-9)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.int64, np.uint8, np.float32, np.float64, object])
def test_columns_of_any_type_give_the_same(dtype):
    columns = [np.array(values, dtype=dtype) for values in ([2, 0], [30, 0], [38, 38])]
    for model in MODELS:
        assert model.expected_purchases(39, *columns) == pytest.approx(
            model.expected_purchases(39, [2, 0], [30, 0], 38)
        )


@KINDS
def test_the_chances_of_counts_add_up_to_the_expected_number(model):
    history = ([0, 2, 26], [0, 20, 30.86], [39, 39, 31.0])
    asked, params = model._asked(*history, None)
    reached = sum(model._reach(params, asked, 52.0, count) for count in range(1, 600))
    assert model.probability_alive(*history) * reached == pytest.approx(
        model.expected_purchases(52, *history), rel=1e-4
    )
    assert model.probability_no_purchase(52, *history) == pytest.approx(
        1 - model.probability_alive(*history) * model._reach(params, asked, 52.0, 1)
    )


@KINDS
def test_forecasts_lie_within_their_limits(model):
    x, t_x, T = (column.ravel() for column in np.meshgrid([0, 1, 7, 60], [0.0, 1.0, 30.0], [30.0, 60.0]))
    t_x = np.where(x == 0, 0, t_x)
    alive = model.probability_alive(x, t_x, T)
    assert ((alive >= 0) & (alive <= 1)).all()
    near, far = (model.expected_purchases(t, x, t_x, T) for t in (10, 50))
    assert ((near >= 0) & (near <= far)).all()
    worth = [model.expected_value(50, x, t_x, T, spend=3, discount=rate) for rate in (0, 0.1, 0.5)]
    assert worth[0] == pytest.approx(3 * far)
    assert (worth[1] <= worth[0]).all()
    assert (worth[2] <= worth[1]).all()
    assert (model.expected_purchases(0, x, t_x, T) == 0).all()


@KINDS
def test_discounting_is_the_sum_over_days(model):
    history = (3, 20, 30)
    ahead = np.array([model.expected_purchases(t, *history)[0] for t in np.linspace(0, 52, 105)])
    slow = (np.diff(ahead) * 1.1 ** (-(np.linspace(0, 52, 105)[1:] - 1 / 4) / (365.25 / 7))).sum()
    assert model.expected_value(52, *history, discount=0.1)[0] == pytest.approx(slow, rel=1e-6)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("kind", "truth"),
    [
        (BetaGeo, {"r": 0.8, "alpha": 6, "a": 0.9, "b": 2.2}),
        (ModifiedBetaGeo, {"r": 0.8, "alpha": 6, "a": 0.9, "b": 2.2}),
        (ParetoNBD, {"r": 0.8, "alpha": 6, "s": 0.9, "beta": 12}),
    ],
)
def test_a_simulated_truth_is_found_again_within_its_errors(kind, truth):
    found = kind().fit(*simulated(kind.__name__))
    for name, value in truth.items():
        assert abs(found.params_[name] - value) < 4 * found.standard_errors_[name], name
        assert found.params_[name] == pytest.approx(value, rel=0.35)


def test_intervals_hold_what_happens():
    """Simulated: 90 % intervals hold the purchases of the second half at least that often."""
    x, t_x, T = simulated("BetaGeo", 4_000)
    model = BetaGeo.from_params(r=0.8, alpha=6, a=0.9, b=2.2)
    low, high = model.purchases_interval(30, x, t_x, T, level=0.9)
    random = np.random.default_rng(5)
    alive = random.random(len(x)) < model.probability_alive(x, t_x, T)
    rate = random.gamma(0.8 + x) / (6 + T)
    made = random.poisson(rate * 30)
    chance = random.beta(0.9, 2.2 + x)
    stays = random.geometric(np.maximum(chance, 1e-12))
    bought = np.where(alive, np.minimum(made, stays), 0)
    assert 0.9 <= ((bought >= low) & (bought <= high)).mean() <= 0.99


def test_covariates_shift_the_rate_and_no_effect_is_no_change(cdnow: Buyers):
    x, t_x, T = simulated("BetaGeo", 4_000)
    noise = np.random.default_rng(2).integers(0, 2, len(x))
    plain, with_noise = BetaGeo().fit(x, t_x, T), BetaGeo().fit(x, t_x, T, covariates=noise)
    assert abs(with_noise.purchase_effects_[0]) < 0.1
    assert 0 <= with_noise.log_likelihood_ - plain.log_likelihood_ < 8
    group = np.arange(len(x)) % 2
    half = np.where(group == 1, 2.0, 1.0)
    quick = ParetoNBD().fit(x, t_x / half, T / half, covariates=group)  # time runs twice as fast for every other one
    assert quick.purchase_effects_[0] == pytest.approx(np.log(2), abs=0.1)
    ahead = quick.expected_purchases(10, [1, 1], [5, 5], [20, 20], covariates=[0, 1])
    assert ahead[1] != pytest.approx(ahead[0])
    again = Model.from_dict(quick.to_dict())
    assert again.expected_purchases(10, [1, 1], [5, 5], [20, 20], covariates=[0, 1]) == pytest.approx(ahead)


def test_it_says_when_nobody_is_ever_lost():
    random = np.random.default_rng(3)
    T = random.uniform(20, 50, 1_500)
    x = random.poisson(random.gamma(1.5, 0.1, 1_500) * T)
    t_x = np.where(x > 0, T * random.beta(np.maximum(x, 1), 1), 0)
    for model in (BetaGeo(), ModifiedBetaGeo(), ParetoNBD()):
        model.fit(x, t_x, T)
        assert model.verdict_.kind == "no_dropout"
        assert "no purchase in a stated time" in model.verdict_.text
        assert (model.probability_alive(x, t_x, T) == 1).all()
        expected = (model.params_["r"] + x) / (model.params_["alpha"] + T) * 10
        assert model.expected_purchases(10, x, t_x, T) == pytest.approx(expected)


@pytest.mark.parametrize("model", [*MODELS, GammaGamma.from_params(p=6.25, q=3.74, v=15.44)])
def test_a_model_comes_back_from_its_document(model):
    again = Model.from_dict(model.to_dict())
    assert type(again) is type(model)
    assert again.to_dict() == model.to_dict()


def test_a_document_of_another_model_is_refused():
    with pytest.raises(UsageError, match='holds "BetaGeo", not ParetoNBD'):
        ParetoNBD.from_dict(MODELS[0].to_dict())


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (([], [], []), "no customer"),
        (([0, 0], [0, 0], [9, 9]), "Nobody has bought a second time"),
        (([1], [0], [0]), "of one day"),
        (([1, 2], [3, 4], [2, 9]), "recency is longer than T in row 1"),
        (([1, 2], [3, np.nan], [4, 9]), "recency is missing or not finite in row 2"),
        (([-1], [0], [9]), r"frequency is negative in row 1 \(-1\), and in no other row"),
        (([-1, -1], [0, 0], [9, 9]), "2 such rows in all"),
        (([1.5], [1], [9]), "not a whole number"),
        (([0], [1], [9]), "although frequency is zero"),
        (([1, 2], [1, 2], [9, 9, 9]), "T has 3 rows, but frequency has 2"),
        ((["a"], [1], [9]), "must be numbers"),
    ],
)
def test_histories_that_cannot_be_are_refused_in_words(columns, words):
    for kind in (BetaGeo, ParetoNBD):
        with pytest.raises(UsageError, match=words):
            kind().fit(*columns)


@pytest.mark.parametrize(
    ("covariates", "words"),
    [
        ([1, 2, 3], r"covariates has the shape \(3,\). Give one row a customer, 2 in all"),
        ([[1, 2, 3]], r"covariates has the shape \(1, 3\)"),
        (["red", "blue"], "covariates must be numbers"),
        ([1, np.nan], "covariates has missing values"),
    ],
)
def test_covariates_that_do_not_fit_the_customers_are_refused_in_words(covariates, words):
    with pytest.raises(UsageError, match=words):
        BetaGeo().fit([1, 2], [3, 4], [9, 9], covariates=covariates)


def test_one_customer_may_have_several_covariates():
    model = BetaGeo().fit([1, 2, 0], [3, 4, 0], [9, 9, 9], covariates=[[0, 1], [1, 0], [1, 1]])
    assert np.isfinite(model.expected_purchases(10, 1, 3, 9, covariates=[0, 1])).all()
    with pytest.raises(UsageError, match="Covariates: the model was fitted with 2, but 1 are given"):
        model.expected_purchases(10, 1, 3, 9, covariates=[0])


def test_one_customer_gives_forecasts_and_a_doubt():
    for kind in (BetaGeo, ModifiedBetaGeo, ParetoNBD):
        model = kind().fit([3], [20], [30])
        assert model.verdict_.kind != "sound"
        assert 0 < model.expected_purchases(10, [3], [20], [30])[0] < 10


def test_asking_before_fitting_is_told():
    with pytest.raises(UsageError, match="not fitted yet"):
        BetaGeo().probability_alive(1, 1, 2)
    with pytest.raises(UsageError, match="above zero"):
        BetaGeo.from_params(r=-1, alpha=1, a=1, b=1)
    with pytest.raises(UsageError, match="no time unit"):
        BetaGeo("fortnight")


def test_spend_of_nobody_or_of_bad_amounts_is_told(cdnow: Buyers):
    with pytest.raises(UsageError, match="no spend to learn"):
        GammaGamma().fit([0, 1], [0, -5])
    model = GammaGamma().fit(cdnow.frequency, cdnow.monetary)
    assert model.expected_spend([0, 2, 3], [np.nan, -4.0, 0.0]) == pytest.approx([model.population_mean()] * 3)
    low, high = model.spend_interval([0, 1, 30], [0, 35, 35])
    assert (low < 35).all()
    assert (high > 35).all()
    assert np.diff(high - low).max() < 0


def test_sureness_narrows_with_more_customers(cdnow: Buyers):
    few = BetaGeo().fit(*(column[:300] for column in cdnow.history))
    many = BetaGeo().fit(*cdnow.history)
    widths = []
    for model in (few, many):
        low, high = model.sureness("probability_alive", [2], [20], [39])
        assert low[0] < model.probability_alive([2], [20], [39])[0] < high[0]
        widths.append(high[0] - low[0])
    assert widths[1] < widths[0]
