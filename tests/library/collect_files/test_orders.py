"""Order lines become one event per document, exactly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tenure.collect.files import lines as parts_of
from tenure.collect.files import orders, text
from tenure.errors import UsageError

Write = Callable[..., Path]
Ask = Callable[[str], list[tuple[Any, ...]]]
COLUMNS = {"customer": "who", "time": "at", "order": "no", "price": "price", "quantity": "qty", "product": "sku"}
HEADER = "no,who,at,sku,qty,price\n"
ORDERS = "SELECT order_id, name, amount, currency FROM events ORDER BY order_id, name"


def test_lines_of_one_order_are_one_event_with_products(collect: Any, ask: Ask, write: Write) -> None:
    lines = "1,lin,2026-01-01 10:00,tea,2,1.255\n1,lin,2026-01-01 10:00,cup,1,0.005\n"
    result = collect.load_orders(write("a.csv", HEADER + lines), COLUMNS)
    assert (result.accepted, result.orders, dict(result.revenue)) == (2, 1, {"CNY": 252})  # 2.515 is rounded once
    [(products, ts)] = ask("SELECT products, ts FROM events")
    assert [(line["product"], line["quantity"], line["price"]) for line in products] == [("cup", 1, 1), ("tea", 2, 126)]
    assert str(ts) == "2026-01-01 02:00:00"


def test_cancellations_and_returns_are_refunds(collect: Any, ask: Ask, write: Write) -> None:
    lines = (
        "1,lin,2026-01-01,tea,2,5\n2,bob,2026-01-01,tea,1,5\n3,bob,2026-01-01,tea,1,5\n"
        "C4,lin,2026-01-02,tea,-1,5\nC5,lin,2026-01-02,tea,1,5\n2,bob,2026-01-01,cup,-1,3\n"
    )
    result = collect.load_orders(write("a.csv", HEADER + lines), COLUMNS)
    assert ask(ORDERS) == [
        ("1", "Order Completed", 1000, "CNY"),
        ("2", "Order Completed", 500, "CNY"),
        ("2", "Order Refunded", -300, "CNY"),
        ("3", "Order Completed", 500, "CNY"),
        ("C4", "Order Refunded", -500, "CNY"),
        ("C5", "Order Refunded", -500, "CNY"),
    ]
    assert (result.orders, result.refunds, dict(result.revenue)) == (5, 3, {"CNY": 700})


@pytest.mark.thorough
def test_numbers_that_all_begin_with_c_are_no_cancellations(collect: Any, ask: Ask, write: Write) -> None:
    collect.load_orders(write("a.csv", HEADER + "C1,lin,2026-01-01,tea,1,5\nC2,bob,2026-01-01,tea,1,5\n"), COLUMNS)
    assert {name for _, name, *_ in ask(ORDERS)} == {"Order Completed"}


def test_every_refused_line_has_its_number_and_reason(collect: Any, write: Write) -> None:
    bad = [
        ",2026-01-01,tea,1,5", "lin,,tea,1,5", "lin,someday,tea,1,5", "lin,2099-01-01,tea,1,5",
        "lin,2026-01-01,tea,two,5",
        "lin,2026-01-01,tea,1,free", "lin,2026-01-01,tea,1,5,extra", "NULL,2026-01-01,tea,1,5", "lin,2026-01-01,tea,,5",
    ]  # fmt: skip
    text = (
        HEADER
        + "".join(f"{n},{line}\n" for n, line in enumerate(bad))
        + "99,lin,2026-01-01,tea,1,5\n,lin,2026-01-01,tea,1,5\n"
    )
    result = collect.load_orders(write("a.csv", text), COLUMNS)
    assert (result.accepted, result.refused) == (1, 10)
    assert [(row.line, row.reason) for row in collect.files.refused.page(result.import_id)] == [
        (2, "no_customer"), (3, "no_time"), (4, "time"), (5, "future"), (6, "quantity"), (7, "amount"), (8, "cells"),
        (9, "no_customer"), (10, "quantity"), (12, "no_order"),
    ]  # fmt: skip
    assert collect.files.refused.page(result.import_id)[0].cells == ("0", "", "2026-01-01", "tea", "1", "5")


@pytest.mark.thorough
def test_the_same_file_twice_adds_nothing_and_two_equal_lines_stay_two(collect: Any, ask: Ask, write: Write) -> None:
    path = write("a.csv", HEADER + "1,lin,2026-01-01,tea,1,5\n1,lin,2026-01-01,tea,1,5\n")
    first, second = collect.load_orders(path, COLUMNS), collect.load_orders(path, COLUMNS)
    assert (first.accepted, first.revenue["CNY"]) == (2, 1000)
    assert (second.accepted, second.duplicates, second.orders) == (0, 2, 0)
    assert ask("SELECT sum(amount) FROM events") == [(1000,)]


@pytest.mark.thorough
def test_the_order_of_lines_and_the_format_do_not_make_another_order(collect: Any, write: Write) -> None:
    collect.load_orders(write("a.csv", HEADER + "1,lin,2026-01-01,tea,1,5\n1,lin,2026-01-01,cup,2,3\n"), COLUMNS)
    again = write("b.csv", "at;no;who;qty;price;sku\n2026-01-01;1;lin;2,0;3,00;cup\n2026-01-01;1;lin;1,0;5,00;tea\n")
    assert collect.load_orders(again, COLUMNS).duplicates == 2


@pytest.mark.thorough
def test_an_order_imported_again_with_other_lines_replaces_its_former_version(
    collect: Any, ask: Ask, write: Write
) -> None:
    one, two = (write(f"{n}.csv", HEADER + f"1,lin,2026-01-01,tea,{n},5\n") for n in (1, 2))
    collect.load_orders(one, COLUMNS)
    result = collect.load_orders(two, COLUMNS)
    assert (result.accepted, result.replaced) == (1, 1)
    assert ask(ORDERS) == [("1", "Order Completed", 1000, "CNY")]
    collect.load_orders(one, COLUMNS)  # and back again: the last one said counts
    assert ask(ORDERS) == [("1", "Order Completed", 500, "CNY")]


@pytest.mark.thorough
def test_a_dry_run_says_the_same_and_writes_nothing(collect: Any, ask: Ask, write: Write) -> None:
    path = write("a.csv", HEADER + "1,lin,2026-01-01,tea,1,5\n2,,2026-01-01,tea,1,5\n")
    dry = collect.load_orders(path, COLUMNS, dry_run=True)
    assert dry.import_id is None
    assert ask("SELECT count(*) FROM events") == [(0,)]
    assert collect.files.log.list() == []
    real = collect.load_orders(path, COLUMNS)
    words = ("accepted", "duplicates", "refused", "reasons", "customers", "orders", "revenue")
    assert [dry.document()[word] for word in words] == [real.document()[word] for word in words]
    assert collect.load_orders(path, COLUMNS, dry_run=True).duplicates == 1


def test_two_currencies_are_kept_apart(collect: Any, write: Write) -> None:
    text = "no,who,at,paid,cur\n1,lin,2026-01-01,10,usd\n"
    text += "2,bob,2026-01-01,1000,JPY\n3,bob,2026-01-01,9,\n3,bob,2026-01-01,9,EUR\n"
    columns = {"customer": "who", "time": "at", "order": "no", "amount": "paid", "currency": "cur"}
    result = collect.load_orders(write("a.csv", text), columns)
    assert dict(result.revenue) == {"CNY": 900, "JPY": 1000, "USD": 1000}
    assert dict(result.reasons) == {"two_currencies": 1}


@pytest.mark.thorough
def test_without_an_order_number_every_line_is_an_order(collect: Any, ask: Ask, write: Write) -> None:
    text = " 01 20260101 1 29.33\n 01 20260101 1 29.33\n 02 20260103 2 10.00\n"
    columns = {"customer": 1, "time": 2, "quantity": 3, "amount": 4}
    assert collect.load_orders(write("a.txt", text), columns).orders == 3
    grown = " 03 20260101 1 1.00\n" + text
    result = collect.load_orders(write("b.txt", grown), columns)
    assert (result.accepted, result.duplicates) == (1, 3)
    assert ask("SELECT sum(amount) FROM events") == [(2933 * 2 + 1000 + 100,)]


@pytest.mark.parametrize("order", [{"order": "no"}, pytest.param({}, marks=pytest.mark.thorough)])
def test_a_file_taken_part_by_part_brings_the_same_as_at_once(
    collect: Any, ask: Ask, write: Write, monkeypatch: pytest.MonkeyPatch, order: dict[str, str]
) -> None:
    numbers = ("1", "2", "3", "C4", "5", "", "6.0", "7")
    rows = [
        f"{numbers[n * 5 % 8]},{('lin', 'bob', '')[n % 7 % 3]},2026-01-{n % 9 + 10} 0{n % 4}:00,s{n % 3},{n % 5 - 1},"
        f"{n % 6}.5,{'EUR' if n % 11 == 0 else ''}"
        for n in range(200)
    ]
    path = write("a.csv", "no,who,at,sku,qty,price,cur\n" + "\n".join([*rows, *rows[:20]]))
    columns = {
        "customer": "who",
        "time": "at",
        "price": "price",
        "quantity": "qty",
        "product": "sku",
        "currency": "cur",
    }
    whole = collect.load_orders(path, columns | order, source="whole")
    monkeypatch.setattr(text, "CHUNK", 300)
    monkeypatch.setattr(parts_of, "HALF", 1e-9)
    monkeypatch.setattr(orders, "LINES_AT_ONCE", 10)
    apart = collect.load_orders(path, columns | order, source="apart")
    assert whole.refused
    assert whole.refunds
    assert whole.document() | {"import": 0} == apart.document() | {"import": 0}
    what = "order_id, name, ts, amount, currency, products, properties"
    sources = ask("SELECT DISTINCT source_id FROM events ORDER BY 1")
    one, other = (ask(f"SELECT {what} FROM events WHERE source_id = {source} ORDER BY ALL") for (source,) in sources)
    assert one == other
    kept = [list(collect.files.refused.export(each.import_id, ())) for each in (whole, apart)]
    assert kept[0] == kept[1]


@pytest.mark.thorough
def test_an_order_without_an_amount_has_no_revenue(collect: Any, ask: Ask, write: Write) -> None:
    collect.load_orders(
        write("a.csv", "no,who,at\n1,lin,2026-01-01\n"), {"customer": "who", "time": "at", "order": "no"}
    )
    assert ask(ORDERS) == [("1", "Order Completed", None, None)]


def test_customers_known_by_email_alone_stay_out_of_the_store_as_text(collect: Any, ask: Ask, write: Write) -> None:
    text = "no,mail,at,paid,note\n1,Lin@Example.com,2026-01-01,5,hello\n"
    columns = {"email": "mail", "time": "at", "order": "no", "amount": "paid", "property.note": "note"}
    collect.load_orders(write("a.csv", text), columns)
    [(kind, value)] = ask("SELECT kind, value FROM identifiers")
    assert kind == "email"
    assert "@" not in value
    assert ask("SELECT properties FROM events") == [('{"note":"hello"}',)]
    assert [(one.field, one.value) for one in collect.personal.peek()] == [("email", "lin@example.com")]


def test_the_buyers_name_of_an_order_is_personal_and_stays_out_of_the_store(
    collect: Any, ask: Ask, write: Write
) -> None:
    text = "订单编号,客户编号,下单时间,收货人,实付金额\n1,K1,2026-01-01,王芳,5\n1,K1,2026-01-01,,7\n"
    path = write("a.csv", text, "gb18030")
    collect.load_orders(path, {"customer": "客户编号", "time": "下单时间", "order": "订单编号", "person": "收货人"})
    assert ask("SELECT properties FROM events") == [(None,)]
    assert [(one.field, one.value) for one in collect.personal.peek()] == [("full_name", "王芳")]


def test_customer_numbers_that_became_fractions_are_whole_again(collect: Any, ask: Ask, write: Write) -> None:
    collect.load_orders(write("a.csv", HEADER + "1,17850.0,2026-01-01,tea,1,5\n2,,2026-01-01,tea,1,5\n"), COLUMNS)
    assert ask("SELECT value FROM identifiers") == [("17850",)]


def test_order_numbers_that_customers_share_are_told_apart(collect: Any, ask: Ask, write: Write) -> None:
    collect.load_orders(write("a.csv", HEADER + "1,lin,2026-01-01,tea,1,5\n1,bob,2026-01-01,tea,1,7\n"), COLUMNS)
    assert [row[2] for row in ask(ORDERS)] == [700, 500]


def test_a_missing_column_is_told(collect: Any, write: Write) -> None:
    with pytest.raises(UsageError, match="Say which column"):
        collect.load_orders(write("a.csv", HEADER), {"customer": "who"})


@pytest.mark.thorough
def test_values_no_order_can_have_do_not_stop_the_others(collect: Any, write: Write) -> None:
    lines = "1,lin,2026-01-01,tea,999999999999,999999999999\n2,lin,2026-01-01,tea,1e30,5\n3,lin,2026-01-01,tea,1,5\n"
    result = collect.load_orders(write("a.csv", HEADER + lines), COLUMNS)
    assert (dict(result.reasons), result.accepted) == ({"amount": 1, "quantity": 1}, 1)
