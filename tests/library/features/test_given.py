"""What other rooms say of a customer joins the features: as known at an instant, and along a history."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tenure.clock import AsOf
from tenure.definitions import Definitions, parse
from tenure.features import Timeline, compute, few_rows

from .cast import at, connect, feature, scores
from .slow import Event

CHURN = feature("risk.probability", "given", None, type="float", unit="share", events=None, source="risk")
BAND = feature("risk.band", "given", None, type="text", unit="text", events=None, source="risk")
ORDERS = feature("orders", "count", None)
DEFINITIONS = Definitions({each.key: each for each in (CHURN, BAND, ORDERS)}, {}, {}, {}, "hash")
EVENTS = [Event(1, at(5, 0), 1, "Order Completed"), Event(2, at(9, 0), 2, "Order Completed")]
#: customer, instant, and the scores: made at a day's first instant, within a day, and taken back
RISKS = [
    (1, at(2, 0), (0.1, "low", None)),
    (1, at(11, 9 * 60), (0.7, "high", None)),
    (1, at(15, 0), (None, None, None)),
]
START = (date(2023, 11, 20) - date(1970, 1, 1)).days


def asked(instant: datetime) -> list[tuple[object, ...]]:
    con = connect(EVENTS)
    scores(con, "risk", RISKS)
    moment = AsOf(instant.replace(tzinfo=UTC), instant.date())
    compute(con, DEFINITIONS, moment)
    found = con.execute('SELECT customer_key, "risk.probability", orders FROM features ORDER BY 1').fetchall()
    few = few_rows(con, DEFINITIONS, moment)
    assert [(key, row["risk.probability"], row["orders"]) for key, row in sorted(few.items())] == found
    return found


def test_what_was_said_up_to_the_instant_counts_and_nothing_later() -> None:
    assert asked(at(10, 0)) == [(1, 0.1, 1), (2, None, 1)]
    assert asked(at(11, 0)) == [(1, 0.1, 1), (2, None, 1)]
    assert asked(at(11, 9 * 60)) == [(1, 0.7, 1), (2, None, 1)]
    assert asked(at(19, 0)) == [(1, None, 1), (2, None, 1)]


def test_a_rule_reads_it_by_its_whole_name() -> None:
    rule = parse("risk.probability > 0.5 AND orders >= 1", DEFINITIONS.features)
    assert rule.features == {"risk.probability", "orders"}
    assert rule.evaluate({"risk.probability": 0.7, "orders": 1}) is True
    assert '"risk.probability"' in rule.sql([])


def test_along_a_history_it_holds_from_its_moment_on_until_it_is_taken_back() -> None:
    con, params = connect(EVENTS), []
    scores(con, "risk", RISKS)
    timeline = Timeline(DEFINITIONS, frozenset(DEFINITIONS.features))
    query = timeline.sql("true", "2023-12-20 00:00:00", (date(2023, 12, 20) - date(1970, 1, 1)).days, params)
    columns = 'customer_key, x, "risk.probability", "risk.band"'
    assert con.execute(f"SELECT DISTINCT {columns} FROM ({query}) ORDER BY 1, 2", params).fetchall() == [
        (1, 2 * (START + 5) + 1, 0.1, "low"),
        (1, 2 * (START + 11) + 1, 0.7, "high"),
        (1, 2 * (START + 15), None, None),
        (2, 2 * (START + 9) + 1, None, None),
    ]
