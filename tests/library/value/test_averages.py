"""Historic, average and cohort value against plain Python over the orders; what was taken back counts in none."""

from __future__ import annotations

from datetime import date

import pytest

import tenure
from tenure.errors import UsageError
from tenure.value import average_value, cohort_value, historic_value

ORDERS = [
    ("Lin", date(2023, 2, 1), 100), ("Lin", date(2024, 3, 1), 50), ("Lin", date(2024, 5, 9), 30),
    ("Bob", date(2023, 2, 20), 40), ("Charlie", date(2023, 7, 1), 10), ("Charlie", date(2024, 7, 1), 20),
    ("Dan", date(2024, 3, 31), 5),
]  # fmt: skip


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """(connection, the instant) of a shop with those seven orders."""
    return opened(tmp_path_factory.mktemp("averages"), ORDERS)


@pytest.fixture(scope="module")
def refunded(tmp_path_factory):
    """The same; Lin's order of 2024-05-09 came back but for 10, Charlie's of 2024-07-01 whole."""
    back = [("Lin", date(2024, 6, 1), -20, 2), ("Charlie", date(2024, 8, 1), -20, 5)]
    return opened(tmp_path_factory.mktemp("refunded"), [*ORDERS, *back])


def opened(folder, orders):
    """A shop's connection and clock, from (customer, day, amount) and, of a refund, the number of its order."""
    file = folder / "orders.csv"
    lines = [f"{who},{day},{(*rest, number)[0]},{amount}" for number, (who, day, amount, *rest) in enumerate(orders)]
    file.write_text("\n".join(["customer,time,order,amount", *lines]))
    shop = tenure.init(folder / "shop", zone="UTC", currency="USD", clock="2024-12-31")
    with shop.writing():
        shop.collect.load_orders(file, {name: name for name in ("customer", "time", "order", "amount")})
    return shop.store.snapshot().connect(), shop.clock


def test_historic_value_is_what_each_has_spent(asked):
    con, clock = asked
    names = dict(con.execute("SELECT customer_key, external_id FROM customers").fetchall())
    found = {names[key]: spent for key, spent in historic_value(con, clock.as_of(), margin=0.5).items()}
    assert found == {"Lin": 9000, "Bob": 2000, "Charlie": 1500, "Dan": 250}


def test_average_value_is_the_product_of_averages(asked):
    con, clock = asked
    found = average_value(con, clock.as_of(), margin=0.5)
    assert (found.customers, found.average_order) == (3, 2625)
    assert found.orders_a_year == pytest.approx(4 / 3)
    assert found.lost_a_year == pytest.approx(1 / 3)
    assert found.value == pytest.approx(2625 * 4 / 3 * 3 * 0.5)
    with pytest.raises(UsageError, match="between 0 and 1"):
        average_value(con, clock.as_of(), margin=2)


def test_cohorts_add_up_month_by_month(asked):
    con, clock = asked
    found = {(row.cohort.isoformat(), row.month): row for row in cohort_value(con, clock.as_of())}
    first = found["2023-02-01", 0]
    assert (first.customers, first.active, first.spend) == (2, 2, 14000)
    later = found["2023-02-01", 15]
    assert (later.active, later.spend, later.spend_so_far) == (1, 3000, 22000)
    assert max(month for cohort, month in found if cohort == "2024-03-01") == 4  # July had the last order


def test_no_order_in_a_year_is_told(asked):
    con, clock = asked
    with pytest.raises(UsageError, match="Nobody bought in the year"):
        average_value(con, clock.as_of("2022-01-01"))


def test_what_was_taken_back_counts_in_none_of_them(refunded):
    con, clock = refunded
    names = dict(con.execute("SELECT customer_key, external_id FROM customers").fetchall())
    historic = {names[key]: spent for key, spent in historic_value(con, clock.as_of()).items()}
    assert historic == {"Lin": 16_000, "Bob": 4_000, "Charlie": 1_000, "Dan": 500}
    average = average_value(con, clock.as_of())
    assert (average.customers, average.average_order) == (2, pytest.approx((5_000 + 1_000 + 500) / 3))
    assert average.lost_a_year == pytest.approx(2 / 3)  # Charlie's only order of this year came back
    found = {(row.cohort.isoformat(), row.month): row for row in cohort_value(con, clock.as_of())}
    assert found["2023-02-01", 15].spend == 1_000  # on the day of the order, not of the refund
    assert not any(row.active for (cohort, _), row in found.items() if cohort == "2023-07-01" and row.month)


def test_before_the_refund_the_order_counts_whole(refunded):
    con, clock = refunded
    found = average_value(con, clock.as_of("2024-05-31"))
    assert found.average_order == pytest.approx((5_000 + 3_000 + 500 + 1_000) / 4)
