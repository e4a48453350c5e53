"""The board's figures, each computed a second, slow and obvious way."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median

import duckdb
import pytest

from tenure.errors import UsageError
from tenure.reports import activity, counts, moves, revenue, revenue_customers, timeline
from tests.rows import insert

START, END = date(2026, 1, 1), date(2026, 3, 1)
STAGES = ("acquisition", "activation", "retention", "churn")


def _history(seed: int = 7) -> list[tuple[int, str, str, date, date | None, str | None]]:
    """Stays of 60 customers: every stay begins on the day the one before ended."""
    draw, rows = random.Random(seed), []
    for customer in range(60):
        day, previous = date(2025, 11, 1) + timedelta(days=draw.randrange(90)), None
        for _ in range(draw.randrange(1, 6)):
            stage = draw.choice([stage for stage in STAGES if stage != previous])
            left = day + timedelta(days=draw.randrange(1, 40))
            rows.append((customer, "growth", stage, day, left, previous))
            day, previous = left, stage
        rows[-1] = (*rows[-1][:4], None, rows[-1][5])
    return rows


@pytest.fixture(scope="module")
def tables() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute(
        'CREATE TABLE stage_history (customer_key BIGINT, lifecycle VARCHAR, stage VARCHAR, entered DATE, "left" DATE,'
        " previous VARCHAR)"
    )
    insert(made, "stage_history", _history())
    made.executemany(
        "INSERT INTO stage_history VALUES (?, ?, ?, ?, ?, ?)", [(1, "purchase", "first", date(2025, 1, 1), None, None)]
    )
    made.execute(
        "CREATE TABLE events (customer_key BIGINT, day DATE, kind VARCHAR, name VARCHAR, order_id VARCHAR,"
        " amount BIGINT, currency VARCHAR)"
    )
    return made


@pytest.fixture
def con(tables: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables, for the test to fill; what it puts there goes again."""
    tables.execute("BEGIN")
    yield tables
    tables.execute("ROLLBACK")


def _inside(day: date) -> Counter[str]:
    return Counter(row[2] for row in _history() if row[3] <= day and (row[4] is None or row[4] > day))


def test_it_counts_who_is_in_each_stage_on_a_day(con: duckdb.DuckDBPyConnection) -> None:
    found = counts(con, "growth", END)
    assert {stage: count.customers for stage, count in found.items()} == dict(_inside(END))
    for stage, count in found.items():
        ages = [
            (END - row[3]).days
            for row in _history()
            if row[2] == stage and row[3] <= END and (not row[4] or row[4] > END)
        ]
        assert count.days == median(ages)


def test_moves_explain_the_difference_between_two_days(con: duckdb.DuckDBPyConnection) -> None:
    flows = moves(con, "growth", START, END)
    for stage in STAGES:
        gained = sum(flow.moves for flow in flows if flow.to_stage == stage)
        lost = sum(flow.moves for flow in flows if flow.from_stage == stage)
        assert _inside(START)[stage] + gained - lost == _inside(END)[stage]


def test_the_speed_of_a_move_is_the_median_stay_before_it(con: duckdb.DuckDBPyConnection) -> None:
    flow = next(flow for flow in moves(con, "growth", START, END) if flow.from_stage)
    stays = [
        (row[4] - row[3]).days
        for row, following in zip(_history(), _history()[1:], strict=False)
        if following[5] and row[2] == flow.from_stage and following[2] == flow.to_stage and row[0] == following[0]
        if START < following[3] <= END and row[4]
    ]
    assert (flow.moves, flow.days) == (len(stays), median(stays))


@pytest.mark.parametrize(
    "step", [pytest.param(1, marks=pytest.mark.thorough), 7, pytest.param(30, marks=pytest.mark.thorough)]
)
def test_the_timeline_counts_each_point_like_a_board_of_that_day(con: duckdb.DuckDBPyConnection, step: int) -> None:
    points = timeline(con, "growth", START, END, step)
    assert points[-1].day == END
    assert points[0].day >= START
    for point in points:
        assert {stage: count for stage, count in point.customers.items() if count} == dict(_inside(point.day))


def test_a_timeline_that_ends_before_it_starts_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UsageError, match="end that is not before its start"):
        timeline(con, "growth", END, START)


def test_revenue_takes_refunds_off_and_keeps_to_one_currency(con: duckdb.DuckDBPyConnection) -> None:
    con.executemany(
        "INSERT INTO events VALUES (?, ?, 'track', ?, ?, ?, ?)",
        [
            (1, date(2026, 1, 1), "Order Completed", "a", 1000, "CNY"),
            (1, date(2026, 1, 2), "Order Completed", "b", 500, "CNY"),
            (1, date(2026, 1, 3), "Order Refunded", "b", -500, "CNY"),
            (2, date(2026, 1, 3), "Order Completed", "c", 99, "USD"),
            (3, date(2026, 1, 4), "Order Completed", "d", 7, "CNY"),
        ],
    )
    found = revenue(con, date(2026, 1, 1), date(2026, 1, 4), "CNY")
    assert (found.amount, found.orders, found.customers) == (1000, 2, 1)
    where = (date(2025, 12, 31), date(2026, 1, 3), "CNY")
    assert revenue_customers(con, "growth", None, *where).keys == (1,)
    here = next(
        row[2] for row in _history() if row[0] == 1 and row[3] <= where[1] and (not row[4] or row[4] > where[1])
    )
    for stage in STAGES:
        assert revenue_customers(con, "growth", stage, *where).keys == ((1,) if stage == here else ())


def test_activity_tells_new_returning_resurrected_and_dormant_apart(con: duckdb.DuckDBPyConnection) -> None:
    bought = {1: [1, 2, 4], 2: [1], 3: [2, 3, 4]}
    con.executemany(
        "INSERT INTO events VALUES (?, ?, 'track', 'Order Completed', 'x', 1, 'CNY')",
        [(customer, date(2026, month, 9)) for customer, months in bought.items() for month in months],
    )
    found = activity(con, date(2026, 1, 1), date(2026, 5, 1))
    assert [(a.period.month, a.new, a.returning, a.resurrected, a.dormant) for a in found] == [
        (1, 2, 0, 0, 0),
        (2, 1, 1, 0, 1),
        (3, 0, 1, 0, 1),
        (4, 0, 1, 1, 0),
    ]


def test_activity_by_week_begins_on_mondays(con: duckdb.DuckDBPyConnection) -> None:
    con.executemany(
        "INSERT INTO events VALUES (?, ?, 'track', 'Order Completed', 'x', 1, 'CNY')",
        [(1, date(2026, 1, 7)), (1, date(2026, 1, 14)), (1, date(2026, 1, 29))],
    )
    found = activity(con, date(2026, 1, 1), date(2026, 2, 1), "week")
    assert [(a.period.day, a.new, a.returning, a.resurrected, a.dormant) for a in found] == [
        (5, 1, 0, 0, 0),
        (12, 0, 1, 0, 0),
        (19, 0, 0, 0, 1),
        (26, 0, 0, 1, 0),
    ]
