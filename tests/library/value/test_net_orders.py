"""Orders less what was taken back of them are what plain Python makes of them, one refund after the other."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import duckdb
import pytest

from tenure.value.net_orders import net_orders

ORDER, REFUND, CANCEL = "Order Completed", "Order Refunded", "Order Cancelled"
START = datetime.fromisoformat("2025-01-01")
END = START + timedelta(days=500)
Event = tuple[int, datetime, str, str | None, int | None, int | None]
"""Customer, time, name, order's number, amount in the workspace's currency, amount in the event's own."""


def shown(events: list[Event]) -> duckdb.DuckDBPyConnection:
    """A connection whose view `events` shows these."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE rows (customer_key BIGINT, ts TIMESTAMP, name VARCHAR, order_id VARCHAR, amount BIGINT,"
        " original_amount BIGINT)"
    )
    con.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", events)
    con.execute("CREATE TEMP VIEW events AS SELECT *, CAST(ts AS DATE) AS day, 'track' AS kind FROM rows")
    return con


def told(events: list[Event], before: datetime = END) -> list[tuple[int, int, int]]:
    """(customer, day from the start, money) of every order that stands."""
    found = net_orders(shown(events), before)
    days = (START.date() - date(1970, 1, 1)).days
    return sorted(zip(found.customer_key.tolist(), (found.day - days).tolist(), found.amount.tolist(), strict=True))


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def own(who: int, day: float, name: str, number: str | None, amount: int | None) -> Event:
    return who, at(day), name, number, amount, amount


class Slow:
    """The second way: refunds that name an order first, then the others as they came, from the newest order back."""

    def __init__(self, events: list[Event], before: datetime) -> None:
        seen = sorted((event for event in events if event[1] < before), key=lambda event: event[1])
        self.orders = [event for event in seen if event[2] == ORDER]
        self.left = [event[5] or 0 for event in self.orders]
        self.cancelled: set[int] = set()
        nameless = [event for event in seen if event[2] != ORDER and not self._named(event)]
        for who, when, _, _, amount, _ in nameless:
            self._take(-(amount or 0), partial(self._before, who, when))

    @staticmethod
    def _before(who: int, when: datetime, order: Event) -> bool:
        return order[0] == who and order[1] <= when and order[4] == order[5]

    def _named(self, event: Event) -> bool:
        who, _, name, number, amount, original = event
        mine = [n for n, each in enumerate(self.orders) if each[0] == who and each[3] == number is not None]
        if not mine:
            return False
        if name == CANCEL:
            self.cancelled.update(mine)
        same = [n for n in mine if (self.orders[n][4] == self.orders[n][5]) == (amount == original)]
        if same:
            self._take(-(original or 0), lambda order: order[0] == who and order[3] == number)
        return True

    def _take(self, wanted: int, meant: Any) -> None:
        for n in reversed(range(len(self.orders))):
            if meant(self.orders[n]) and self.left[n] > 0:
                taken = min(wanted, self.left[n])
                self.left[n], wanted = self.left[n] - taken, wanted - taken

    def stands(self) -> list[tuple[int, int, int]]:
        found = []
        for n, (who, when, _, _, amount, original) in enumerate(self.orders):
            if n not in self.cancelled and (self.left[n] > 0 or (original or 0) <= 0):
                money = self.left[n] if amount == original else 0
                found.append((who, (when - START).days, money))
        return sorted(found)


def shop(seed: int) -> list[Event]:
    """Orders of some customers, with and without amount, and all kinds of refunds, each at a moment of its own."""
    random, made, moments = Random(seed), [], set()

    def moment(least: float) -> datetime:
        while (found := at(least + random.random() * 60)) in moments:
            pass
        moments.add(found)
        return found

    for n in range(120):
        who, amount = random.randint(1, 12), random.choice([None, 0, -20, *[random.randint(100, 900)] * 12])
        foreign = random.random() < 0.1
        when = moment(random.random() * 200)
        made.append((who, when, ORDER, f"o{n}", None if foreign else amount, amount))
        kind, part = random.random(), (amount or 0) * random.choice([0.3, 0.6, 1, 1.5])
        number = random.choice([f"o{n}", f"o{n}", f"C{n}", None])
        back = None if part < 0 else -round(part)
        if kind < 0.4:
            made.append((who, moment((when - START).days), REFUND, number, None if foreign else back, back))
        elif kind < 0.5:
            taken = -amount if amount else None
            made.append((who, moment((when - START).days), CANCEL, f"o{n}", None if foreign else taken, taken))
    random.shuffle(made)
    return made


@pytest.mark.parametrize("seed", [0, *(pytest.param(each, marks=pytest.mark.thorough) for each in range(1, 6))])
@pytest.mark.parametrize("day", [90, 500])
def test_it_is_what_plain_python_makes_of_the_refunds(seed, day):
    events = shop(seed)
    found = told(events, at(day))
    assert found == Slow(events, at(day)).stands()
    assert found != Slow([event for event in events if event[2] == ORDER], at(day)).stands()


def test_a_refund_lowers_its_order_on_the_day_of_the_order_however_late_it_comes():
    events = [own(1, 0, ORDER, "a", 100), own(1, 9, ORDER, "b", 500), own(1, 30, REFUND, "a", -40)]
    assert told(events) == [(1, 0, 60), (1, 9, 500)]


def test_an_order_refunded_in_full_is_no_purchase_and_a_cancelled_one_neither():
    events = [
        own(1, 0, ORDER, "a", 100), own(1, 1, REFUND, "a", -60), own(1, 2, REFUND, "a", -40),
        own(1, 3, ORDER, "b", None), own(1, 4, CANCEL, "b", None), own(1, 5, ORDER, "c", 0),
    ]  # fmt: skip
    assert told(events) == [(1, 5, 0)]
    found = net_orders(shown(events), END)
    assert (found.returned, found.lowered) == (2, 0)


def test_a_credit_note_of_its_own_number_lowers_the_orders_before_it_the_latest_first():
    events = [
        own(1, 0, ORDER, "a", 100), own(1, 1, ORDER, "b", 100), own(1, 2, REFUND, "C1", -150),
        own(1, 3, ORDER, "c", 100), own(2, 1, ORDER, "d", 100), own(3, 0, REFUND, "C2", -10),
    ]  # fmt: skip
    assert told(events) == [(1, 0, 50), (1, 3, 100), (2, 1, 100)]


def test_a_refund_of_after_the_instant_is_not_known_yet():
    events = [own(1, 0, ORDER, "a", 100), own(1, 9, REFUND, "a", -100)]
    assert told(events, at(9)) == [(1, 0, 100)]
    assert told(events, at(9.5)) == []


def test_money_of_another_currency_takes_nothing():
    events = [own(1, 0, ORDER, "a", 100), (1, at(1), REFUND, "a", None, -100), (1, at(2), REFUND, None, None, -100)]
    assert told(events) == [(1, 0, 100)]


def test_orders_of_one_moment_are_lowered_alike_in_whatever_order_they_are_read():
    events = [own(1, 0, ORDER, name, amount) for name, amount in (("a", 100), ("b", 70), ("c", 30))]
    events.append(own(1, 1, REFUND, "C1", -80))
    found = [told([events[n] for n in order]) for order in ((0, 1, 2, 3), (2, 1, 0, 3), (3, 1, 2, 0), (1, 0, 3, 2))]
    assert all(each == found[0] for each in found)
    assert sum(amount for *_, amount in found[0]) == 120
