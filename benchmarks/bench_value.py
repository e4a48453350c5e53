"""Lifetime value: fits, scores and the summary from the store, beside lifetimes in the same run."""

import os
import sys
import warnings
from contextlib import nullcontext
from typing import Any

import numpy as np

from benchmarks import shops
from benchmarks.measure import watch

TRUTH = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


def customers(count: int | str) -> tuple[Any, Any, Any, Any]:
    """Simulated histories of known truth in weeks: frequency, recency, T, mean spend; T anywhere in 27 to 39."""
    random, count = np.random.default_rng(1), int(count)
    T = random.uniform(27, 39, count)
    rate, chance = random.gamma(0.243, 1 / 4.414, count), random.beta(0.793, 2.426, count)
    x, t_x, at = np.zeros(count), np.zeros(count), np.zeros(count)
    living = np.ones(count, bool)
    while living.any():
        who = np.flatnonzero(living)
        at[who] += random.exponential(1 / np.maximum(rate[who], 1e-300))
        bought = who[at[who] <= T[who]]
        x[bought] += 1
        t_x[bought] = at[bought]
        living[:] = False
        living[bought[random.random(len(bought)) >= chance[bought]]] = True
    each = random.gamma(3.74, 1 / 15.44, count)
    many = np.maximum(x, 1)
    return x, t_x, T, np.where(x > 0, random.gamma(6.25 * many, 1 / (each * many)), 0.0)


def importing(_: str) -> bool:
    """Tenure: `from tenure.value import BetaGeo`, numpy and scipy included; benchmarks have numpy already."""
    with watch():
        from tenure.value import BetaGeo
    return BetaGeo is not None


def importing_lifetimes(_: str) -> bool:
    """lifetimes: its import, pandas included."""
    with watch(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter
    return BetaGeoFitter is not None


def fit(count: str) -> str:
    """Tenure: BG/NBD and Gamma-Gamma."""
    from tenure.value import BetaGeo, GammaGamma

    x, t_x, T, mean = customers(count)
    with watch():
        BetaGeo().fit(x, t_x, T)
        GammaGamma().fit(x, mean)
    return "fitted"


def fit_lifetimes(count: str) -> str:
    """lifetimes: the same."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    x, t_x, T, mean = customers(count)
    with watch():
        BetaGeoFitter().fit(x, t_x, T)
        GammaGammaFitter().fit(x[x > 0], mean[x > 0])
    return "fitted"


def score(count: str) -> int:
    """Tenure: purchases and value (discounted) of the next 12 months and the chance of being a customer."""
    from tenure.value import BetaGeo, GammaGamma

    x, t_x, T, mean = customers(count)
    model, spend = BetaGeo.from_params(**TRUTH), GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    model.expected_value(52, x[:9], t_x[:9], T[:9])
    with watch():
        model.expected_purchases(52, x, t_x, T)
        model.probability_alive(x, t_x, T)
        model.expected_value(52, x, t_x, T, spend.expected_spend(x, mean), discount=0.1)
    return len(x)


def score_lifetimes(count: str) -> int:
    """lifetimes: the same, its value summed over twelve months."""
    import pandas
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    x, t_x, T, mean = (pandas.Series(column) for column in customers(count))
    model, spend = BetaGeoFitter(), GammaGammaFitter()
    model.params_ = pandas.Series(TRUTH)
    model.predict = model.conditional_expected_number_of_purchases_up_to_time  # set by its fit
    spend.params_ = pandas.Series({"p": 6.25, "q": 3.74, "v": 15.44})
    with watch(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.conditional_expected_number_of_purchases_up_to_time(52, x, t_x, T)
        model.conditional_probability_alive(x, t_x, T)
        spend.customer_lifetime_value(model, x, t_x, T, mean, time=12, discount_rate=0.008, freq="W")
    return len(x)


def pareto(count: str) -> str:
    """Tenure: Pareto/NBD."""
    from tenure.value import ParetoNBD

    x, t_x, T, _ = customers(count)
    with watch():
        ParetoNBD().fit(x, t_x, T)
    return "fitted"


def pareto_lifetimes(count: str) -> str:
    """lifetimes: the same."""
    from lifetimes import ParetoNBDFitter

    x, t_x, T, _ = customers(count)
    with watch(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ParetoNBDFitter().fit(x, t_x, T)
    return "fitted"


def summary(folder: str) -> list[int]:
    """Tenure: frequency, recency, T and mean spend of every buyer, from the store."""
    from tenure.value import summarise

    workspace = shops.opened(folder)
    con = workspace.store.snapshot().connect()
    with watch():
        found = summarise(con, workspace.clock, workspace.clock.as_of())
    return [len(found), int(found.frequency.sum()), int(found.recency.sum())]


def forecast(folder: str) -> int:
    """Tenure: everybody's purchases, whole purchases, value and its interval from the store; models fitted before."""
    from tenure.value import Forecaster, summarise

    workspace = shops.opened(folder)
    clock, con = workspace.clock, workspace.store.snapshot().connect()
    forecaster = Forecaster.learn(summarise(con, clock, clock.as_of()))
    with watch():
        found = forecaster.forecast(summarise(con, clock, clock.as_of()), 365.0, 0.1)
    return len(found.purchases)


def peers() -> None:
    """Let heavy peers come from a folder of their own, named by TENURE_PEERS: they are no part of the development set.

    Made with: python -m venv PEERS; PEERS/bin/pip install pymc-marketing. The folder is its site-packages, of the same
    Python; numpy, scipy and pandas are taken from here.
    """
    if folder := os.environ.get("TENURE_PEERS"):
        sys.path.append(folder)


def fit_pymc(count: str) -> str:
    """pymc-marketing: the same, by MAP; its compiled functions are warm."""
    peers()
    import pandas
    from pymc_marketing.clv import BetaGeoModel, GammaGammaModel

    x, t_x, T, mean = customers(count)
    table = {"customer_id": np.arange(len(x)), "frequency": x, "recency": t_x, "T": T, "monetary_value": mean}
    data = pandas.DataFrame(table)
    for rows, seen in ((data.head(3000), False), (data, True)):
        with watch() if seen else nullcontext():
            BetaGeoModel(data=rows).fit(method="map", progressbar=False)
            GammaGammaModel(data=rows[rows.frequency > 0]).fit(method="map", progressbar=False)
    return "fitted"
