"""One customer's odd value stops nobody's run: it is unknown, counted and named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tenure.clock import AsOf
from tenure.definitions import (
    Definitions,
    Events,
    Goal,
    Lifecycle,
    Segment,
    Stage,
    Words,
    parse,
    parse_expression,
)
from tenure.definitions.rules import parse_event_condition
from tenure.features import Odd, compute, odd_values

from .cast import at, connect, feature
from .slow import Event

NOW = AsOf(datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC).date())
HUGE = 2**62


def cast_of_odd() -> Definitions:
    found = {
        each.key: each
        for each in (
            feature("orders", "count", None),
            feature("revenue", "sum", "amount"),
            feature("points", "sum", "property:points"),
            replace(feature("born", "last", "property:born", events=Events(kinds=("track",))), type="date"),
            feature("signups", "count", None, events=Events(names=("Signed Up",))),
        )
    }
    for key, text in {"ratio": "orders / signups", "power": "orders * 1000000 * revenue * revenue * revenue"}.items():
        numbers = parse_expression(text + (" * revenue" * 20 if key == "power" else ""), found, "float")
        found[key] = replace(feature(key, "derived", None), type="float", events=None, expression=numbers)
    return Definitions(found, {}, {}, {}, "hash")


def test_what_is_odd_is_unknown_counted_and_named_and_nobody_else_suffers() -> None:
    events = [
        Event(1, at(1, 0), 1, "Order Completed", HUGE, (), {"points": "many", "born": "yesterday"}),
        Event(1, at(2, 0), 2, "Order Completed", HUGE, (), {"points": 5}),
        Event(2, at(1, 0), 3, "Order Completed", 300, (), {"points": 7, "born": "2001-02-03"}),
        Event(2, at(1, 5), 4, "Signed Up"),
    ]
    con, definitions = connect(events), cast_of_odd()
    compute(con, definitions, NOW)
    rows = con.execute("SELECT revenue, points, born, ratio, power FROM features ORDER BY customer_key").fetchall()
    assert rows[0] == (None, 5.0, None, None, None)
    assert rows[1][:4] == (300, 7.0, datetime(2001, 2, 3).date(), 1.0)  # noqa: DTZ001
    assert odd_values(con, definitions, NOW, "features") == (
        Odd("born", "not readable", 1),
        Odd("points", "not readable", 1),
        Odd("ratio", "division by zero", 1),
        Odd("revenue", "too large", 1),
    )


def test_a_number_beyond_all_numbers_is_unknown() -> None:
    events = [Event(1, at(1, 0), 1, "Order Completed", HUGE)]
    con, definitions = connect(events), cast_of_odd()
    compute(con, definitions, NOW)
    assert con.execute("SELECT revenue, power FROM features").fetchall() == [(HUGE, None)]
    assert Odd("power", "too large", 1) in odd_values(con, definitions, NOW, "features")


def test_nothing_is_odd_in_a_plain_shop() -> None:
    con = connect([Event(1, at(1, 0), 1, "Order Completed", 100), Event(1, at(2, 0), 2, "Signed Up")])
    definitions = cast_of_odd()
    compute(con, definitions, NOW)
    assert odd_values(con, definitions, NOW, "features") == ()


def test_a_rule_that_divides_by_zero_and_a_condition_that_cannot_be_read_are_counted_and_named() -> None:
    asked = Events(("Order Completed",), (), (), parse_event_condition("points >= 3 AND city = 'Ulm'"))
    features = {
        each.key: each
        for each in (
            feature("orders", "count", None),
            feature("signups", "count", None, events=Events(names=("Signed Up",))),
            feature("rich", "count", None, events=asked),
        )
    }
    words = Words("x", "x")
    loyal = parse("orders / signups > 1", features)
    guarded = parse("orders > 100 OR (signups > 0 AND orders / signups > 1)", features)
    stages = [
        Stage(key, words, words, (), rule, "", words, Goal(words), Goal(words))
        for key, rule in (("new", None), ("loyal", loyal), ("safe", guarded))
    ]
    lifecycle = Lifecycle("growth", words, words, tuple(stages), ("loyal", "safe", "new"))
    segment = Segment("vip", words, words, loyal, "")
    definitions = Definitions(features, {"growth": lifecycle}, {"vip": segment}, {}, "hash")
    events = [
        Event(1, at(1, 0), 1, "Order Completed", 100, (), {"points": "many", "city": "Ulm"}),
        Event(2, at(1, 0), 2, "Order Completed", 100, (), {"points": 7}),
        Event(2, at(1, 5), 3, "Signed Up"),
        Event(3, at(1, 0), 4, "Order Completed", 100),
    ]
    con = connect(events)
    compute(con, definitions, NOW)
    assert odd_values(con, definitions, NOW, "features") == (
        Odd("growth/loyal", "division by zero", 2, rule=True),
        Odd("segment.vip", "division by zero", 2, rule=True),
        Odd("rich", "not readable", 1),
    )
