"""`tenure needs`: scored once, then asked in words and as JSON, in both languages."""

import json

import pytest

import tenure

HEAD = "customer,time,order,price,quantity,product\n"


@pytest.fixture(scope="module")
def tea(tmp_path_factory):
    """Eight customers who buy tea and a cup every thirty days, as of 10 January 2026."""
    folder = tmp_path_factory.mktemp("needs")
    shop = tenure.init(folder / "shop", zone="UTC", currency="USD", clock="2026-01-10")
    days = ("2025-09-20", "2025-10-20", "2025-11-19", "2025-12-20")
    lines = [
        f"c{n},{day},{n}-{day},{price},1,{what}"
        for n in range(8)
        for day in days
        for what, price in (("tea", 9), ("cup", 4))
    ]
    (folder / "orders.csv").write_text(HEAD + "\n".join(lines))
    with shop.writing():
        shop.collect.load_orders(folder / "orders.csv", {name: name for name in HEAD.strip().split(",")})
        shop.needs.renew()
    return shop.folder


def test_what_is_due_is_listed_with_its_interval(tell, tea):
    rows = json.loads(tell("needs", "due", "--within", "30", "--workspace", tea, "--json").out)
    assert {(row["customer"], row["product"]) for row in rows} == {
        (f"c{n}", what) for n in range(8) for what in ("tea", "cup")
    }
    assert {row["due_day"] for row in rows} == {"2026-01-19"}  # 30 days, the geometric mean of 30, 30, 31
    assert "Nothing is due then." in tell("needs", "due", "--within", "overdue", "--workspace", tea).out
    assert "overdue" in tell("needs", "due", "--within", "soon", "--workspace", tea, code=1).err


def test_sellers_and_one_customers_offers_are_told_with_reasons(tell, tea):
    told = tell("needs", "products", "--workspace", tea).out
    assert "Best sellers" in told
    best = json.loads(tell("needs", "products", "--workspace", tea, "--json").out)["best"]
    assert [(row["product"], row["units"], row["revenue"]) for row in best] == [("tea", 24, 21600), ("cup", 24, 9600)]
    one = tell("needs", "of", "c1", "--workspace", tea).out
    assert "usually again after 30 days, last 21 days ago" in one
    told = json.loads(tell("needs", "of", "c1", "--workspace", tea, "--json").out)
    assert told["basket"] == ["cup", "tea"]
    assert told["offers"][0]["why"]["zh"] == "买过 4 次，上次在 21 天前"


@pytest.mark.thorough
def test_the_report_sets_every_kind_beside_its_baseline(tell, tea):
    told = json.loads(tell("needs", "report", "--workspace", tea, "--json").out)
    assert {row["kind"] for row in told["kinds"]} >= {"again"}
    assert {row["method"] for row in told["intervals"]} >= {"used", "the product's"}
    assert "Buys again" in tell("needs", "report", "--workspace", tea).out
