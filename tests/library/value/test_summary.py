"""The summary from the store is what plain Python makes of the orders, and nothing of after the cut is in it."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

import pytest

import tenure
from tenure.sentences import in_language
from tenure.value import Span, later, span, summarise
from tenure.workspace import Workspace

LATE = datetime.fromisoformat("2024-08-01T09:00")
COLUMNS = {name: name for name in ("customer", "time", "order", "amount", "currency")}


@pytest.fixture(scope="module")
def orders() -> list[tuple[str, datetime, str, str, str]]:
    """Four hundred orders of sixty customers, some of one day, some without amount, free, or in another currency."""
    random, made = Random(4), []
    for number in range(400):
        at = datetime.fromisoformat("2024-01-01T09:00") + timedelta(hours=int(24 * 300 * random.random() ** 0.8))
        amount = random.choice(["", "0", *[f"{random.randint(500, 9000) / 100:.2f}"] * 8])
        currency = "USD" if random.random() < 0.05 and amount else "CNY"
        made.append((f"c{random.randint(1, 60)}", at, f"o{number}", amount, currency))
    return made


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, orders: list[tuple[Any, ...]]) -> Workspace:
    """A shop with those orders, whose clock stands at the end of 2024."""
    folder = tmp_path_factory.mktemp("value")
    file = folder / "orders.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *([c, at.isoformat(), o, a, k] for c, at, o, a, k in orders)])
    made = tenure.init(folder / "shop", zone="Asia/Shanghai", currency="CNY", clock="2025-01-01")
    with made.writing():
        made.collect.load_orders(Path(file), COLUMNS)
    return made


def slowly(orders: list[tuple[Any, ...]], cut: date, end: date) -> dict[str, list[float]]:
    """Customer → frequency, recency, T, priced, monetary, purchases after the cut: order by order."""
    days: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for customer, at, _, amount, currency in orders:
        days[customer][at.date()] += float(amount or 0) if currency == "CNY" else 0
    found = {}
    for customer, bought in days.items():
        seen = sorted(day for day in bought if day < cut)
        if seen:
            paid = [bought[day] * 100 for day in seen[1:] if bought[day] > 0]
            after = sum(cut <= day < end for day in bought)
            ages = [(seen[-1] - seen[0]).days, (cut - timedelta(days=1) - seen[0]).days]
            found[customer] = [len(seen) - 1, *ages, len(paid), fmean(paid) if paid else 0, after]
    return found


@pytest.mark.parametrize(("cut", "end"), [("2024-07-01", "2024-10-01"), ("2024-03-05", "2025-01-01")])
def test_it_is_what_plain_python_makes_of_the_orders(shop, orders, cut, end):
    con = shop.store.snapshot().connect()
    found = summarise(con, shop.clock, shop.clock.as_of(cut))
    after = later(con, shop.clock, found, shop.clock.as_of(end))
    names = dict(con.execute("SELECT customer_key, external_id FROM customers").fetchall())
    columns = (found.frequency, found.recency, found.T, found.priced, found.monetary, after.purchases)
    told = {names[key]: list(row) for key, *row in zip(found.customer_key, *columns, strict=True)}
    wanted = slowly(orders, date.fromisoformat(cut), date.fromisoformat(end))
    assert told.keys() == wanted.keys()
    for customer, row in wanted.items():
        assert told[customer] == pytest.approx(row), customer
    assert after.daily.sum() == after.purchases.sum()


@pytest.mark.thorough
def test_what_comes_after_the_cut_changes_no_summary(shop, orders, tmp_path):
    """A leak planted: the same shop with a thousand more orders after the cut has the same summary, to the bit."""
    other = tenure.init(tmp_path / "leak", zone="Asia/Shanghai", currency="CNY", clock="2025-01-01")
    rows = [*orders, *((f"c{n % 60 + 1}", LATE, f"late{n}", "5.00", "CNY") for n in range(1000))]
    file = tmp_path / "orders.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *([c, at.isoformat(), o, a, k] for c, at, o, a, k in rows)])
    with other.writing():
        other.collect.load_orders(file, COLUMNS)
    told = []
    for workspace in (shop, other):
        con = workspace.store.snapshot().connect()
        found = summarise(con, workspace.clock, workspace.clock.as_of("2024-07-01"))
        names = dict(con.execute("SELECT customer_key, external_id FROM customers").fetchall())
        rows = zip(found.customer_key, *found.history, found.monetary, strict=True)
        told.append({names[key]: tuple(row) for key, *row in rows})
    assert told[0] == told[1]


def test_it_says_which_money_cannot_be_counted(shop, orders):
    found = span(shop.store.snapshot().connect(), shop.clock.as_of())
    assert found.unpriced == sum(amount == "" for _, _, _, amount, _ in orders)
    assert found.foreign_orders == sum(currency == "USD" for *_, currency in orders)
    assert any("another currency" in note for note in found.notes())


@pytest.mark.parametrize("place", range(3))
def test_one_order_is_told_as_one_and_two_as_two_in_both_languages(place):
    told = []
    for count in (1, 2):
        left_out = [count if place == n else 0 for n in range(3)]
        (note,) = Span(None, None, 9, 9, *left_out).notes()
        told.append((note, in_language(note, "zh")))
    (one, eins), (two, zwei) = told
    assert one.startswith("1 order ")
    assert "it counts as a purchase" in one
    assert two.startswith("2 orders ")
    assert "they count as purchases" in two
    assert (eins[0], zwei[0]) == ("1", "2")
    assert eins[1:] == zwei[1:]
    assert "笔订单" in eins


def test_an_empty_shop_has_an_empty_summary(workspace):
    con = workspace.store.snapshot().connect()
    assert len(summarise(con, workspace.clock, workspace.clock.as_of())) == 0
    assert span(con, workspace.clock.as_of()).first is None
