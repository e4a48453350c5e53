"""The one forecast: taught on time inside the past, better than its parts, blind to what came after."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from tenure.clock import AsOf
from tenure.sentences import in_language
from tenure.value import Forecaster, Later, Summary, score
from tenure.value.correction import Correction, deviance, tried
from tenure.value.forecaster import ENOUGH, agreed, spread
from tenure.value.inner import LEAST, spans, windows
from tests.library.value.conftest import days_of

CUT = date(1997, 9, 30).toordinal()


def summary_of(path, cut: int, end: int) -> tuple[Summary, Later]:
    """A summary of CDNOW at a cut, and what followed until the end, day by day in plain Python."""
    rows = []
    for key, days in days_of(path).items():
        seen = sorted(day for day in days if day <= cut)
        if seen:
            paid = [days[day] for day in seen[1:] if days[day] > 0]
            later = [days[day] for day in days if cut < day <= end]
            age = [seen[-1] - seen[0], cut - seen[0], len(paid), np.mean(paid) if paid else 0]
            rows.append((int(key), len(seen) - 1, *age, days[seen[0]], len(later), sum(later)))
    key, x, t_x, T, priced, mean, first, purchases, spend = np.array(rows, float).T
    at = AsOf(datetime(1997, 10, 1, tzinfo=UTC), date(1997, 10, 1))
    return Summary(at, key.astype(int), x, t_x, T, priced, mean, first), Later(end - cut, purchases, spend, np.zeros(1))


@pytest.fixture(scope="module")
def outer(sample_file):
    return summary_of(sample_file, CUT, CUT + 273)


@pytest.fixture(scope="module")
def inner(sample_file):
    return summary_of(sample_file, CUT - 136, CUT)


@pytest.fixture(scope="module")
def taught(outer, inner) -> Forecaster:
    return Forecaster.learn(outer[0], inner, 273)


@pytest.mark.thorough
def test_the_level_learned_inside_the_past_mends_the_bias_ahead(taught, outer):
    summary, later = outer
    plain = Forecaster.learn(summary, None, 273)
    before, after = (score(model.purchases(summary, 273), later.purchases) for model in (plain, taught))
    assert abs(after.bias) < abs(before.bias)
    assert abs(after.bias) < 0.12
    assert after.gini > 0.66
    assert set(taught.choice) >= {"BetaGeo", "ModifiedBetaGeo", "ParetoNBD"}


@pytest.mark.thorough
def test_the_interval_of_purchases_is_that_of_the_money_shown_and_holds_what_it_promises(taught, outer):
    summary, later = outer
    low, high = taught.purchases_interval(summary, 273)
    shown, expected = taught.forecast(summary, 273), taught.purchases(summary, 273)
    assert shown.low / shown.value == pytest.approx(low / expected)
    assert shown.high / shown.value == pytest.approx(high / expected)
    held = [bottom <= each <= top for bottom, each, top in zip(low, later.purchases, high, strict=True)]
    assert sum(held) / len(held) > 0.8


@pytest.mark.thorough
def test_a_planted_leak_is_seen(taught, outer, inner):
    """Features that know what follows make trees look far better than anything can be: so these must not."""
    earlier, followed = inner
    expected = np.full(len(earlier), followed.purchases.mean())
    honest = np.column_stack([earlier.frequency, earlier.recency])
    leaking = np.column_stack([honest, followed.purchases])
    told = [
        deviance(tried(features, expected, followed.purchases), followed.purchases) for features in (honest, leaking)
    ]
    assert told[1] < 0.5 * told[0]
    assert deviance(taught.purchases(outer[0], 273), outer[1].purchases) > 0.5 * told[0]


@pytest.fixture(scope="module")
def followed(inner) -> Later:
    """What the few of the inner hold-out did, and some more: enough to learn a level from."""
    made = replace(inner[1], purchases=1.3 * inner[1].purchases[frequent(inner[0])])
    assert made.purchases.sum() > ENOUGH
    return made


@pytest.fixture(scope="module")
def learned_of_few(outer, inner, followed) -> Forecaster:
    return Forecaster.learn(few(outer[0]), (few(inner[0]), followed), 273)


@pytest.mark.thorough
def test_only_the_inner_hold_out_moves_the_level(outer, inner, followed, learned_of_few):
    summary, once = few(outer[0]), learned_of_few
    more = Forecaster.learn(summary, (few(inner[0]), replace(followed, purchases=followed.purchases * 1.2)), 273)
    assert once.correction is None
    assert once.recalibrated
    assert more.levels[0] == pytest.approx(1.2 * once.levels[0])
    assert more.purchases(summary, 273) == pytest.approx(1.2 * once.purchases(summary, 273))


def small(seed: int) -> tuple[Summary, Later]:
    """Forty customers and the few purchases that they then made."""
    random = np.random.default_rng(seed)
    T = random.integers(60, 200, 40).astype(float)
    x = random.poisson(random.gamma(1.0, 0.02, 40) * T).astype(float)
    t_x = np.where(x > 0, np.floor(T * random.beta(np.maximum(x, 1), 1)), 0.0)
    at, ones = AsOf(datetime(2024, 1, 1, tzinfo=UTC), date(2024, 1, 1)), np.ones(40)
    later = random.poisson(1.0, 40).astype(float)
    return Summary(at, np.arange(40), x, t_x, T, x, ones * (x > 0), ones), Later(90, later, later, np.zeros(91))


def test_from_few_purchases_no_level_is_learned_and_that_is_told():
    summary, held = small(1)[0], small(2)
    learned = Forecaster.learn(summary, held, 90, [small(3)])
    plain = np.mean([model.expected_purchases(90, *summary.history) for model in learned.models], axis=0)
    assert learned.purchases(summary, 90) == pytest.approx(plain)
    assert not learned.recalibrated
    (note,) = (text for text in learned.texts if "plain mean" in text)
    assert note.endswith(f"; seen there: {held[1].purchases.sum():.0f}.")
    assert "个模型的简单平均" in in_language(note, "zh")
    assert Forecaster.from_dict(learned.to_dict()).texts == learned.texts
    assert Forecaster.from_dict({**learned.to_dict(), "came": None}).texts == learned.texts[:-1]


def test_levels_that_agree_are_believed_and_those_that_do_not_are_left():
    assert agreed([1.3]) == pytest.approx(1.3)
    assert agreed([1.2, 1.2, 1.2]) == pytest.approx(1.2)
    assert agreed([1.5, 0.6, 1.1]) == 1.0
    logs = np.log([1.05, 1.2, 1.15])
    kept = 1 - logs.var(ddof=1) / 3 / logs.mean() ** 2
    assert agreed([1.05, 1.2, 1.15]) == pytest.approx(np.exp(kept * logs.mean()))
    assert 1.0 < agreed([1.05, 1.2, 1.15]) < np.exp(logs.mean())


def test_further_hold_outs_move_the_level_and_nothing_else(outer, inner, followed, learned_of_few):
    summary, earlier, alone = few(outer[0]), few(inner[0]), learned_of_few
    third = replace(followed, purchases=followed.purchases * 1.1)
    several = Forecaster.learn(summary, (earlier, followed), 273, [(earlier, third)])
    assert several.levels[0] == pytest.approx(agreed([alone.levels[0], 1.1 * alone.levels[0]]))
    assert several.levels[0] > alone.levels[0] > 1
    assert several.models[0].params_ == alone.models[0].params_


@pytest.mark.thorough
def test_no_level_is_learned_where_it_moves_with_the_time_and_that_is_told(outer, inner, followed, learned_of_few):
    summary, earlier, alone = few(outer[0]), few(inner[0]), learned_of_few

    def taught_by(*times: float) -> Forecaster:
        moved = [(earlier, replace(followed, purchases=followed.purchases * each)) for each in times]
        return Forecaster.learn(summary, (earlier, followed), 273, (), moved)

    moving, steady, two = taught_by(0.7, 1.0, 1.3), taught_by(0.9, 1.0, 1.1), taught_by(0.5, 1.5)
    assert moving.moves == pytest.approx(np.log([0.7, 1.0, 1.3]).std(ddof=1))
    assert set(moving.levels) == {1.0}
    (note,) = (text for text in moving.texts if "seasons" in text)
    assert "rose and fell by 36 %" in note
    assert "季节性波动" in in_language(note, "zh")
    assert Forecaster.from_dict(moving.to_dict()).texts == moving.texts
    assert steady.levels == two.levels == alone.levels  # two windows tell no movement
    assert steady.texts == alone.texts


def test_levels_that_differ_more_spread_wider_and_two_tell_nothing():
    assert spread([1.0, 1.0, 1.0]) == 0
    assert spread([0.5, 1.0, 2.0]) == pytest.approx(np.log(2))
    assert spread([0.1, 10]) == spread([]) == 0


def test_windows_follow_one_another_through_the_past():
    for history, length in ((60, 20), (272, 136), (730, 243), (3000, 330)):
        chosen = windows(history, length)
        assert [back for back, _ in chosen] == [n * max(length // 4, LEAST) for n in range(len(chosen))]
        assert all(part >= LEAST and history - back - part >= history / 4 for back, part in chosen)
    assert windows(730, 243)[0] == (0, 60)
    assert len(windows(730, 243)) == 8
    assert windows(20, 0) == []


def test_hold_outs_lie_inside_the_past_and_the_first_asks_as_far_as_the_forecast():
    for history in (40, 90, 272, 730, 3000):
        chosen = spans(history, 273)
        assert all(back >= 0 and part >= LEAST and history - back - part >= LEAST for back, part in chosen)
        assert len(set(chosen)) == len(chosen)
    assert spans(272, 273)[0] == (0, 136)
    assert len(spans(730, 365)) == 5
    assert spans(60, 365) == spans(0, 365) == []


FEW = 900


def frequent(summary: Summary) -> np.ndarray:
    """Where the nine hundred stand who bought most often."""
    return np.argsort(-summary.frequency, kind="stable")[:FEW]


def few(summary: Summary) -> Summary:
    """Those: too few for trees."""
    rows = {field.name: getattr(summary, field.name) for field in fields(summary)}
    best = frequent(summary)
    return Summary(**{name: value[best] if isinstance(value, np.ndarray) else value for name, value in rows.items()})


@pytest.mark.parametrize("people", ["learned_of_few", pytest.param("taught", marks=pytest.mark.thorough)])
def test_a_forecaster_comes_back_from_its_document(people, request, outer):
    made, summary = request.getfixturevalue(people), few(outer[0])
    again = Forecaster.from_dict(made.to_dict())
    a, b = made.forecast(summary), again.forecast(summary)
    for name in ("purchases", "likely", "alive", "no_purchase", "value", "low", "high"):
        assert getattr(a, name) == pytest.approx(getattr(b, name)), name
    assert (a.low <= a.high).all()
    assert np.isfinite(a.value).all()


def test_trees_kept_as_numbers_say_what_the_trees_said():
    random = np.random.default_rng(1)
    features = random.normal(size=(1_500, 3))
    expected = random.gamma(2, 0.5, 1_500)
    actual = random.poisson(expected * np.exp(0.8 * (features[:, 0] > 0)))
    kept = Correction.from_dict(Correction.learn(features, expected, actual).to_dict())
    from tenure.value.correction import _fitted

    assert kept.factor(features) == pytest.approx(_fitted(features, expected, actual).predict(features))
    ratio = kept.factor(features)[features[:, 0] > 0].mean() / kept.factor(features)[features[:, 0] < 0].mean()
    assert ratio == pytest.approx(np.exp(0.8), rel=0.15)
