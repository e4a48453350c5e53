"""The metrics of goals, each followed by hand for a handful of customers."""

from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest

from tenure.definitions import Goal, Lifecycle, Stage, Words
from tenure.reports import Reached, goal_customers, goals, measure
from tests.rows import insert

DAY = date(2026, 3, 31)
NOTHING = Goal(Words("", ""))


def _stage(key: str, leaving: bool = False) -> Stage:
    return Stage(key, Words(key, key), Words(key, key), (), None, "", Words("", ""), NOTHING, NOTHING, (), leaving)


LIFECYCLE = Lifecycle(
    "growth", Words("", ""), Words("", ""), (_stage("a"), _stage("b"), _stage("c"), _stage("gone", True)), ()
)


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """In stage a 30 days ago: 1 went on to b, 2 to b and back, 3 left, 4 and 5 stayed. 6 had left and came back."""
    made = duckdb.connect()
    made.execute(
        'CREATE TABLE stage_history (customer_key BIGINT, lifecycle VARCHAR, stage VARCHAR, entered DATE, "left" DATE,'
        " previous VARCHAR)"
    )
    stays = [
        (1, "a", ago(90), ago(10), None),
        (1, "b", ago(10), None, "a"),
        (2, "a", ago(90), ago(20), None),
        (2, "b", ago(20), ago(5), "a"),
        (2, "a", ago(5), None, "b"),
        (3, "a", ago(90), ago(10), None),
        (3, "gone", ago(10), None, "a"),
        (4, "a", ago(90), None, None),
        (5, "a", ago(35), None, None),
        (6, "gone", ago(60), ago(2), None),
        (6, "b", ago(2), None, "gone"),
        (7, "a", ago(3), None, None),
    ]
    insert(made, "stage_history", [(key, "growth", *stay) for key, *stay in stays])
    made.execute(
        "CREATE TABLE events (customer_key BIGINT, day DATE, kind VARCHAR, name VARCHAR, order_id VARCHAR,"
        " amount BIGINT, currency VARCHAR)"
    )
    events = [
        (4, ago(1), "track", "Order Completed", "x", 5000, "CNY"),
        (4, ago(1), "track", "Order Completed", "y", 3000, "CNY"),
        (4, ago(0), "track", "Order Refunded", "y", -3000, "CNY"),
        (5, ago(31), "track", "Order Completed", "z", 900, "CNY"),
        (5, ago(33), "track", "Email Delivered", None, None, "CNY"),
    ]
    insert(made, "events", events)
    return made


@pytest.mark.parametrize(
    ("metric", "a"),
    [("forward_rate", 2 / 5), ("leaving_rate", 1 / 5), ("stay_rate", 2 / 5), ("return_rate", 1 / 5)],
)
def test_rates_follow_those_who_were_in_the_stage(con: duckdb.DuckDBPyConnection, metric: str, a: float) -> None:
    assert measure(con, LIFECYCLE, metric, 30, DAY, "CNY")["a"] == Reached(pytest.approx(a), 5)


def test_out_of_a_leaving_stage_forward_is_to_any_other(con: duckdb.DuckDBPyConnection) -> None:
    assert measure(con, LIFECYCLE, "forward_rate", 30, DAY, "CNY")["gone"] == Reached(1.0, 1)


def test_contacts_count_within_the_days_after_arriving(con: duckdb.DuckDBPyConnection) -> None:
    assert measure(con, LIFECYCLE, "contacted_rate", 30, DAY, "CNY")["a"] == Reached(1.0, 1)
    assert measure(con, LIFECYCLE, "contacted_rate", 2, DAY, "CNY")["a"] == Reached(0.0, 1)


def test_money_is_in_whole_units_after_refunds(con: duckdb.DuckDBPyConnection) -> None:
    assert measure(con, LIFECYCLE, "revenue", 30, DAY, "CNY")["a"] == Reached(50.0, 4)
    assert measure(con, LIFECYCLE, "average_order", 30, DAY, "CNY")["a"] == Reached(25.0, 4)
    assert measure(con, LIFECYCLE, "average_order", 30, DAY, "CNY")["b"].value is None


def test_customers_are_counted_and_unknown_metrics_measure_nothing(con: duckdb.DuckDBPyConnection) -> None:
    assert measure(con, LIFECYCLE, "customers", None, DAY, "CNY")["a"] == Reached(4.0, 4)
    assert measure(con, LIFECYCLE, "smiles", 30, DAY, "CNY") == {}


def test_a_target_is_met_or_missed_or_cannot_be_judged() -> None:
    least, most = Goal(Words("", ""), "forward_rate", 30, 0.3), Goal(Words("", ""), "leaving_rate", 30, 0.1, True)
    assert Reached(0.3, 10).met(least) is True
    assert Reached(0.2, 10).met(least) is False
    assert Reached(0.2, 10).met(most) is False
    assert Reached(0.1, 10).met(most) is True
    assert Reached(None, 10).met(least) is None
    assert Reached(0.5, 0).met(least) is None
    assert Reached(0.5, 10).met(NOTHING) is None


def test_progress_names_target_actual_and_who_is_behind(con: duckdb.DuckDBPyConnection) -> None:
    task = Goal(Words("t", "t"), "stay_rate", 30, 0.9)
    outcome = Goal(Words("o", "o"), "forward_rate", 30, 0.2)
    at_most = Goal(Words("m", "m"), "leaving_rate", 30, 0.1, at_most=True)
    a = replace(_stage("a"), task_target=task, outcome_target=outcome)
    gone = replace(_stage("gone", True), task_target=at_most)
    lifecycle = replace(LIFECYCLE, stages=(a, *LIFECYCLE.stages[1:3], gone))
    found = {(each.stage.key, each.kind): each for each in goals(con, lifecycle, DAY, "CNY")}
    assert len(found) == 8
    assert found["a", "task"].reached == Reached(2 / 5, 5)
    assert found["a", "task"].behind is True
    assert found["a", "outcome"].reached == Reached(2 / 5, 5)
    assert found["a", "outcome"].behind is False
    assert found["b", "task"].reached is None
    assert found["b", "task"].behind is None


@pytest.mark.parametrize(
    "metric",
    [
        *("forward_rate", "return_rate", "customers"),
        *(pytest.param(each, marks=pytest.mark.thorough) for each in ("leaving_rate", "stay_rate", "contacted_rate")),
    ],
)
def test_the_customers_behind_a_goal_are_those_it_was_measured_on(con: duckdb.DuckDBPyConnection, metric: str) -> None:
    measured = measure(con, LIFECYCLE, metric, 30, DAY, "CNY")
    assert measured
    goal = Goal(Words("", ""), metric, 30, 0.5)
    for stage, found in measured.items():
        everybody = goal_customers(con, LIFECYCLE, stage, goal, DAY)
        assert everybody.total == found.customers
        if metric == "customers":
            continue
        reached = goal_customers(con, LIFECYCLE, stage, goal, DAY, True)
        missing = goal_customers(con, LIFECYCLE, stage, goal, DAY, False)
        assert reached.total / everybody.total == found.value
        assert sorted((*reached.keys, *missing.keys)) == list(everybody.keys)
