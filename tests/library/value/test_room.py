"""Value in a workspace: scored, kept, fitted anew only when due; told in words when there is nothing to learn."""

from __future__ import annotations

import json
import sys
from dataclasses import astuple
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

import tenure
from tenure.errors import UsageError
from tenure.workspace import Workspace

COLUMNS = {name: name for name in ("customer", "time", "order", "amount")}


def loaded(folder: Path, rows: list[tuple[str, date, str]], **choices: str) -> Workspace:
    """A workspace with these orders: customer, day, amount."""
    made = tenure.init(folder / "shop", **{"zone": "UTC", "currency": "USD", "clock": "1998-07-01", **choices})
    file = folder / "orders.csv"
    lines = [f"{customer},{day},{number},{amount}" for number, (customer, day, amount) in enumerate(rows)]
    file.write_text("\n".join(["customer,time,order,amount", *lines]))
    with made.writing():
        made.collect.load_orders(file, COLUMNS)
    return made


@pytest.fixture(scope="module")
def lines(sample_file) -> list[tuple[str, date, str]]:
    """Orders of the sample of CDNOW, 78 weeks."""
    rows = []
    for line in sample_file.read_text().splitlines():
        words = line.split()
        day = date(int(words[2][:4]), int(words[2][4:6]), int(words[2][6:]))
        rows.append((words[1], day, words[-1]))
    return rows


@pytest.fixture(scope="module")
def shop(tmp_path_factory, lines) -> Workspace:
    """All of them in a store."""
    return loaded(tmp_path_factory.mktemp("cdnow"), lines)


@pytest.mark.thorough
def test_the_report_is_that_of_the_papers_split(shop, lines):
    found = shop.value.report(cut="1997-10-01")
    told = {row.model: row for row in found.rows}
    assert (found.customers, found.days) == (2357, 273)
    assert told["BetaGeo"].purchases.mae == pytest.approx(0.7855, abs=5e-5)
    assert told["ModifiedBetaGeo"].purchases.mae == pytest.approx(0.7648, abs=5e-5)
    assert told["ParetoNBD"].purchases.mae == pytest.approx(0.7545, abs=5e-5)
    assert told["naive"].purchases.bias > 0.4
    assert all(row.spend is not None for row in found.rows[:-1])
    assert told["the same in whole purchases"].purchases.mae < found.chosen.purchases.mae
    assert told["ParetoNBD"].coverage > 0.8
    assert 0.8 < found.chosen.coverage < 1
    assert found.tracking[-1].week == 39
    assert found.tracking[-1].actual == found.purchases
    assert [week.naive for week in found.tracking] == pytest.approx(_going_on(lines, date(1997, 10, 1), 39))
    assert found.tracking[-1].naive == pytest.approx(told["naive"].purchases.expected)
    assert [week.expected for week in found.tracking] == sorted(week.expected for week in found.tracking)
    assert json.loads(json.dumps(found.document()))["rows"][0]["model"] == "naive"
    _pictures_show_the_report(found)


def _going_on(lines, cut, weeks):
    """What the naive rule expects of all together by the week, customer by customer and day by day."""
    bought = {}
    for customer, day, _ in lines:
        if day < cut:
            bought.setdefault(customer, set()).add(day)
    rates = [(len(days) - 1) / max((cut - timedelta(days=1) - min(days)).days, 1) for days in bought.values()]
    return [sum(rate for rate in rates for _ in range(7 * week)) for week in range(1, weeks + 1)]


def _pictures_show_the_report(found):
    with patch.dict(sys.modules, {"matplotlib.pyplot": None}):
        tracking, calibration = found.plot_tracking(), found.plot_calibration()
    assert tracking.axes is None
    assert list(zip(*tracking.table.values(), strict=True)) == [astuple(week) for week in found.tracking]
    tenths = [(number, tenth.actual, tenth.expected) for number, tenth in enumerate(found.chosen.purchases.deciles, 1)]
    assert list(zip(*calibration.table.values(), strict=True)) == tenths


@pytest.mark.parametrize(
    ("days", "whys"),
    [
        (["1998-01-01", "1998-01-05"], ["unfitted", ""]),
        pytest.param(
            ["1998-01-01", "1998-01-05", "1998-02-05", "1998-02-06", "1998-01-05"],
            ["unfitted", "", "schedule", "asked", "earlier"],
            marks=pytest.mark.thorough,
        ),
    ],
)
@pytest.mark.thorough
def test_scores_are_kept_in_the_store_and_fits_until_due(tmp_path, lines, days, whys):
    shop = loaded(tmp_path, [row for row in lines if int(row[0]) <= 250])
    with shop.writing():
        done = [shop.value.renew(day, refit=why == "asked") for day, why in zip(days, whys, strict=True)]
    assert [found.why for found in done] == whys
    assert [found.refitted for found in done] == [bool(why) for why in whys]
    con = shop.store.snapshot().connect()
    rows = con.execute(
        "SELECT count(*), count(DISTINCT customer_key), min(low), max(alive), any_value(model) FROM value"
    )
    count, different, low, alive, model = rows.fetchall()[0]
    assert (count, different) == (250, 250)
    frequent = con.execute("SELECT arg_max(customer_key, purchases), arg_min(customer_key, purchases) FROM value")
    best, least = map(shop.value.likeliest, frequent.fetchall()[0])
    assert least.number == 0
    assert least.telling
    assert least.chance == pytest.approx(1 - least.some)
    assert best.some > least.some
    assert shop.value.likeliest(10**9) is None
    assert low >= 0
    assert alive <= 1
    assert model == done[-1].model
    bad = "value IS NULL OR value < 0 OR low > high OR purchases < 0 OR isnan(purchases)"
    assert con.execute(f"SELECT count(*) FROM value WHERE {bad}").fetchall() == [(0,)]
    assert shop.value.scored().day == date(1998, 1, 5)
    kept = shop.value.kept()
    last = next(day for day, why in zip(reversed(days), reversed(whys), strict=True) if why)
    assert kept.as_of.day == date.fromisoformat(last)
    assert json.loads(kept.report)["customers"] == 250
    for day, why in (("1998-03-01", "schedule"), ("1997-12-20", "earlier")):
        assert shop.value._due(con, kept, shop.clock.as_of(day)) == why


@pytest.mark.thorough
def test_customers_who_drift_are_fitted_anew(tmp_path):
    random = np.random.default_rng(2)
    rows = [
        (f"c{n}", date(2024, 1, 1) + timedelta(days=int(day)), "10")
        for n in range(100)
        for day in np.cumsum(random.exponential(random.gamma(5, 8), 12))
        if day < 200
    ]
    burst = [(f"c{n}", date(2024, 7, 20) + timedelta(days=k), "10") for n in range(100) for k in range(10)]
    shop = loaded(tmp_path, rows + burst, clock="2024-12-31")
    with shop.writing():
        shop.value.renew("2024-07-15")
        assert shop.value.renew("2024-07-30").why == "drift"


@pytest.mark.thorough
def test_without_amounts_there_is_a_forecast_but_no_value(tmp_path):
    rows = [(f"c{n % 40}", date(2024, 1, 1) + timedelta(days=3 * n % 300), "") for n in range(200)]
    shop = loaded(tmp_path, rows, clock="2024-12-31")
    with shop.writing():
        done = shop.value.renew()
    assert any("no amount" in note for note in done.notes)
    con = shop.store.snapshot().connect()
    assert con.execute("SELECT count(value), count(purchases) FROM value").fetchall() == [(0, 40)]


@pytest.fixture(scope="module")
def once(tmp_path_factory) -> Workspace:
    """Twenty who bought on one day in May, and never again."""
    rows = [(f"c{n}", date(2024, 5, 1), "10") for n in range(20)]
    return loaded(tmp_path_factory.mktemp("once"), rows, clock="2024-12-31")


@pytest.mark.parametrize(
    ("as_of", "words"),
    [("2024-05-01", "no orders before 2024-05-01"), ("2024-12-31", "Nobody has bought a second time")],
)
def test_nothing_to_learn_from_is_told_and_changes_nothing(once, as_of, words):
    with once.writing(), pytest.raises(UsageError, match=words):
        once.value.renew(as_of)
    assert once.value.scored() is None
    with pytest.raises(UsageError):
        once.value.report(as_of)


def back(folder: Path, shop: Workspace, orders: list[tuple[str, date, str]], day: str) -> None:
    """Refund these orders, by their place in the file, in full on a day."""
    file = folder / "back.csv"
    lines = [f"{customer},{day},{number},-{amount}" for number, (customer, _, amount) in enumerate(orders)]
    file.write_text("\n".join(["customer,time,order,amount", *lines]))
    with shop.writing():
        shop.collect.load_orders(file, COLUMNS)


@pytest.mark.thorough
def test_a_shop_that_refunded_everything_has_no_value_from_then_on(tmp_path):
    rows = [(f"c{n % 10}", date(2024, 1, 1) + timedelta(days=4 * n), "10") for n in range(60)]
    shop = loaded(tmp_path, rows, clock="2024-12-31")
    back(tmp_path, shop, rows, "2024-11-01")
    with shop.writing(), pytest.raises(UsageError, match="All orders before 2024-12-31 were refunded"):
        shop.value.renew()
    with shop.writing():
        before = shop.value.renew("2024-11-01")
        then = shop.store.snapshot().connect().execute("SELECT count(*), min(value) > 0 FROM value").fetchall()
        after = shop.value.renew()
    assert (before.customers, then, after.customers) == (10, [(10, True)], 0)
    assert "60 orders were refunded in full or cancelled" in " ".join(after.notes)
    assert shop.store.snapshot().connect().execute("SELECT count(*) FROM value").fetchall() == [(0,)]
    assert shop.value.report("2024-11-01").purchases > 0


def test_an_empty_store_is_told(tmp_path):
    shop = tenure.init(tmp_path / "shop", clock="2024-12-31")
    with shop.writing(), pytest.raises(UsageError, match="no orders before 2024-12-31"):
        shop.value.renew()
    assert shop.value.scored() is None


@pytest.mark.thorough
def test_one_customer_who_came_back_gets_a_forecast(tmp_path):
    rows = [("Lin", date(2024, 1, 1) + timedelta(days=30 * n), "10") for n in range(5)]
    shop = loaded(tmp_path, rows, clock="2024-12-31")
    with shop.writing():
        done = shop.value.renew()
    assert done.customers == 1
    assert done.notes
    value = shop.store.snapshot().connect().execute("SELECT purchases, value FROM value").fetchall()[0]
    assert np.isfinite(value[0])
    assert value[1] >= 0


def test_a_history_too_short_for_a_hold_out_is_told(tmp_path):
    rows = [(f"c{n % 5}", date(2024, 12, 1) + timedelta(days=n), "10") for n in range(20)]
    with pytest.raises(UsageError, match="a hold-out takes 42"):
        loaded(tmp_path, rows, clock="2024-12-31").value.report()
