"""Histories agree with the slow and obvious way: all features computed anew as of the end of a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pytest

from tenure.clock import AsOf
from tenure.definitions import Definitions, Events, Feature, Goal, Lifecycle, Stage, Words, parse, parse_expression
from tenure.features import compute, turns
from tenure.stages import compute_history, stage_sql
from tests.engine import beside
from tests.examples import examples

W = Words("x", "x")
ORDERS = Events(names=("Order Completed",))
FIRST = date(2023, 1, 1)
START = datetime(2023, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def feature(
    key: str, kind: str, of: str | None = None, within: int | None = None, type_: str = "integer", **more: object
):
    """A feature over orders."""
    events = more.pop("events", ORDERS)
    return Feature(key, W, W, kind, type_, "count", events, of, within, **more)


def definitions_of(rules: dict[str, str]) -> Definitions:
    """A lifecycle of these rules, tried in order, and a last stage without one."""
    features = {
        each.key: each
        for each in (
            feature("orders", "count"),
            feature("orders_90d", "count", within=90),
            feature("orders_30d", "count", within=30),
            feature("revenue", "sum", "amount"),
            feature("average_order", "average", "amount", type_="float"),
            feature("last_days", "days_since_last"),
            feature("first_days", "days_since_first"),
            feature("gap", "median_gap", type_="float"),
            feature("order_days", "distinct", "day"),
            feature("categories", "distinct", "category"),
            feature("today", "today", type_="date", events=None),
            feature("visits_30d", "count", within=30, events=Events(kinds=("page",))),
            feature("last_on", "last", "day", type_="date"),
            feature("today", "today", type_="date", events=None),
        )
    }
    derived = {"gap_ratio": "last_days / gap", "pace": "orders_90d / (orders * 90 / greatest(first_days, 90))"}
    for key, text in derived.items():
        expression = parse_expression(text, features, "float")
        features[key] = feature(key, "derived", type_="float", expression_text=text, expression=expression, events=None)
    stages = [
        Stage(key, W, W, (), parse(rule, features) if rule else None, rule, W, Goal(W), Goal(W))
        for key, rule in {**rules, "rest": ""}.items()
    ]
    lifecycle = Lifecycle("test", W, W, tuple(stages), tuple(stage.key for stage in stages))
    return Definitions(features, {"test": lifecycle}, {}, {}, "hash")


def shop(seed: int, customers: int = 12, days: int = 400) -> Any:
    """Events of a few customers, some of them several a day."""
    random = np.random.default_rng(seed)
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE events (customer_key BIGINT, ingest_id BIGINT, kind VARCHAR, name VARCHAR, ts TIMESTAMP,"
        " day DATE, order_id VARCHAR, amount BIGINT, properties VARCHAR,"
        " products STRUCT(product VARCHAR, name VARCHAR, category VARCHAR, quantity DOUBLE, price BIGINT)[])"
    ).fetchall()
    for number in range(customers * 14):
        at = START + timedelta(minutes=int(random.integers(0, days * 1440)))
        page, key = bool(random.random() < 0.3), int(random.zipf(1.6) % customers)
        con.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, '{}', ?)",
            [key, number, "page" if page else "track", "Home" if page else "Order Completed", at, at.date(),
             None if page else f"o{number}", None if page else int(random.integers(100, 9000)),
             None if page else [{"product": "p", "name": "n", "category": f"c{random.integers(5)}", "quantity": 1.0,
                                 "price": 1}]],
        ).fetchall()  # fmt: skip
    con.execute("CREATE VIEW raw_events AS SELECT * FROM events").fetchall()
    return beside(con)


def days_to_check(con: Any, seed: int) -> list[int]:
    """Some days through the whole time, and those around changes that the quick way found."""
    changes = con.execute("SELECT DISTINCT date_diff('day', DATE '2023-01-01', entered) FROM stays").fetchall()
    near = {day + step for (day,) in changes[: examples(2, 12)] for step in (-1, 0, 1)}
    return sorted(day for day in near | set(range(seed, 431, examples(80, 30))) if 0 <= day <= 430)


RULES = [
    {"gone": "last_days > 90", "busy": "orders_30d >= 2", "regular": "orders >= 3 AND last_days <= 60"},
    {"late": "gap_ratio > 2", "young": "first_days < 45", "slow": "pace < 0.7"},
    {
        "wide": "categories >= 3 AND order_days >= 4",
        "rich": "average_order > 40 AND revenue > 100",
        "seen": "visits_30d > 0",
    },
    {"between": "last_days BETWEEN 20 AND 40 OR orders_90d IN (2, 5)", "not": "NOT (last_days < 100)"},
    {
        "festive": "month(today()) IN (1, 12) AND orders >= 2",
        "quarter": "quarter(today()) > quarter(last_on) AND year(today()) = year(last_on)",
        "spring": "today() BETWEEN '2023-04-05' AND '2023-05-01'",
    },
    {
        "monthly": "today() >= last_on + 30 AND today() < last_on + 60",
        "weekend": "weekday(last_on) >= 6 AND weekday(today()) = 1",
        "level": "CASE WHEN orders_30d >= 2 THEN 2 WHEN last_days > 100 THEN 0 ELSE 1 END = 0",
    },
    {"twice": "last_days >= 2 * gap + 3", "old": "first_days - last_days > 50 AND orders_30d = 0"},
]


QUICK = ("late",)  # thresholds, and linear comparisons of derived features


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(rules, id=" ".join(rules), marks=() if next(iter(rules)) in QUICK else pytest.mark.thorough)
        for rules in RULES
    ],
)
@pytest.mark.parametrize("seed", [1])
def test_every_day_of_a_history_is_what_that_day_alone_says(rules: dict[str, str], seed: int) -> None:
    definitions, con = definitions_of(rules), shop(seed)
    last = FIRST + timedelta(days=430)
    compute_history(con, definitions, AsOf(datetime(last.year, last.month, last.day, 23, tzinfo=UTC), last))
    assert {stage for (stage,) in con.execute("SELECT DISTINCT stage FROM stays").fetchall()} >= {*rules}
    lifecycle, wrong, checked = definitions.lifecycles["test"], [], 0
    for step in days_to_check(con, seed):
        day = FIRST + timedelta(days=step)
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        compute(con, definitions, AsOf(end, day))
        params: list[object] = []
        slow = dict(
            con.execute(f"SELECT customer_key, {stage_sql(lifecycle, params)} FROM features", params).fetchall()
        )
        quick = dict(
            con.execute(
                'SELECT customer_key, stage FROM stays WHERE entered <= ? AND ("left" IS NULL OR "left" > ?)',
                [day, day],
            ).fetchall()
        )
        checked += len(slow)
        wrong += [(day, key, slow.get(key), quick.get(key)) for key in slow | quick if slow.get(key) != quick.get(key)]
    assert checked > examples(80, thorough=150)
    assert wrong == []


@pytest.mark.thorough
@pytest.mark.parametrize("most", [4, 30])
def test_turns_of_conditions_and_every_feature_at_every_moment_give_the_same_stays(most: int, monkeypatch: Any) -> None:
    """However many answers are held in one number: here in three of them, or in one."""
    monkeypatch.setattr(turns, "MOST", most)
    con = shop(7)
    moment = AsOf(datetime(2024, 3, 9, tzinfo=UTC), date(2024, 3, 9))
    rules = {
        "away": "NOT (last_days < 40 OR visits_30d = 0) OR gap_ratio > 3",
        "steady": "categories >= 3 AND pace >= 1 AND average_order > 20",
        "spring": "month(today()) IN (3, 4) AND first_days >= 30",
        "fresh": "gap IS NULL AND orders_30d BETWEEN 1 AND 2 OR NOT gap > 9",
        "begun": "first_days + orders > 1",  # turns on the very day of the first order
    }
    definitions = definitions_of(rules)
    plain = definitions.lifecycles["test"]
    staying = replace(plain.stages[0], minimum_stay=21, leave=parse("orders_30d >= 2", definitions.features))
    definitions.lifecycles["back"] = replace(plain, key="back", stages=(staying, *plain.stages[1:]))
    compute_history(con, definitions, moment, table="by_turns")
    compute_history(con, definitions, moment, customers=range(100), table="in_one")
    for one, other in (("by_turns", "in_one"), ("in_one", "by_turns")):
        assert con.execute(f"FROM {one} EXCEPT ALL FROM {other}").fetchall() == []
    assert con.execute("SELECT count(*) FROM by_turns").fetchall()[0][0] > 100
    assert con.execute("SELECT DISTINCT cause FROM by_turns WHERE previous IS NULL").fetchall() == [("event",)]
