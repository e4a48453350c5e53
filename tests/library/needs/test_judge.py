"""Each kind judged on time held out: counted by hand, and blind to what came after the cut."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

from tenure import needs
from tenure.needs import Limits, make_offers
from tenure.needs.judge import intervals, judge
from tenure.workspace import Workspace
from tests.library.needs.conftest import END, bought, made
from tests.rows import insert


@pytest.mark.thorough
def test_offers_made_then_are_looked_for_among_what_was_bought_since(shop: Workspace) -> None:
    con, clock = shop.store.snapshot().connect(), shop.clock
    cut, day = clock.as_of(END - timedelta(days=40)), END - timedelta(days=40)
    found = {each.kind: each for each in judge(con, cut, clock.as_of(), Limits())}
    make_offers(con, cut)
    rows = con.execute(
        "SELECT c.external_id, o.kind, o.product FROM offered AS o JOIN customers AS c USING (customer_key)"
    )
    offered = defaultdict(list)
    for who, kind, product in rows.fetchall():
        offered[kind, who].append(product)
    after = defaultdict(set)
    for who, when, product in bought():
        if when >= day:
            after[who].add(product)
    assert set(found) >= {"again", "due", "with", "similar", "up"}
    for kind, each in found.items():
        hits = [len(after[who] & set(own)) for (name, who), own in offered.items() if name == kind and who in after]
        sizes = [len(own) for (name, who), own in offered.items() if name == kind and who in after]
        assert (each.customers, each.offers) == (len(hits), sum(sizes))
        assert each.found == pytest.approx(sum(hits) / sum(sizes))
        assert each.hit == pytest.approx(np.mean(np.array(hits) > 0))


@pytest.mark.thorough
def test_a_product_first_sold_after_the_cut_is_never_among_the_offers_judged(tmp_path: Path) -> None:
    """Planted: everybody buys it in the span held out. Were the span seen, every kind would name it."""
    lines = [*bought(), *((f"c{n}", END - timedelta(days=2), "once") for n in range(100))]
    shop = made(tmp_path, lines)
    con, clock = shop.store.snapshot().connect(), shop.clock
    judge(con, clock.as_of(END - timedelta(days=40)), clock.as_of(), Limits())
    assert con.execute("SELECT count(*) FROM offered WHERE product = 'once'").fetchall() == [(0,)]
    assert con.execute("SELECT count(*) FROM goods WHERE product = 'once'").fetchall() == [(0,)]
    make_offers(con, clock.as_of())
    assert con.execute("SELECT count(*) FROM offered WHERE product = 'once'").fetchall()[0][0] > 50


@pytest.mark.thorough
def test_intervals_shrunk_to_the_customer_are_no_worse_than_either_alone(shop: Workspace) -> None:
    con = shop.store.snapshot().connect()
    make_offers(con, shop.clock.as_of())
    error = {each.method: each.mean_error for each in intervals(con)}
    assert error["used"] <= min(error["the product's"], error["the shop's middle gap"])
    assert error["used"] < error["one's own"]


def test_the_shop_shows_best_and_slow_sellers_net_of_what_came_back(shop: Workspace) -> None:
    con, lately = shop.store.snapshot().connect(), END - timedelta(days=needs.LATELY)
    pieces: dict[str, int] = defaultdict(int)
    for _, day, product in bought():
        pieces[product] += day >= lately
    from tests.library.needs.conftest import RANGE

    money = sorted(((-100 * RANGE[p][1] * n, p) for p, n in pieces.items() if n))[:5]
    best = needs.best(con, END, 5)
    assert [(-each.revenue, each.product) for each in best] == money
    assert all(each.units == pieces[each.product] and each.cover is None for each in best)


#: product: (days since the first sale, pieces until ninety days ago, pieces since, price)
ICE = {f"ice {n}": (450, 200, 15 if n else 3, 10) for n in range(4)}
SOLD = {
    **ICE,
    "dead": (450, 80, 0, 10),
    "faded": (450, 80, 8, 10),
    "steady niche": (450, 20, 5, 10),
    "rising": (450, 4, 9, 10),
    "newcomer": (120, 1, 3, 10),
    "halved but dear": (450, 200, 22, 90),
    **{f"staple {n}": (450, 400, 100, 10) for n in range(6)},
}


def test_slow_sellers_sell_little_by_the_shops_measure_and_their_own() -> None:
    con = duckdb.connect()
    rows = [
        (name, name, "ice" if name in ICE else None, price, before + since, 0, since, 0, since * price, 1,
         END - timedelta(days=first), END - timedelta(days=1 if since else 100), None, "sold")
        for name, (first, before, since, price) in SOLD.items()
    ]  # fmt: skip
    con.execute(
        "CREATE TABLE products (product VARCHAR, title VARCHAR, category VARCHAR, price BIGINT, units BIGINT,"
        " returned BIGINT, units_lately BIGINT, units_before BIGINT, revenue_lately BIGINT, buyers_lately BIGINT,"
        " first_day DATE, last_day DATE, stock BIGINT, state VARCHAR)"
    )
    insert(con, "products", rows)
    paces = {name: before * 90 / (first - 90) for name, (first, before, _, _) in SOLD.items() if first > 180}
    change, winter = (sum(SOLD[name][2] for name in some) / sum(paces[name] for name in some) for some in (paces, ICE))
    slow = needs.slow(con, END)
    assert [each.product for each in slow] == ["dead", "ice 0", "faded"], "ice sells little in winter, and one least"
    usual = [paces[each.product] * (winter if each.product in ICE else change) for each in slow]
    assert [each.usual for each in slow] == pytest.approx(usual)
    assert {each.usual for each in needs.best(con, END, 20) if each.product == "newcomer"} == {None}


def test_who_is_due_is_listed_by_day_and_counted(shop: Workspace) -> None:
    con = shop.store.snapshot().connect()
    counts = needs.awaited_counts(con, END, ("overdue", "7", "30"))
    for choice, (people, rows) in counts.items():
        listed = needs.awaited(con, END, choice, count=None)
        assert (len({each.customer_key for each in listed}), len(listed)) == (people, rows)
        assert all((each.due_day < END) == (choice == "overdue") for each in listed)
    assert counts["7"][1] < counts["30"][1]
    first = needs.awaited(con, END, "30", count=None)[0]
    assert {each.product for each in needs.awaited(con, END, "30", first.product)} == {first.product}
