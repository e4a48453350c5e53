"""Funnels over stages and over events, against walking through every customer's history."""

from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import duckdb
import pytest

from tenure.definitions import built_in
from tenure.errors import UsageError
from tenure.reports import event_funnel, event_funnel_customers, stage_funnel, stage_funnel_customers

from .cast import LAST, happenings, stays

GROWTH = built_in().lifecycles["growth"]
STAGES = [stage.key for stage in GROWTH.stages if not stage.leaving]
START, END = date(2025, 11, 10), date(2026, 1, 15)
VIEW, ADD, ORDER = "Product Viewed", "Product Added", "Order Completed"


def lives() -> dict[int, list[Any]]:
    """The stays of each customer who began in the period."""
    found: dict[int, list[Any]] = {}
    for stay in stays():
        if stay.entered <= LAST:
            found.setdefault(stay.customer, []).append(stay)
    return {key: mine for key, mine in found.items() if START < mine[0].entered <= END}


@pytest.mark.parametrize("within", [20, 36_500])
def test_a_stage_skipped_is_passed_through(shop: duckdb.DuckDBPyConnection, within: int) -> None:
    found = stage_funnel(shop, GROWTH, START, END, LAST, within)
    assert found.customers == len(lives())
    for place, step in enumerate(found.steps):
        reached, been, days = set(), set(), []
        for key, mine in lives().items():
            early = [s for s in mine if (s.entered - mine[0].entered).days <= within and s.stage in STAGES]
            beyond = [s for s in early if STAGES.index(s.stage) >= place]
            if beyond:
                reached.add(key)
                days.append((beyond[0].entered - mine[0].entered).days)
            been |= {key for s in early if s.stage == step.key}
        assert (step.key, step.customers, step.passed_through) == (STAGES[place], len(reached), len(reached - been))
        assert step.days == (median(days) if days else None)
        behind = stage_funnel_customers(shop, GROWTH, place + 1, "reached", START, END, LAST, within)
        assert set(behind.keys) == reached
        skipped = stage_funnel_customers(shop, GROWTH, place + 1, "skipped", START, END, LAST, within)
        assert set(skipped.keys) == reached - been


def test_those_who_are_lost_are_the_difference_of_two_steps(shop: duckdb.DuckDBPyConnection) -> None:
    found = stage_funnel(shop, GROWTH, START, END, LAST)
    counts = [found.customers, *(step.customers for step in found.steps)]
    for place in range(1, len(counts)):
        lost = stage_funnel_customers(shop, GROWTH, place, "lost", START, END, LAST)
        assert lost.total == counts[place - 1] - counts[place]


def test_it_says_whose_days_are_not_over(shop: duckdb.DuckDBPyConnection) -> None:
    found = stage_funnel(shop, GROWTH, START, END, LAST, 60)
    late = [mine for mine in lives().values() if mine[0].entered + timedelta(days=60) > LAST]
    assert found.unfinished == len(late) > 0
    assert stage_funnel(shop, GROWTH, START, END, LAST).unfinished == 0


def walk(names: list[str], within: int) -> dict[int, int]:
    """customer → how many steps, event by event."""
    found = {}
    for customer in range(60):
        mine = sorted((e for e in happenings() if e.customer == customer and START < e.day <= LAST), key=lambda e: e.at)
        first = next((e for e in mine if e.name == names[0] and e.day <= END), None)
        if first is None:
            continue
        at, steps = first.at, 1
        for before, name in pairwise(names):
            later = [e.at for e in mine if e.name == name and (e.at > at or (name != before and e.at == at))]
            if not later or later[0] > first.at + timedelta(days=within):
                break
            at, steps = later[0], steps + 1
        found[customer] = steps
    return found


@pytest.mark.parametrize(
    "names", [[ORDER, ORDER], [ADD, VIEW, ADD, ORDER], pytest.param([VIEW, ADD, ORDER], marks=pytest.mark.thorough)]
)
@pytest.mark.parametrize("within", [7, pytest.param(60, marks=pytest.mark.thorough)])
def test_events_in_order_are_walked_through(shop: duckdb.DuckDBPyConnection, names: list[str], within: int) -> None:
    found, slow = event_funnel(shop, names, START, END, LAST, within), walk(names, within)
    assert found.customers == len(slow)
    assert [step.customers for step in found.steps] == [
        sum(steps > index for steps in slow.values()) for index in range(len(names))
    ]
    for place in range(1, len(names) + 1):
        reached = event_funnel_customers(shop, names, place, "reached", START, END, LAST, within)
        assert set(reached.keys) == {key for key, steps in slow.items() if steps >= place}
        lost = event_funnel_customers(shop, names, place, "lost", START, END, LAST, within)
        assert set(lost.keys) == {key for key, steps in slow.items() if steps == place - 1}


def test_one_event_is_no_funnel(shop: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UsageError, match="two to 8"):
        event_funnel(shop, [VIEW], START, END, LAST)
    with pytest.raises(UsageError, match="no step 3"):
        event_funnel_customers(shop, [VIEW, ORDER], 3, "reached", START, END, LAST)
