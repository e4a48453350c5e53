"""Stages that look back: the fold in SQL gives what the slow fold gives over the features of every single half day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tenure.clock import AsOf
from tenure.definitions import Definitions, Events, Feature, Goal, Lifecycle, Stage, Words, parse
from tenure.features import compute
from tenure.stages import Step, compute_history, fold
from tests.engine import beside
from tests.examples import examples
from tests.rows import insert

W = Words("x", "x")
FIRST = date(2023, 1, 1)
DAYS = 70
ORDERS = Events(names=("Order Completed",))


def catalogue() -> dict[str, Feature]:
    found = {
        "orders": Feature("orders", W, W, "count", "integer", "count", ORDERS),
        "orders_9d": Feature("orders_9d", W, W, "count", "integer", "count", ORDERS, None, 9),
        "silent": Feature("silent", W, W, "days_since_last", "integer", "days", ORDERS),
    }
    return found


def lifecycle_of(stages: Iterable[dict[str, Any]], order: tuple[str, ...], forward_only: bool = False) -> Lifecycle:
    features = catalogue()
    made = []
    for each in stages:
        rule, leave = each.get("rule", ""), each.get("leave", "")
        made.append(
            Stage(
                each["key"], W, W, (), parse(rule, features) if rule else None, rule, W, Goal(W), Goal(W),
                leaving=each.get("leaving", False), minimum_stay=each.get("minimum_stay"),
                leave=parse(leave, features) if leave else None, leave_text=leave,
            )
        )  # fmt: skip
    return Lifecycle("test", W, W, tuple(made), order, forward_only=forward_only)


def shop(days: dict[int, list[int]]) -> Any:
    """Orders at noon of the days given for each customer."""
    con = duckdb.connect()
    con.execute("SET threads = 1").fetchall()
    con.execute(
        "CREATE TABLE events (customer_key BIGINT, ingest_id BIGINT, kind VARCHAR, name VARCHAR, ts TIMESTAMP,"
        " day DATE, order_id VARCHAR, amount BIGINT, properties VARCHAR)"
    ).fetchall()
    rows = []
    for key, found in days.items():
        for number, step in enumerate(found):
            day = FIRST + timedelta(days=step)
            noon = datetime.combine(day, time(12))
            rows.append((key, 1000 * key + number, "track", "Order Completed", noon, day, f"{key}-{number}", 100, "{}"))
    if rows:
        insert(con, "events", rows)
    con.execute("CREATE VIEW raw_events AS SELECT * FROM events").fetchall()
    return beside(con)


def quick(con: Any, lifecycle: Lifecycle, last: int = DAYS) -> dict[int, list[tuple[int, str]]]:
    """{customer: [(x, stage)]} by the set-wise way, as of the evening of the day `last`."""
    day = FIRST + timedelta(days=last)
    definitions = Definitions(catalogue(), {"test": lifecycle}, {}, {}, "hash")
    compute_history(con, definitions, AsOf(datetime(day.year, day.month, day.day, 23, tzinfo=UTC), day))
    rows = con.execute(
        "SELECT customer_key,"
        " 2 * date_diff('day', DATE '2023-01-01', entered) + CAST(cause = 'event' AS INTEGER), stage"
        " FROM stays ORDER BY 1, 2"
    ).fetchall()
    found: dict[int, list[tuple[int, str]]] = {}
    for key, x, stage in rows:
        found.setdefault(key, []).append((x, stage))
    return found


def moments(days: list[int], last: int = DAYS) -> list[tuple[int, dict[str, Any]]]:
    """The features of one customer at every half day, counted by hand."""
    found = []
    for x in range(2 * last + 2):
        day, known = x // 2, [each for each in days if each < x // 2 + x % 2]
        if known:
            row = {"orders": len(known), "orders_9d": sum(each >= day - 9 for each in known)}
            found.append((x, {**row, "silent": day - max(known)}))
    return found


def slow(lifecycle: Lifecycle, days: dict[int, list[int]]) -> dict[int, list[tuple[int, str]]]:
    found = {key: [(step.x, step.stage) for step in fold(lifecycle, moments(each))] for key, each in days.items()}
    return {key: steps for key, steps in found.items() if steps}


RULES = [
    "orders >= 2",
    "orders >= 4",
    "orders_9d >= 2",
    "silent > 5",
    "silent > 12",
    "silent BETWEEN 3 AND 6",
    "orders_9d = 0",
]
stages = st.lists(
    st.fixed_dictionaries(
        {"rule": st.sampled_from(RULES)},
        optional={
            "leave": st.sampled_from([*RULES, "silent IS NULL"]),
            "minimum_stay": st.integers(1, 15),
            "leaving": st.booleans(),
        },
    ),
    min_size=1,
    max_size=4,
)
lives = st.lists(st.lists(st.integers(0, DAYS), max_size=10), min_size=8, max_size=16)


@hypothesis_settings(max_examples=hypothesis_settings().max_examples // 5)
@given(stages, lives, st.booleans(), st.randoms(use_true_random=False))
def test_the_fold_in_sql_is_the_fold_over_every_half_day(
    found: list[dict[str, Any]], lives: list[list[int]], forward_only: bool, random: Any
) -> None:
    named = [{**each, "key": f"s{number}"} for number, each in enumerate(found)] + [{"key": "rest", "minimum_stay": 2}]
    random.shuffle(named)
    order = (*(each["key"] for each in named if each["key"] != "rest"), "rest")
    lifecycle = lifecycle_of(named, order, forward_only)
    days = {key: sorted(each) for key, each in enumerate(lives)}
    assert quick(shop(days), lifecycle) == slow(lifecycle, days)


PLAIN = [
    {"key": "new"},
    {"key": "busy", "rule": "orders_9d >= 2"},
    {"key": "gone", "rule": "silent > 12", "leaving": True},
]
ORDER = ("gone", "busy", "new")


def with_options(**options: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**stage, **options.get(stage["key"], {})} for stage in PLAIN]


def walk(stages: list[dict[str, Any]], days: list[int], forward_only: bool = False) -> list[tuple[int, str]]:
    """(day, stage) of one customer's stays."""
    found = quick(shop({1: days}), lifecycle_of(stages, ORDER, forward_only))
    return [(x // 2, stage) for x, stage in found.get(1, [])]


def test_without_options_the_rules_alone_decide() -> None:
    assert walk(PLAIN, [0, 3]) == [(0, "new"), (3, "busy"), (10, "new"), (16, "gone")]


def test_nothing_moves_a_customer_before_the_minimum_stay_is_over() -> None:
    kept = with_options(busy={"minimum_stay": 20})
    assert walk(kept, [0, 3]) == [(0, "new"), (3, "busy"), (23, "gone")]


def test_the_end_of_a_minimum_stay_moves_a_customer_though_nothing_happens_that_day() -> None:
    kept = with_options(busy={"minimum_stay": 9})
    assert walk(kept, [0, 3]) == [(0, "new"), (3, "busy"), (12, "new"), (16, "gone")]


def test_a_customer_stays_until_the_leave_rule_is_true() -> None:
    held = with_options(busy={"leave": "silent > 30"})
    assert walk(held, [0, 3]) == [(0, "new"), (3, "busy"), (34, "gone")]


def test_a_leave_rule_that_is_unknown_is_not_true() -> None:
    held = with_options(new={"leave": "silent > 500"})
    assert walk(held, [0, 3]) == [(0, "new")]


def test_forward_only_never_falls_back_behind_the_furthest_stage() -> None:
    assert walk(PLAIN, [0, 3, 30], True) == [(0, "new"), (3, "busy"), (16, "gone"), (30, "busy"), (43, "gone")]


@pytest.mark.thorough
def test_the_answer_as_of_a_day_is_the_history_up_to_that_day() -> None:
    lifecycle = lifecycle_of(with_options(busy={"minimum_stay": 9, "leave": "orders_9d = 0"}), ORDER, True)
    days = {1: [0, 3, 5, 30, 31], 2: [2, 40], 3: [7]}
    whole = quick(shop(days), lifecycle)
    for last in (14, 31, 3, 12, 17, 44, 60)[: examples(2, 7)]:
        until = {key: [step for step in steps if step[0] <= 2 * last + 1] for key, steps in whole.items()}
        assert quick(shop(days), lifecycle, last) == {key: steps for key, steps in until.items() if steps}


def test_the_slow_fold_reads_the_features_that_the_features_room_computes() -> None:
    con, days = shop({1: [0, 3, 5, 30, 31]}), [0, 3, 5, 30, 31]
    definitions = Definitions(catalogue(), {}, {}, {}, "hash")
    for x, row in moments(days)[::7]:
        day = FIRST + timedelta(days=x // 2)
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        compute(con, definitions, AsOf(start + timedelta(days=x % 2), day))
        assert con.execute("SELECT orders, orders_9d, silent FROM features").fetchall() == [tuple(row.values())]


@pytest.mark.parametrize("last", [3, 4])
def test_a_stay_of_no_days_is_still_a_step(last: int) -> None:
    assert fold(lifecycle_of(PLAIN, ORDER), moments([0, 3], last)) == [Step(1, "new"), Step(7, "busy")]
