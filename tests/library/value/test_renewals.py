"""What running contracts bring: the same as summing over every renewal of every contract by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tenure.errors import UsageError
from tenure.value.renewals import Own, due_alone, renewals
from tenure.value.running import Held, lasted


def contracts(count: int = 300) -> Held:
    """Some with a chance of a tenth to end after each period, a third of them by the year, a few without a price."""
    random = np.random.default_rng(5)
    periods = random.geometric(0.1, count)
    price = np.where(np.arange(count) % 50 == 0, np.nan, 9_900.0)
    period = np.where(np.arange(count) % 3 == 0, 366.0, 31.0)
    since = random.integers(0, 31, count).astype(float)
    return Held(np.arange(count), periods, random.random(count) < 0.6, price, period, since)


def test_each_renewal_counts_with_its_chance_and_its_distance():
    held = contracts()
    found, model = renewals(held, 365.0, 0.1), lasted(held)
    monthly = [n for n in range(300) if held.runs[n] and held.period[n] == 31 and n % 50]
    for row in monthly[:20]:
        age = held.periods[row] - 1
        due = [day for k in range(1, 20) if (day := 31 * k - held.since[row]) <= 365]
        chances = [float(model.survival(age + k) / model.survival(age)) for k in range(1, len(due) + 1)]
        worth = [9_900 * 1.1 ** (-day / 365.25) for day in due]
        assert found.purchases[row] == pytest.approx(sum(chances))
        assert found.value[row] == pytest.approx(sum(c * w for c, w in zip(chances, worth, strict=True)))
        assert found.low[row] == pytest.approx(sum(w for c, w in zip(chances, worth, strict=True) if c >= 0.9))
        assert found.high[row] == pytest.approx(sum(w for c, w in zip(chances, worth, strict=True) if c >= 0.1))
    assert (found.low <= found.high)[~np.isnan(found.low)].all()


def test_an_ended_contract_brings_nothing_and_one_without_a_price_no_value():
    held = contracts()
    found = renewals(held)
    assert (found.purchases[~held.runs] == 0).all()
    assert (found.value[~held.runs] == 0).all()
    assert np.isnan(found.value[held.runs & np.isnan(held.price)]).all()
    assert (found.purchases[held.runs & (held.period == 31)] > 0).all()
    yearly = held.runs & (held.period == 366)
    assert ((found.purchases[yearly] > 0) == (held.since[yearly] > 0)).all(), "paid today it is due in 366 days"
    assert (found.purchases[yearly] < 1).all()


def test_while_no_contract_has_ended_nothing_is_told():
    held = contracts()
    with pytest.raises(UsageError, match="No contract has ended"):
        renewals(Held(held.customer_key, held.periods, np.ones(300, bool), held.price, held.period, held.since))


def own(held: Held, days: float = 45.0) -> Own:
    """A chance of its own for all but every tenth contract."""
    random = np.random.default_rng(9)
    return Own(days, np.where(np.arange(len(held.runs)) % 10 == 0, np.nan, random.random(len(held.runs))))


def test_a_contract_that_is_surely_not_renewed_brings_nothing_and_loses_all_it_would_have():
    held = contracts()
    lost, kept = (renewals(held, own=Own(45, np.full(300, chance))) for chance in (0.0, 1.0))
    assert (lost.purchases == 0).all()
    assert np.nan_to_num(lost.value).sum() == 0
    assert lost.stake == pytest.approx(kept.value, nan_ok=True)
    assert np.nan_to_num(kept.stake).sum() == 0
    monthly = held.runs & (held.period == 31)
    assert (kept.purchases[monthly] > renewals(held).purchases[monthly]).all()


def test_the_first_renewal_follows_the_contract_itself_and_later_ones_the_model():
    held, told = contracts(), own(contracts())
    found, without, model = renewals(held, 365.0, 0.0, told), renewals(held, 365.0, 0.0), lasted(held)
    for row in np.flatnonzero(held.runs & ~np.isnan(held.price))[:40]:
        if np.isnan(told.chance[row]):
            assert found.purchases[row] == pytest.approx(without.purchases[row])
            assert np.isnan(found.stake[row])
            continue
        age, first = held.periods[row] - 1, max(held.period[row] - held.since[row], 0)
        lasting = [float(model.survival(age + k) / model.survival(age)) for k in range(20)]
        days = [first + held.period[row] * k for k in range(20)]
        seen = max(sum(day + held.period[row] / 4 <= told.days for day in days), 1)
        chances = [told.chance[row] ** (np.log(lasting[k]) / np.log(lasting[seen])) for k in range(1, seen + 1)]
        chances += [told.chance[row] * lasting[k] / lasting[seen] for k in range(seen + 1, 20)]
        assert chances[seen - 1] == pytest.approx(told.chance[row]), "all that it tells of, together"
        within = [chance for chance, day in zip(chances, days, strict=False) if day <= 365]
        assert found.purchases[row] == pytest.approx(sum(within))
        assert found.value[row] == pytest.approx(sum(within) * 9_900)


def test_valued_by_age_all_is_as_without_an_own_chance_but_what_that_puts_at_stake():
    held = contracts()
    aged, plain, told = renewals(held, own=own(held), by_age=True), renewals(held), renewals(held, own=own(held))
    for name in ("purchases", "value", "low", "high"):
        np.testing.assert_array_equal(getattr(aged, name), getattr(plain, name))
    np.testing.assert_array_equal(aged.stake, told.stake)
    assert np.nansum(told.stake) > 0


def test_renewals_that_fall_due_are_counted_as_a_calendar_would():
    held = contracts()
    alone = due_alone(held, 92.0)
    for row in range(300):
        days = range(int(max(held.period[row] - held.since[row], 0)), 93, int(held.period[row]))
        assert alone[row] == (len(days) if held.runs[row] else 0)
