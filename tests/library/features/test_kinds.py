"""Every kind over every window is what plain Python makes of the events: as of an instant, and along a history."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tenure.clock import AsOf
from tenure.definitions import Definitions, Feature
from tenure.features import Timeline, compute

from .cast import FIRST, WINDOWS, at, connect, every_feature
from .slow import Event, value

DAYS = 130
moments = st.tuples(st.integers(0, DAYS - 20), st.integers(0, 1439)).map(lambda t: at(*t))
lines = st.lists(st.tuples(st.sampled_from(["p1", "p2", "p3"]), st.sampled_from(["c1", "c2", "c3"])), max_size=3)
properties = st.fixed_dictionaries(
    {},
    optional={
        "city": st.sampled_from(["北京", "上海", "Ulm"]),
        "points": st.sampled_from([1, 2.5, "7", "many", 40]),
        "coupon": st.sampled_from(["no", "yes"]),
    },
)
happenings = st.lists(
    st.tuples(
        st.integers(1, 3),
        moments,
        st.sampled_from(["Order Completed", "Order Completed", "Order Completed", "Signed Up"]),
        st.one_of(st.none(), st.integers(100, 9000)),
        lines,
        properties,
    ),
    min_size=30,
    max_size=40,
)


def events_of(drawn: list[Any]) -> list[Event]:
    return [Event(c, when, n, name, amount, tuple(ls), ps) for n, (c, when, name, amount, ls, ps) in enumerate(drawn)]


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, float) and isinstance(found, float):
        return found == pytest.approx(expected, rel=1e-12)
    return bool(found == expected)


def start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def known(events: list[Event], customer: int, before: datetime) -> list[Event]:
    return [e for e in events if e.customer == customer and e.at < before.replace(tzinfo=None)]


def wrong(features: dict[str, Feature], row: dict[str, Any], events: list[Event], day: date) -> list[Any]:
    """The features whose value is another than plain Python's."""
    expected = {key: value(feature, events, day) for key, feature in features.items()}
    return [(day, key, row[key], expected[key]) for key in features if not same(row[key], expected[key])]


def rows(con: Any, query: str, params: list[object]) -> list[dict[str, Any]]:
    cursor = con.execute(query, params)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


FEW = settings(  # one example checks hundreds of features; shrinking one of them would take minutes
    max_examples=1, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.reuse, Phase.generate]
)


def thorough(windows: tuple[str, ...]) -> Any:
    """A case that the quick suite leaves out."""
    return pytest.param(windows, marks=pytest.mark.thorough)


GROUPS = [tuple(WINDOWS)[at : at + 4] for at in range(0, len(WINDOWS), 4)]
CASES = [GROUPS[0][1:2], *map(thorough, GROUPS)]


@pytest.mark.parametrize("windows", CASES, ids=" ".join)
@FEW
@given(drawn=happenings, day=st.integers(1, DAYS), minutes=st.integers(0, 1439))
def test_as_of_an_instant(windows: tuple[str, ...], drawn: list[Any], day: int, minutes: int) -> None:
    definitions, events = every_feature(windows), events_of(drawn)
    con, today = connect(events), FIRST + timedelta(days=day)
    instant = start_of(today) + timedelta(minutes=minutes)
    compute(con, definitions, AsOf(instant, today))
    found = rows(con, "SELECT * FROM features", [])
    assert {row["customer_key"] for row in found} == {e.customer for e in events if known([e], e.customer, instant)}
    for row in found:
        assert wrong(dict(definitions.features), row, known(events, row["customer_key"], instant), today) == []


def history(con: Any, definitions: Definitions, last: date, by_column: bool) -> list[dict[str, Any]]:
    params: list[object] = []
    timeline = Timeline(definitions, frozenset(definitions.features), by_column=by_column)
    last_day = (last - date(1970, 1, 1)).days
    instant = (start_of(last) + timedelta(days=1)).replace(tzinfo=None).isoformat(sep=" ")
    return rows(con, timeline.sql("true", instant, last_day, params) + " ORDER BY customer_key, x", params)


def moments_of(found: list[dict[str, Any]], customer: int) -> dict[int, dict[str, Any]]:
    return {row["x"]: row for row in found if row["customer_key"] == customer}


DAYS_SINCE = ("days_since_first", "days_since_last")  # grow every day; asked only where a rule compares them


@pytest.mark.parametrize("windows", CASES, ids=" ".join)
@pytest.mark.parametrize("by_column", [True, pytest.param(False, marks=pytest.mark.thorough)], ids=["duckdb", "any"])
@FEW
@given(drawn=happenings)
def test_along_a_history(windows: tuple[str, ...], by_column: bool, drawn: list[Any]) -> None:
    """At the start and the end of every day the last moment at or before it holds the value of that very moment."""
    definitions, events = every_feature(windows), events_of(drawn)
    con = connect(events)
    if by_column and not isinstance(con, duckdb.DuckDBPyConnection):
        pytest.skip("Spark takes no frame that a column cuts, and is never asked to")
    found = history(con, definitions, FIRST + timedelta(days=DAYS), by_column)
    features = {key: each for key, each in definitions.features.items() if each.kind not in DAYS_SINCE}
    for customer in {event.customer for event in events}:
        moments, row = moments_of(found, customer), None
        for step in range(2 * DAYS):
            day = FIRST + timedelta(days=step // 2)
            row = moments.get(2 * (day - date(1970, 1, 1)).days + step % 2, row)
            heard = known(events, customer, start_of(day) + timedelta(days=step % 2))
            if row is not None and (step % 23 == 0 or row["x"] % 2 == step % 2):
                assert wrong(features, row, heard, day) == []
