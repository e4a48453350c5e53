"""A refund or a cancellation takes back what its order brought: once, at its own time, whatever comes first."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tenure
from tenure.features import compute
from tests.library.collect.conftest import Shop, order

EVENTS = "SELECT name, original_amount, currency FROM events ORDER BY ts, name"


def back(order_id: str, day: int, name: str = "Order Refunded", user: str = "lin", **properties: Any) -> dict[str, Any]:
    """A refund or cancellation of this day of February."""
    at = f"2026-02-{day:02}T10:00:00Z"
    said = {"order_id": order_id, **properties}
    return {"type": "track", "userId": user, "event": name, "timestamp": at, "properties": said}


def bought(order_id: str, total: float | str, day: int = 1, **more: Any) -> dict[str, Any]:
    return order(order_id, total, timestamp=f"2026-02-{day:02}T10:00:00Z", **more)


def test_a_refund_without_an_amount_takes_back_the_whole_order(shop: Shop) -> None:
    lines = [{"product_id": "tea", "quantity": 2, "price": 50}]
    shop.load(bought("o1", 100, properties={"products": lines}), back("o1", 2))
    assert shop.ask(EVENTS) == [("Order Completed", 10_000, "CNY"), ("Order Refunded", -10_000, "CNY")]
    assert shop.ask("SELECT products[1].product FROM events WHERE amount < 0") == [("tea",)]


@pytest.mark.thorough
def test_a_cancellation_after_a_partial_refund_takes_back_the_rest(shop: Shop) -> None:
    shop.load(bought("o1", 100))
    shop.load(back("o1", 2, total=30))
    shop.load(back("o1", 3, "Order Cancelled"))
    assert [amount for _, amount, _ in shop.ask(EVENTS)] == [10_000, -3_000, -7_000]


def test_no_refund_ever_profits(shop: Shop) -> None:
    shop.load(bought("o1", 100), back("o1", 2, total=80), back("o1", 3, total=80), back("o1", 4), back("o1", 5))
    assert [amount for _, amount, _ in shop.ask(EVENTS)] == [10_000, -8_000, -2_000, 0, 0]


def test_a_refund_waits_for_its_order_and_says_so(shop: Shop) -> None:
    shop.load(back("o1", 2), back("o2", 3, "Order Cancelled"))
    total, waiting = shop.collect.waiting_refunds()
    assert (total, [(found.order_id, found.reason) for found in waiting]) == (
        2,
        [("o2", "no_order"), ("o1", "no_order")],
    )
    assert waiting[0].words("en") == "The order it names is not known yet."
    shop.load(bought("o1", 70))
    assert shop.collect.waiting_refunds()[0] == 1
    assert shop.ask("SELECT sum(amount) FROM events WHERE order_id = 'o1'") == [(0,)]


def test_a_refund_of_an_order_without_amount_says_so(shop: Shop) -> None:
    shop.load(bought("o1", ""), back("o1", 2))
    assert [found.reason for found in shop.collect.waiting_refunds()[1]] == ["no_total"]


def test_a_refund_that_names_no_order_and_no_amount_goes_to_the_dead_letters(shop: Shop) -> None:
    call = back("", 2)
    assert shop.load(call).reasons == {"no_order_id": 1}


def test_a_refund_of_some_products_costs_what_they_cost_in_the_order(shop: Shop) -> None:
    lines = [{"product_id": "tea", "quantity": 2, "price": 30}, {"product_id": "cup", "quantity": 1, "price": 40}]
    shop.load(
        bought("o1", 100, properties={"products": lines}),
        back("o1", 2, products=[{"product_id": "tea", "quantity": 1}]),
    )
    shop.load(back("o1", 3, products=[{"product_id": "pot", "quantity": 1}]), back("o1", 4))
    assert [amount for _, amount, _ in shop.ask(EVENTS)] == [10_000, -3_000, None, -7_000]
    assert [found.reason for found in shop.collect.waiting_refunds()[1]] == ["no_price"]


def test_the_latest_version_of_the_order_counts(shop: Shop) -> None:
    shop.load(bought("o1", 100), back("o1", 2))
    result = shop.load(bought("o1", 60))
    assert [amount for _, amount, _ in shop.ask(EVENTS)] == [6_000, -6_000]
    assert len(result.source_keys) == 1


@pytest.mark.thorough
def test_a_repeated_message_takes_nothing_twice(shop: Shop) -> None:
    refund = {**back("o1", 2), "messageId": "r1"}
    shop.load(bought("o1", 100), refund)
    assert shop.load(refund).duplicates == 1
    assert [amount for _, amount, _ in shop.ask(EVENTS)] == [10_000, -10_000]


@pytest.mark.thorough
def test_each_order_keeps_its_currency(shop: Shop) -> None:
    dollars = bought("o2", 50, properties={"currency": "USD"})
    shop.load(bought("o1", 100), dollars, back("o1", 2), back("o2", 3, "Order Cancelled"))
    assert shop.ask("SELECT currency, original_amount, amount FROM events WHERE original_amount < 0 ORDER BY ts") == [
        ("CNY", -10_000, -10_000),
        ("USD", -5_000, None),
    ]
    shop.load(back("o1", 4, total=5, currency="USD"))
    assert shop.ask("SELECT original_amount FROM events ORDER BY ts DESC LIMIT 1") == [(-500,)]


@pytest.mark.thorough
def test_an_order_from_another_source_counts_when_it_is_the_same_customers(shop: Shop) -> None:
    other = Shop(shop.collect, "till")
    other.load(bought("o1", 100), bought("o2", 100, user="bob"))
    shop.load(back("o1", 2), back("o2", 3))
    assert shop.ask("SELECT order_id, original_amount FROM events WHERE name = 'Order Refunded' ORDER BY 1") == [
        ("o1", -10_000),
        ("o2", None),
    ]


def test_a_refund_takes_effect_at_its_own_time(shop: Shop, workspace: Any) -> None:
    shop.load(bought("o1", 100), back("o1", 20))
    con = workspace.store.snapshot().connect()
    for day, revenue in (("2026-02-15", 10_000), ("2026-02-25", 0)):
        compute(con, workspace.definitions, workspace.clock.as_of(day), keys=frozenset({"revenue"}))
        assert con.execute("SELECT revenue FROM features").fetchall() == [(revenue,)]


@pytest.mark.thorough
def test_an_undone_import_leaves_the_refund_waiting(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("customer,time,order,amount\nlin,2026-02-01 10:00,o1,100.00\n")
    shop.load(back("o1", 2))
    names = ("customer", "time", "order", "amount")
    result = shop.collect.load_orders(tmp_path / "orders.csv", {name: name for name in names})
    assert shop.ask("SELECT sum(amount) FROM events") == [(0,)]
    shop.collect.undo(result.import_id or 0)
    assert shop.collect.waiting_refunds()[0] == 1
    assert shop.ask("SELECT sum(amount) FROM events") == [(None,)]


@pytest.mark.thorough
def test_what_was_derived_can_be_derived_again(shop: Shop) -> None:
    shop.load(bought("o1", 100), back("o1", 2, total=30), back("o1", 3), back("o2", 4))
    before = shop.ask(EVENTS)
    shop.collect.loader.index.close()
    (shop.collect.store.root / "index.sqlite3").unlink()
    shutil.rmtree(shop.collect.store.root / "refunds")
    again = tenure.open(shop.collect.folder).collect
    again.drain_all()
    assert Shop(again, "again").ask(EVENTS) == before
    again.store.compact()
    assert Shop(again, "again").ask(EVENTS) == before


def story(number: int) -> list[dict[str, Any]]:
    """The same story of orders of their own."""
    one, two, three = (f"{number}-{order_id}" for order_id in ("o1", "o2", "o3"))
    calls = [
        bought(one, 100),
        back(one, 3, total=30),
        back(one, 4, "Order Cancelled"),
        back(one, 5),
        bought(two, 40, properties={"currency": "USD"}),
        back(two, 6),
        back(three, 7),
    ]
    return [{**call, "messageId": f"{number}-m{place}"} for place, call in enumerate(calls)]


@pytest.mark.thorough
def test_the_order_of_arrival_does_not_matter(shop: Shop) -> None:
    number = 0

    @settings(max_examples=settings().max_examples // 10)
    @given(st.permutations(range(7)), st.lists(st.integers(0, 7), max_size=3))
    def any_arrival(shuffled: list[int], cuts: list[int]) -> None:
        nonlocal number
        number += 1
        calls = [story(number)[place] for place in shuffled]
        for start, end in itertools.pairwise([0, *sorted(cuts), 7]):
            if end > start:
                shop.load(*calls[start:end])
        found = shop.ask(
            f"SELECT original_amount, currency FROM events WHERE order_id LIKE '{number}-%' ORDER BY ts, name, order_id"
        )
        assert [amount for amount, _ in found] == [10_000, 4_000, -3_000, -7_000, 0, -4_000, None]
        assert {currency for amount, currency in found if amount in (4_000, -4_000)} == {"USD"}

    any_arrival()
