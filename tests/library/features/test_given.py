"""What other rooms compute joins the features as given ones: as of an instant and along a history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from tenure.clock import AsOf
from tenure.definitions import Definitions, parse
from tenure.features import Timeline, compute

from .cast import at, connect, feature
from .slow import Event

CHURN = replace(feature("risk.churn", "given", None), type="float", unit="share", events=None, source="risk")
ORDERS = feature("orders", "count", None)
DEFINITIONS = Definitions({"risk.churn": CHURN, "orders": ORDERS}, {}, {}, {}, "hash")
EVENTS = [Event(1, at(5, 0), 1, "Order Completed"), Event(2, at(9, 0), 2, "Order Completed")]
RISKS = "(1, DATE '2023-11-22', 0.1), (1, DATE '2023-12-01', 0.7), (1, DATE '2023-12-05', NULL)"


def asked(day: date, given: dict[str, str]) -> list[tuple[object, ...]]:
    con = connect(EVENTS)
    con.execute(f"CREATE TABLE risks AS SELECT * FROM (VALUES {RISKS}) AS t(customer_key, day, churn)").fetchall()
    compute(con, DEFINITIONS, AsOf(datetime(day.year, day.month, day.day, tzinfo=UTC), day), given=given)
    return con.execute('SELECT customer_key, "risk.churn", orders FROM features ORDER BY 1').fetchall()


def test_the_latest_value_of_a_day_up_to_the_instant_counts() -> None:
    assert asked(date(2023, 11, 30), {"risk": "risks"}) == [(1, 0.1, 1), (2, None, 1)]
    assert asked(date(2023, 12, 1), {"risk": "risks"}) == [(1, 0.7, 1), (2, None, 1)]
    assert asked(date(2023, 12, 9), {"risk": "risks"}) == [(1, 0.7, 1), (2, None, 1)]


def test_without_the_table_it_is_unknown() -> None:
    assert asked(date(2023, 12, 1), {}) == [(1, None, 1), (2, None, 1)]


def test_a_rule_reads_it_by_its_whole_name() -> None:
    rule = parse("risk.churn > 0.5 AND orders >= 1", DEFINITIONS.features)
    assert rule.features == {"risk.churn", "orders"}
    assert rule.evaluate({"risk.churn": 0.7, "orders": 1}) is True
    assert '"risk.churn"' in rule.sql([])


def test_along_a_history_it_holds_from_its_day_on() -> None:
    con, params = connect(EVENTS), []
    con.execute(f"CREATE TABLE risks AS SELECT * FROM (VALUES {RISKS}) AS t(customer_key, day, churn)").fetchall()
    timeline = Timeline(DEFINITIONS, frozenset(DEFINITIONS.features), given={"risk": "risks"})
    query = timeline.sql("true", "2023-12-20 00:00:00", (date(2023, 12, 20) - date(1970, 1, 1)).days, params)
    rows = con.execute(f'SELECT DISTINCT customer_key, x, "risk.churn" FROM ({query}) ORDER BY 1, 2', params).fetchall()
    start = (date(2023, 11, 20) - date(1970, 1, 1)).days
    assert rows == [
        (1, 2 * (start + 5) + 1, 0.1),
        (1, 2 * (start + 11), 0.7),
        (1, 2 * (start + 15), 0.7),
        (2, 2 * (start + 9) + 1, None),
    ]
