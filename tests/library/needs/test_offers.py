"""Every kind of offer beside a slow, obvious second way; and what is never offered."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import combinations, pairwise, permutations
from pathlib import Path

import pytest

from tenure.errors import DefinitionError
from tenure.needs import Limits, Offer, load_limits, make_offers, reason
from tenure.needs.offers import SHRINK, SUPPORT
from tenure.needs.renewal import COMMON, SHOP_GAPS, make_spans, weight_of
from tenure.workspace import Workspace
from tests.library.needs.conftest import END, RANGE, bought, made

Days = Mapping[str, Mapping[str, list[date]]]
Told = Mapping[str, list[tuple[str, Offer]]]


@pytest.fixture(scope="module")
def days() -> Days:
    """{customer: {product: its days in order}}."""
    found: dict[str, dict[str, list[date]]] = defaultdict(lambda: defaultdict(list))
    for who, day, product in sorted(set(bought()), key=lambda line: line[1]):
        found[who][product].append(day)
    return found


@pytest.fixture(scope="module")
def told(shop: Workspace) -> dict[str, list[tuple[str, Offer]]]:
    """{kind: every customer with an offer of that kind}."""
    found: dict[str, list[tuple[str, Offer]]] = defaultdict(list)
    rows = shop.store.snapshot().connect().execute(
        "SELECT c.external_id, r.kind, r.place, r.product, r.product, r.because, r.because, r.figure, r.n, r.days,"
        " r.day, r.amount FROM recommendations AS r JOIN customers AS c ON c.customer_key = r.customer_key"
    )  # fmt: skip
    for who, *rest in rows.fetchall():
        found[rest[0]].append((who, Offer(*rest)))
    return found


def test_the_share_of_baskets_with_another_product_is_that_of_a_plain_count(told: Told) -> None:
    baskets: dict[tuple[str, date], set[str]] = defaultdict(set)
    for who, day, product in bought():
        baskets[who, day].add(product)
    single = Counter(product for basket in baskets.values() for product in basket)
    both = Counter(pair for basket in baskets.values() for pair in permutations(basket, 2))
    assert len(told["with"]) > 200
    for _, each in told["with"]:
        assert each.because
        assert each.figure == pytest.approx(both[each.because, each.product] / single[each.because])
        assert each.n == both[each.because, each.product]


def test_the_same_buyers_make_products_alike(shop: Workspace, days: Days, told: Told) -> None:
    owners = Counter(product for own in days.values() for product in own)
    both = Counter(pair for own in days.values() for pair in permutations(own, 2))

    def cosine(a: str, b: str) -> float:
        n = both[a, b]
        return n / math.sqrt(owners[a] * owners[b]) * n / (n + SHRINK) if n >= SUPPORT else 0.0

    assert told["similar"]
    con = shop.store.snapshot().connect()
    make_offers(con, shop.clock.as_of())
    rows = con.execute(
        "SELECT a.product, b.product, cosine FROM similar_links JOIN goods AS a USING (good)"
        " JOIN goods AS b ON b.good = other"
    ).fetchall()
    assert len(rows) > 50
    assert all(value == pytest.approx(cosine(a, b)) for a, b, value in rows)
    for who, each in told["similar"]:
        assert each.product not in days[who]
        assert each.figure == pytest.approx(both[each.because, each.product] / owners[each.because or ""])


def test_a_step_up_is_dearer_of_the_same_category_and_was_bought_later_by_that_share(days: Days, told: Told) -> None:
    owners = Counter(product for own in days.values() for product in own)
    assert told["up"]
    for who, each in told["up"]:
        cheap, dear = RANGE[each.because or ""], RANGE[each.product]
        assert each.product not in days[who]
        assert cheap[0] == dear[0]
        assert 1.15 * cheap[1] <= dear[1] <= 4 * cheap[1]
        assert each.amount == 100 * (dear[1] - cheap[1])
        movers = sum(
            own[each.because][0] < own[each.product][0]
            for own in days.values()
            if each.because in own and each.product in own
        )
        assert (each.n, each.figure) == (movers, pytest.approx(movers / owners[each.because or ""]))


def test_cross_selling_opens_a_category_that_is_new_to_the_customer(days: Days, told: Told) -> None:
    owned = {who: {RANGE[product][0] for product in own} for who, own in days.items()}
    assert told["cross"]
    for who, each in told["cross"]:
        new = RANGE[each.product][0]
        assert new not in owned[who]
        assert each.because in owned[who]
        of = [who for who, kinds in owned.items() if each.because in kinds]
        assert each.figure == pytest.approx(sum(new in owned[who] for who in of) / len(of))


@pytest.mark.thorough
def test_a_bundle_stands_together_beyond_chance_by_a_plain_count(tmp_path: Path) -> None:
    """Sixty baskets of bread, butter and jam among three hundred of other things."""
    lines = [(f"c{n}", END - timedelta(days=n % 50 + 1), p) for n in range(60) for p in ("p0", "p1", "p2")]
    lines += [(f"d{n}", END - timedelta(days=n % 70 + 1), f"p{n % 9}") for n in range(300)]
    shop = made(tmp_path, lines)
    con = shop.store.snapshot().connect()
    make_offers(con, shop.clock.as_of())
    single = Counter(product for _, _, product in lines)
    found = {tuple(products): rest for products, *rest in con.execute(
        "SELECT products, baskets, share, lift, price FROM bundles").fetchall()}  # fmt: skip
    expected = {pair for size in (2, 3) for pair in combinations(("p0", "p1", "p2"), size)}
    assert set(found) == expected
    for names, (baskets, share, lift, price) in found.items():
        by_chance = math.prod(single[name] / 360 for name in names)
        assert (baskets, share, price) == (60, 60 / 360, 100 * sum(RANGE[name][1] for name in names))
        assert lift == pytest.approx(60 / 360 / by_chance)


def gaps_of(days: Days) -> dict[str, dict[str, list[float]]]:
    """{product: {customer: logarithms of its gaps}}."""
    found: dict[str, dict[str, list[float]]] = defaultdict(dict)
    for who, own in days.items():
        for product, each in own.items():
            if len(each) > 1:
                found[product][who] = [math.log((b - a).days) for a, b in pairwise(each)]
    return found


def slow_weight(gaps: Mapping[str, Mapping[str, list[float]]]) -> float:
    """Within over between by the textbook's sums of squares."""
    groups = [each for own in gaps.values() for each in own.values()]
    total = sum(map(len, groups))
    within = sum((y - sum(g) / len(g)) ** 2 for g in groups for y in g) / (total - len(groups))
    between, uneven = 0.0, 0.0
    for own in gaps.values():
        n = sum(map(len, own.values()))
        mean = sum(map(sum, own.values())) / n
        between += sum(len(g) * (sum(g) / len(g) - mean) ** 2 for g in own.values())
        uneven += sum(len(g) ** 2 for g in own.values()) / n
    freedom = len(groups) - len(gaps)
    return within / ((between / freedom - within) / ((total - uneven) / freedom))


def test_a_product_falls_due_after_its_own_interval_drawn_to_the_customers(shop: Workspace, days: Days) -> None:
    gaps = gaps_of(days)
    weight = slow_weight(gaps)
    every = [y for own in gaps.values() for g in own.values() for y in g]
    middle = sum(every) / len(every)
    con = shop.store.snapshot().connect()
    rows = con.execute(
        "SELECT c.external_id, r.product, r.times, r.last_day, r.days, r.due_day FROM replenishments AS r"
        " JOIN customers AS c ON c.customer_key = r.customer_key"
    ).fetchall()
    assert len(rows) > 50
    for who, product, times, last, interval, due in rows:
        logs = [y for g in gaps[product].values() for y in g]
        general = (sum(logs) + SHOP_GAPS * middle) / (len(logs) + SHOP_GAPS)
        own = gaps[product].get(who, [])
        expected = math.exp((weight * general + sum(own)) / (weight + len(own)))
        assert (times, last) == (len(days[who][product]), days[who][product][-1])
        assert interval == pytest.approx(expected)
        assert due == last + timedelta(days=round(expected))
        owners = sum(product in own for own in days.values())
        assert times > 1 or len(gaps[product]) >= COMMON * owners


def test_equal_customers_leave_the_products_interval_alone(tmp_path: Path) -> None:
    """Everybody's gaps are the same two numbers: no customer differs, so own gaps weigh next to nothing."""
    lines = [(f"c{n}", END - timedelta(days=back), "tea") for n in range(20) for back in (70, 60, 20)]
    shop = made(tmp_path, lines)
    con = shop.store.snapshot().connect()
    make_offers(con, shop.clock.as_of())
    make_spans(con)
    assert weight_of(con).weight == 1000
    interval = con.execute("SELECT days FROM due LIMIT 1").fetchall()[0][0]
    assert interval == pytest.approx(20, rel=0.01)  # the geometric mean of 10 and 40


@pytest.mark.thorough
def test_what_is_forbidden_gone_sold_once_or_out_of_stock_is_never_offered(tmp_path: Path) -> None:
    lines = bought()
    last = max(day for _, day, product in lines if product == "p1")
    lines = [line for line in lines if line[2] != "p2" or line[1] < END - timedelta(days=100)]
    lines += [("c1", END - timedelta(days=50), "once")]
    folder = tmp_path / "shop"
    shop = made(tmp_path, lines)
    (folder / "definitions" / "stock.csv").write_text("product,stock\np1,0\np3,12\n")
    (folder / "definitions" / "needs.yml").write_text(
        "never_products: [tea]\nnever_categories: [cake]\nstock: stock.csv\n"
    )
    with shop.writing():
        shop.needs.renew()
    con = shop.store.snapshot().connect()
    states = dict(con.execute("SELECT product, state FROM products").fetchall())
    assert (states["tea"], states["p1"], states["p2"], states["p3"]) == ("never", "out", "never", "sold")
    assert last > END - timedelta(days=30)
    told = {row[0] for row in con.execute("SELECT product FROM recommendations").fetchall()}
    told |= {row[0] for row in con.execute("SELECT product FROM replenishments").fetchall()}
    told |= {row[0] for row in con.execute("SELECT unnest(products) FROM product_bundles").fetchall()}
    assert told == {product for product, state in states.items() if state == "sold"}
    make_offers(con, shop.clock.as_of(), Limits())
    plain = dict(con.execute("SELECT product, state FROM goods").fetchall())
    assert (plain["p2"], plain["once"], plain["tea"]) == ("gone", "once", "sold")


@pytest.mark.thorough
def test_what_a_customer_gave_back_counts_as_not_bought_and_is_not_offered_to_it(tmp_path: Path) -> None:
    lines = [
        (f"c{n}", END - timedelta(days=back), p) for n in range(30) for back in (40, 20, 8) for p in ("tea", "cup")
    ]
    lines += [("x", END - timedelta(days=9), p) for p in ("tea", "cup")]
    shop = made(tmp_path, lines)
    refund = f"customer,time,order,price,quantity,product\nx,{END - timedelta(days=3)},back-1,9,-1,cup\n"
    (tmp_path / "back.csv").write_text(refund)
    columns = {name: name for name in ("customer", "time", "order", "price", "quantity", "product")}
    with shop.writing():
        shop.collect.load_orders(tmp_path / "back.csv", columns)
        shop.needs.renew()
    found = shop.needs.of(shop.find("x"))
    assert found is not None
    assert {each.product for each in found.offers} == {"tea"}
    cup = shop.store.snapshot().connect().execute("SELECT returned FROM products WHERE product = 'cup'").fetchall()
    assert cup == [(1.0,)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nevr_products: [a]", 'line 1: unknown entry "nevr_products" in needs.yml.'),
        ("gone_after_days: 0", "a number of days from 1 to 36500"),
        ("stock: ../secret", 'line 1: "../secret" is not a file beside needs.yml'),
        ("stock: bad.csv", "bad.csv line 2: expected the columns product,stock"),
    ],
)
def test_wrong_limits_are_told_with_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.csv").write_text("product,stock\ntea,many\n")
    (tmp_path / "needs.yml").write_text(text)
    with pytest.raises(DefinitionError, match=r"needs\.yml") as caught:
        load_limits(tmp_path)
    assert said in str(caught.value)


def test_every_kind_has_a_reason_in_both_languages() -> None:
    today = date(2025, 1, 1)
    due = Offer("due", 1, "tea", "Tea", n=3, days=42.2, day=date(2024, 11, 22))
    words = reason(due, today, "USD")
    assert words.en == "usually again after 42 days, last 40 days ago"
    assert words.zh == "通常 42 天后再买，上次在 40 天前"
    other = {"because": "cup", "because_title": "Cup", "figure": 0.312, "n": 50, "amount": 1200}
    said = {
        kind: reason(Offer(kind, 1, "tea", "Tea", **other), today, "USD") for kind in ("with", "similar", "cross", "up")
    }
    assert said["with"].en == "in 31% of the baskets with Cup"
    assert said["up"].en == "31% of those who bought Cup bought it later; $12.00 more"
    assert all("31%" in each.zh and "Cup" in each.zh for each in said.values())
    once = reason(Offer("again", 1, "tea", "Tea", n=1, day=date(2024, 12, 30)), today, "USD")
    assert (once.en, once.zh) == ("bought once, last 2 days ago", "买过 1 次，上次在 2 天前")
    yesterday, now = (Offer("again", 1, "tea", "Tea", n=2, day=day) for day in (date(2024, 12, 31), today))
    assert reason(yesterday, today, "USD").en == "bought 2 times, last bought yesterday"
    assert reason(now, today, "USD").zh == "买过 2 次，今天刚买过"
    daily = Offer("due", 1, "tea", "Tea", n=3, days=1.2, day=date(2024, 12, 31))
    assert reason(daily, today, "USD").en == "usually again after a day, last bought yesterday"
    bundle = reason(Offer("bundle", 1, "tea", "Tea", **{**other, "figure": 2.5}), today, "USD")
    assert bundle.en == "with Cup: together in 50 baskets, 2.5 times as often as by chance; $12.00 for both"
