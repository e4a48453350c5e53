"""The hold-out of contracts: what is set against each other is what a count by hand finds in the events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from tenure.clock import Clock
from tenure.errors import UsageError
from tenure.value.renewals import Chances
from tenure.value.renewals_report import QUARTER, Foretold, renewals_report
from tenure.value.report import OWN
from tenure.value.running import contracts, held, lasted

END = date(2025, 1, 1)
CUT = END - timedelta(days=QUARTER)
CLOCK = Clock("UTC")
PERIOD = timedelta(days=31)


def payments(count: int = 400) -> dict[int, list[date]]:
    """The days on which each paid for a month: half seldom go, half go soon."""
    random, found = np.random.default_rng(3), {}
    for key in range(1, count + 1):
        day = END - timedelta(days=int(random.integers(120, 700)))
        paid = [day]
        while (day := day + PERIOD) < END and random.random() > (0.02 if key % 2 else 0.2):
            paid.append(day)
        found[key] = paid
    return found


def shop(paid: dict[int, list[date]]) -> duckdb.DuckDBPyConnection:
    """A store's view of events, with these."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE events (customer_key BIGINT, ts TIMESTAMP, day DATE, kind VARCHAR, name VARCHAR, amount BIGINT,"
        " original_amount BIGINT, properties VARCHAR)"
    )
    rows = [
        (key, day, "Subscription Renewed" if place else "Subscription Started")
        for key, days in paid.items()
        for place, day in enumerate(days)
    ]
    con.register("rows", dict(zip(("key", "day", "name"), map(np.array, zip(*rows, strict=True)), strict=True)))
    con.execute(
        "INSERT INTO events SELECT key, CAST(day AS TIMESTAMP) + INTERVAL 12 HOUR, CAST(day AS DATE), 'track', name,"
        ' 1000, NULL, \'{"interval": "month"}\' FROM rows'
    )
    return con


@pytest.fixture(scope="module")
def paid() -> dict[int, list[date]]:
    return payments()


@pytest.fixture(scope="module")
def found(paid):
    return renewals_report(shop(paid), CLOCK, CLOCK.as_of(END), "USD")


def running(paid: dict[int, list[date]], day: date) -> dict[int, list[date]]:
    """Whose last payment before a day is no older than a month and a quarter."""
    before = {key: [each for each in days if each < day] for key, days in paid.items()}
    return {key: days for key, days in before.items() if days and days[-1] + timedelta(days=39) > day}


def test_what_came_is_what_those_paid_whose_contract_ran_at_the_cut(paid, found):
    ran = running(paid, CUT)
    came = [sum(CUT <= day < END for day in paid[key]) for key in ran]
    assert (found.customers, found.purchases, found.days) == (len(ran), sum(came), QUARTER)
    assert found.awaited == "renewal"
    for row in found.rows:
        assert row.purchases.actual == sum(came)
        assert row.spend.actual == 1000 * sum(came)
    weeks = [sum(CUT <= day < CUT + timedelta(days=7 * n) for key in ran for day in paid[key]) for n in range(1, 14)]
    assert [week.actual for week in found.tracking] == weeks


def test_the_naive_forecast_goes_on_at_the_last_rate(paid, found):
    def due(day: date, held: int = QUARTER) -> int:
        firsts = [max(days[-1] + PERIOD, day) for days in running(paid, day).values()]
        return sum((day + timedelta(days=held - 1) - first) // PERIOD + 1 for first in firsts)

    earlier = CUT - timedelta(days=QUARTER)
    made = sum(earlier <= each < CUT for key in running(paid, earlier) for each in paid[key])
    naive = found.rows[0]
    assert naive.model == "naive"
    assert naive.purchases.expected == pytest.approx(due(CUT) * made / due(earlier))
    weekly = [due(CUT, 7 * n) * made / due(earlier) for n in range(1, 14)]
    assert [week.naive for week in found.tracking] == pytest.approx(weekly)


def test_the_model_orders_contracts_better_than_the_last_rate_does_and_is_near_in_sum(found):
    naive, model = found.rows
    assert found.chosen is model
    assert model.purchases.gini > naive.purchases.gini
    assert model.purchases.mae < naive.purchases.mae
    assert abs(model.purchases.bias) < 0.08
    assert found.tracking[-1].expected == pytest.approx(model.purchases.expected, rel=0.03)


def test_where_chance_may_bring_the_difference_to_the_naive_forecast_that_is_told(paid, found):
    naive, used = found.rows
    assert found.beside_naive == "open"
    assert found.notes == (
        f"What was held out is too little to choose by: RMSE {used.purchases.rmse:.3f} of the forecast that is used and"
        f" {naive.purchases.rmse:.3f} of the naive one differ by no more than chance may bring.",
    )
    assert found.document()["beside_naive"] == "open"
    keen = chances(paid, lambda key: 0.94 if key % 2 else 0.5)
    surely = renewals_report(shop(paid), CLOCK, CLOCK.as_of(END), "USD", foretold=keen)
    assert surely.beside_naive == "nearer"
    assert not any("too little" in note for note in surely.notes)


def chances(paid: dict[int, list[date]], likely: Callable[[int], float]) -> Foretold:
    """What somebody foretells of each contract that runs at the cut: so likely it still runs a quarter later."""
    keys = sorted(running(paid, CUT))
    return lambda _con, _cut: Chances(QUARTER, np.array(keys), np.array([likely(key) for key in keys]))


@pytest.mark.parametrize(
    ("likely", "used", "words"),
    [
        (lambda key: 0.94 if key % 2 else 0.5, OWN, "own risk was nearer to the truth than its age alone"),
        (lambda key: 0.5 if key % 2 else 0.94, "ShiftedBetaGeometric", "by more than chance would bring"),
        (lambda key: 0.74 + 0.01 * (key % 5), OWN, "by no more than chance may bring"),
    ],
)
def test_age_alone_is_used_only_where_it_was_surely_nearer(paid, found, likely, used, words):
    judged = renewals_report(shop(paid), CLOCK, CLOCK.as_of(END), "USD", foretold=chances(paid, likely))
    naive, age, own = judged.rows
    assert judged.chosen.model == used
    assert (naive.chosen, age.chosen, own.chosen) == (False, used != OWN, used == OWN)
    assert any(words in note for note in judged.notes)
    assert judged.tracking[-1].expected == pytest.approx(judged.chosen.purchases.expected, rel=0.03)
    assert age.purchases == found.chosen.purchases


def test_too_short_a_past_is_told(paid):
    young = {key: [day for day in days if day >= CUT] for key, days in paid.items()}
    with pytest.raises(UsageError, match=f"No contract ran on {CUT}"):
        renewals_report(shop(young), CLOCK, CLOCK.as_of(END), "USD")
    with pytest.raises(UsageError, match="Nothing can be held out"):
        renewals_report(shop(paid), CLOCK, CLOCK.as_of(END), "USD", CLOCK.as_of(END))


DAYS = 45.0  # of which the own chance tells


def hazard(key: int) -> float:
    """The true chance not to renew, which `payments` draws with."""
    return 0.02 if key % 2 else 0.2


def due(days: list[date]) -> list[int]:
    """In how many days after the cut each further renewal falls due; the first now, where its day has passed."""
    first = max((days[-1] + PERIOD - CUT).days, 0)
    return [first + PERIOD.days * n for n in range(12)]


def told_of(days: list[date]) -> int:
    """How many renewals the own chance tells of: those whose grace is over by then, the first in any case."""
    return max(sum(day + PERIOD.days / 4 <= DAYS for day in due(days)), 1)


def foretold(paid: dict[int, list[date]], wrong: bool = False) -> Foretold:
    """The true chances of the contracts that ran at the cut; those of the other half where they shall be wrong."""
    ran = running(paid, CUT)
    chance = {key: (1 - hazard(key + wrong)) ** told_of(days) for key, days in ran.items()}
    keys = np.array(sorted(chance))
    return lambda con, cut: Chances(DAYS, keys, np.array([chance[key] for key in keys])) if cut.day == CUT else None


@pytest.fixture(scope="module")
def judged(paid):
    return renewals_report(shop(paid), CLOCK, CLOCK.as_of(END), "USD", foretold=foretold(paid))


def test_what_is_judged_is_what_each_contract_is_told_of_itself(paid, judged):
    con, expected = shop(paid), 0.0
    survival = lasted(held(con, CLOCK.as_of(CUT), contracts(con, CLOCK.as_of(CUT)))).survival
    for key, days in running(paid, CUT).items():
        seen, age, told = told_of(days), len(days) - 1, (1 - hazard(key)) ** told_of(days)
        for n, day in enumerate(due(days), 1):
            if day >= QUARTER:
                break
            lasting, all_seen = (float(survival(age + k) / survival(age)) for k in (n, seen))
            expected += told ** (np.log(lasting) / np.log(all_seen)) if n <= seen else told * lasting / all_seen
    assert judged.chosen.model == OWN
    assert judged.chosen.purchases.expected == pytest.approx(expected)
    assert judged.tracking[-1].expected == pytest.approx(expected, rel=0.03)


def test_the_own_risk_stands_beside_age_alone_and_the_nearer_one_is_named(paid, found, judged):
    _, age, own = judged.rows
    assert age.purchases == found.chosen.purchases
    assert own.purchases.rmse < age.purchases.rmse
    assert own.purchases.gini > age.purchases.gini
    assert abs(own.purchases.bias) < 0.08
    assert f"own risk was nearer to the truth than its age alone: RMSE {own.purchases.rmse:.3f}" in judged.notes[0]
    wrong = renewals_report(shop(paid), CLOCK, CLOCK.as_of(END), "USD", foretold=foretold(paid, wrong=True))
    assert wrong.chosen.model == "ShiftedBetaGeometric"
    assert wrong.notes[0].startswith("Age alone was nearer to the truth")


def test_where_the_own_risk_could_not_be_learned_yet_age_alone_is_judged_and_that_is_told(paid, found):
    def refuse(con: object, cut: object) -> Chances:
        raise UsageError("The history is too short.")

    told = renewals_report(shop(paid), CLOCK, CLOCK.as_of(END), "USD", foretold=refuse)
    assert told.rows == found.rows
    assert told.notes[0] == (
        f"The own risk of contracts could not be learned from what was before {CUT}. The history is too short."
    )
