"""Paging by key, against the obvious way: sort everything, then cut."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from tenure_web.customers.models import State
from tenure_web.customers.ordering import BACK, FORWARD, Cursor, Order, cursor
from tests.examples import examples

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def states() -> list[State]:
    made = [
        State(
            customer_key=key,
            revenue=key % 3,
            orders=1,
            last_order_at=None if key % 4 == 0 else START + timedelta(days=key % 5),
        )
        for key in range(1, 24)
    ]
    State.objects.bulk_create(made)
    return made


def obvious(states: list[State], column: str, down: bool) -> list[int]:
    with_value = [state for state in states if getattr(state, column) is not None]
    without = [state for state in states if getattr(state, column) is None]
    with_value.sort(key=lambda state: (getattr(state, column), state.customer_key), reverse=down)
    without.sort(key=lambda state: state.customer_key, reverse=down)
    return [state.customer_key for state in with_value + without]


@pytest.mark.postgres
def test_pages_forward_and_back_are_the_sorted_list_in_pieces(states: list[State]) -> None:
    for column, down in itertools.product(["last_order_at", "revenue", "customer_key"], [True, False]):
        for size in examples([4, 30], [1, 4, 7, 30]):
            check_pages(states, column, down, size)


def check_pages(states: list[State], column: str, down: bool, size: int) -> None:
    order = Order(State.objects.all(), column, down, nullable=column == "last_order_at")
    wanted, seen, pages, at = obvious(states, column, down), [], [], None
    while True:
        page = order.page(size, at, FORWARD)
        pages.append([row.customer_key for row in page.rows])
        seen += pages[-1]
        if page.after is None:
            break
        at = page.after
    assert seen == wanted
    assert (page.before is None) == (len(pages) == 1)
    for expected in reversed(pages[:-1]):
        page = order.page(size, page.before, BACK)
        assert [row.customer_key for row in page.rows] == expected
        assert page.after is not None
    assert page.before is None


def test_a_cursor_reads_back_what_it_wrote() -> None:
    for value, read in ((START, datetime.fromisoformat), (12, int), (None, int)):
        assert cursor(Cursor(value, 7).text(), read) == Cursor(value, 7)


@pytest.mark.parametrize("text", ["", "x", "~", "1~x", "9" * 5000 + "~1"])
def test_a_cursor_that_is_none_of_ours_is_no_cursor(text: str) -> None:
    assert cursor(text, int) is None


@pytest.mark.postgres
@pytest.mark.parametrize("steps", [1, pytest.param(10**9, marks=pytest.mark.thorough)])
def test_rows_that_are_rare_along_the_index_stand_in_the_same_order(
    states: list[State], monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr("tenure_web.customers.effort.STEPS", steps)
    odd, wanted = State.objects.filter(revenue=1), [state for state in states if state.revenue == 1]
    for column, down in (("last_order_at", True), ("last_order_at", False), ("customer_key", True)):
        order = Order(odd, column, down, nullable=column == "last_order_at", rare=odd)
        seen, back, page = [], [], order.page(3)
        while page.after is not None:
            seen += [row.customer_key for row in page.rows]
            page = order.page(3, page.after, FORWARD)
        seen += [row.customer_key for row in page.rows]
        while page.before is not None:
            page = order.page(3, page.before, BACK)
            back = [row.customer_key for row in page.rows] + back
        assert seen == obvious(wanted, column, down)
        assert back == seen[: len(back)]
        assert len(back) >= len(seen) - 3
