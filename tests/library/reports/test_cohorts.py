"""Cohorts: against counting by hand, and against the published row of a real shop (test_real_reports)."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tenure.reports import cohort_customers, cohorts, period_after, period_of

from .cast import LAST, happenings

OURS = "Email Delivered"


def by_hand(by: str, step: Any) -> dict[date, dict[date, tuple[set[int], int]]]:
    """cohort → period → (customers active, net revenue), event by event."""
    own = [each for each in happenings() if each.name != OURS and each.day <= LAST]
    first: dict[int, date] = {}
    for each in sorted(own, key=lambda each: each.at):
        if by == "touch" or each.name == "Order Completed":
            first.setdefault(each.customer, period_of(each.day, step))
    found: dict[date, dict[date, tuple[set[int], int]]] = defaultdict(lambda: defaultdict(lambda: (set(), 0)))
    for each in own:
        period = period_of(each.day, step)
        if each.customer in first and period >= first[each.customer]:
            people, money = found[first[each.customer]][period]
            people |= {each.customer} if by == "touch" or each.name == "Order Completed" else set()
            found[first[each.customer]][period] = (people, money + (each.amount or 0))
    return found


@pytest.mark.parametrize("by", ["touch", "order"])
@pytest.mark.parametrize("step", ["month", "week"])
def test_each_cell_is_what_counting_event_by_event_gives(shop: duckdb.DuckDBPyConnection, by: Any, step: Any) -> None:
    found = cohorts(shop, date(2025, 1, 1), LAST, by, step)
    slow = by_hand(by, step)
    assert {cohort.period for cohort in found} == set(slow)
    for cohort in found:
        for cell in cohort.cells:
            people, money = slow[cohort.period][cell.period]
            assert (cell.active, cell.amount) == (len(people), money)
        spent = sum(money for _, money in slow[cohort.period].values())
        assert cohort.revenue_a_customer(99) == pytest.approx(spent / cohort.customers)
        assert cohort.retention(cohort.cells[0]) == 1.0


def test_every_cell_opens_into_its_customers(shop: duckdb.DuckDBPyConnection) -> None:
    slow = by_hand("order", "month")
    for cohort in cohorts(shop, date(2025, 1, 1), LAST):
        assert cohort_customers(shop, cohort.period, None, LAST).total == cohort.customers
        for cell in cohort.cells:
            behind = cohort_customers(shop, cohort.period, cell.period, LAST)
            assert set(behind.keys) == slow[cohort.period][cell.period][0]


def test_a_period_that_is_not_over_says_so(shop: duckdb.DuckDBPyConnection) -> None:
    day = date(2026, 1, 30)
    cells = cohorts(shop, date(2025, 11, 1), day)[0].cells
    assert [cell.whole for cell in cells] == [True, True, False]
    assert cohorts(shop, date(2025, 11, 1), day + timedelta(days=1))[0].cells[-1].whole


def test_our_own_letters_are_no_touch(shop: duckdb.DuckDBPyConnection) -> None:
    letters = [each.customer for each in happenings() if each.name == OURS]
    doing = {each.customer for each in happenings() if each.name != OURS}
    followed = set()
    for cohort in cohorts(shop, date(2025, 1, 1), LAST, "touch"):
        followed |= set(cohort_customers(shop, cohort.period, None, LAST, "touch").keys)
    assert followed == doing
    assert set(letters) - doing == {60}


def test_periods_are_months_and_weeks_that_begin_on_monday() -> None:
    assert period_after(date(2025, 11, 1), "month", 3) == date(2026, 2, 1)
    assert period_after(date(2026, 1, 1), "month", -1) == date(2025, 12, 1)
    assert period_of(date(2026, 1, 7), "week") == date(2026, 1, 5)
