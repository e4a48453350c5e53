"""Orders and contracts beside each other: no payment is counted twice, and what both bring is added up."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import numpy as np
import pytest

from tenure.sentences import in_language
from tenure.value.parts import Parts, together, without_contracts
from tenure.value.renewals import Renewals

ORDER, STARTED, RENEWED = "Order Completed", "Subscription Started", "Subscription Renewed"
PAID = [
    (1, date(2025, 1, 1), STARTED, 900),
    (1, date(2025, 1, 1), ORDER, 900),  # the same payment
    (1, date(2025, 2, 1), RENEWED, 900),
    (1, date(2025, 2, 2), ORDER, 900),  # the same, told a day later
    (1, date(2025, 2, 4), ORDER, 900),  # another one
    (1, date(2025, 2, 1), ORDER, 250),  # bought on the day of the renewal
    (2, date(2025, 2, 1), ORDER, 900),  # somebody else
    (3, date(2025, 3, 1), STARTED, None),  # a contract without a price: its money comes as orders
    (3, date(2025, 3, 1), ORDER, 500),
]


def told(rows: list[tuple[Any, ...]]) -> duckdb.DuckDBPyConnection:
    """A connection whose view `events` shows these."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE rows (customer_key BIGINT, day DATE, name VARCHAR, amount BIGINT, kind VARCHAR, order_id VARCHAR)"
    )
    numbered = [(*row[:4], row[4] if len(row) > 4 else f"o{n}") for n, row in enumerate(rows)]
    con.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, 'track', ?)", numbered)
    con.execute("CREATE TEMP VIEW events AS SELECT * FROM rows")
    return con


def test_an_order_that_is_the_payment_for_a_contract_is_left_to_the_contract():
    con = told(PAID)
    assert without_contracts(con)[0] == 2
    left = con.execute("SELECT customer_key, day, amount FROM events WHERE name = ? ORDER BY ALL", [ORDER]).fetchall()
    assert left == sorted((key, day, amount) for key, day, name, amount in (PAID[4], PAID[5], PAID[6], PAID[8]))
    others = con.execute("SELECT count(*) FROM events WHERE name <> ?", [ORDER]).fetchall()
    assert others == [(3,)]


def test_what_takes_back_the_payment_for_a_contract_is_not_seen_beside_other_orders():
    when = date(2025, 2, 9)
    con = told([*PAID, (1, when, "Order Refunded", -900, "o1"), (1, when, "Order Refunded", -250, "o5")])
    assert without_contracts(con)[0] == 2
    seen = con.execute("SELECT order_id FROM events WHERE name = 'Order Refunded'").fetchall()
    assert seen == [("o5",)]


def test_a_shop_without_contracts_keeps_all_its_orders():
    con = told([PAID[1], PAID[6]])
    assert without_contracts(con) == (0, 0)
    assert con.execute("SELECT count(*) FROM events").fetchall() == [(2,)]


def test_orders_beside_payments_are_told_where_there_are_too_many_for_chance():
    con = told(
        [(key, date(2025, 1, 1), name, amount) for key in range(9) for name, amount in ((STARTED, 900), (ORDER, 990))]
    )
    shared, near = without_contracts(con)
    assert (shared, near) == (0, 9)
    notes = Parts(con, None, shared, near).notes()
    assert len(notes) == 1
    assert notes[0].startswith("9 orders lie within a day of a payment for a contract")


def test_one_order_is_told_as_one_in_both_languages():
    notes = Parts(duckdb.connect(), None, 1, 1).notes()
    assert [note[: note.index(" (") if "(" in note else note.index(",")] for note in notes] == [
        "1 order is a payment for a contract",
        "1 order lies within a day of a payment for a contract",
    ]
    many = Parts(duckdb.connect(), None, 2, 2).notes()
    assert [in_language(note, "zh")[1:] for note in notes] == [in_language(note, "zh")[1:] for note in many]


def test_what_orders_and_contracts_bring_is_added_up():
    nan, many = float("nan"), lambda *values: np.array(values, float)
    orders = {
        "customer_key": np.array([1, 2, 3]),
        "purchases": many(2, 3, 4),
        "alive": many(0.5, 0.9, 0.2),
        "value": many(200, 300, 400),
        "low": many(100, 0, 0),
        "high": many(400, 500, 600),
    }
    contracts = Renewals(
        np.array([2, 3, 4]),
        many(10, 5, 1),
        many(1, 0, 1),
        many(900, nan, 90),
        many(800, nan, 0),
        many(990, nan, 99),
        many(1, 2, 3),
    )
    found = together(orders, contracts)
    rows = {
        key: [float(found[name][place]) for name in found if name != "customer_key"]
        for place, key in enumerate(found["customer_key"])
    }
    assert rows[1] == [2, 0.5, 200, 100, 400]
    assert rows[2] == [13, 1.0, 1200, 800, 1490]
    assert rows[3] == [9, 0.2, 400, 0, 600]
    assert rows[4] == [1, 1.0, 90, 0, 99]
    unpriced = together({**orders, "value": None, "low": None, "high": None}, contracts)
    assert [float(each) for each in unpriced["value"]] == pytest.approx([nan, 900, nan, 90], nan_ok=True)
