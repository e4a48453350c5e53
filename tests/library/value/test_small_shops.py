"""Shops of known truth: small ones and those with a season are not levelled, for the plain mean is nearer there."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from tenure.clock import AsOf
from tenure.value import Forecaster, Later, Summary
from tenure.value.forecaster import STEADY, Held, _level, agreed, naive
from tenure.value.inner import spans, windows

SPAN, CUT = 360, 240
AT = AsOf(datetime(2024, 1, 1, tzinfo=UTC), date(2024, 1, 1))
Days = list[np.ndarray]


def bought(customers: int, seed: int) -> Days:
    """The days on which each buys: at a pace of its own, until it is lost; every other shop never loses anybody."""
    random, found = np.random.default_rng([seed, customers]), []
    for _ in range(customers):
        first, pace = random.integers(0, SPAN * 3 // 4), random.gamma(1.0, 1 / 25)
        life = random.exponential(1 / random.gamma(1.0, 1 / 150)) if seed % 2 else SPAN
        later = np.cumsum(random.exponential(1 / pace, 400))
        found.append(np.unique(np.floor(first + np.append(0, later[(later < life) & (first + later < SPAN)]))))
    return found


def held(shop: Days, cut: int, end: int) -> Held:
    """What was known before a day, customer by customer, and what followed until before another."""
    known = [days[days < cut] for days in shop]
    seen = [(days, np.sum((all_days >= cut) & (all_days < end))) for days, all_days in zip(known, shop, strict=True)]
    rows = [(len(d) - 1, d[-1] - d[0], cut - 1 - d[0], after) for d, after in seen if len(d)]
    x, t_x, T, came = np.array(rows, float).T
    ones = np.ones(len(x))
    return Summary(AT, np.arange(len(x)), x, t_x, T, x, ones * (x > 0), ones), Later(end - cut, came, came, ones)


@pytest.mark.thorough
@pytest.mark.parametrize("customers", [30, 90])
def test_in_small_shops_the_plain_mean_is_nearer_than_naive_and_than_a_level_of_few_purchases(customers):
    errors, ahead = [], SPAN - CUT
    for seed in range(12):
        shop = bought(customers, seed)
        summary, truth = held(shop, CUT, SPAN)
        inner = [held(shop, CUT - back - part, CUT - back) for back, part in spans(CUT, ahead)]
        used = Forecaster.learn(summary, inner[0], ahead, inner[1:])
        assert not used.recalibrated
        plain = used.purchases(summary, ahead)
        told = (plain, agreed([_level(each) for each in inner]) * plain, naive(summary, ahead))
        errors.append([np.sqrt(((each - truth.purchases) ** 2).mean()) for each in told])
    mean, levelled, baseline = np.mean(errors, axis=0)
    assert mean < levelled
    assert mean < 0.9 * baseline


YEAR_AND_HALF, NEXT = 550, 275


def seasonal(season: bool, seed: int, customers: int = 900) -> Days:
    """Buyers who are never lost, over three lots of 275 days; with a season their pace swings by four fifths."""
    random, found = np.random.default_rng([seed, season]), []
    day = np.arange(YEAR_AND_HALF + NEXT + 1)
    swing = 1 + 0.8 * season * np.sin(2 * np.pi * (day + random.uniform(0, 365)) / 365)
    clock = np.append(0, np.cumsum(swing))
    for _ in range(customers):
        first, pace = random.integers(0, YEAR_AND_HALF), random.gamma(1.0, 1 / 25)
        at = clock[first] + np.cumsum(random.exponential(1 / pace, 300))
        found.append(np.unique(np.append(first, np.searchsorted(clock, at[at < clock[-2]], "right") - 1)).astype(float))
    return found


@pytest.mark.thorough
@pytest.mark.parametrize("season", [True, False])
def test_a_shop_with_a_season_is_not_levelled_and_one_without_is_as_before(season):
    used, levelled = [], []
    for seed in range(6):
        shop = seasonal(season, seed)
        summary, truth = held(shop, YEAR_AND_HALF, YEAR_AND_HALF + NEXT)
        chosen = spans(YEAR_AND_HALF, NEXT)
        first, *others = (held(shop, YEAR_AND_HALF - back - part, YEAR_AND_HALF - back) for back, part in chosen)
        short = windows(YEAR_AND_HALF, chosen[0][1])
        parts = [held(shop, YEAR_AND_HALF - back - part, YEAR_AND_HALF - back) for back, part in short]
        made = Forecaster.learn(summary, first, NEXT, others, parts)
        assert (made.moves > STEADY) == season
        expected = np.mean([model.expected_purchases(NEXT, *summary.history) for model in made.models], axis=0).sum()
        asked = np.log(truth.purchases.sum() / expected)
        used.append(abs(np.log(made.levels[0]) - asked))
        levelled.append(abs(np.log(agreed([_level(each) for each in (first, *others)])) - asked))
    if season:
        assert np.mean(used) < 0.8 * np.mean(levelled)
    else:
        assert used == pytest.approx(levelled)
