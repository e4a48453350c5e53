"""Comparisons with a number turn, without a grid of moments, exactly when the grid of all moments says so."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import duckdb
import numpy as np
import pytest

from tenure.definitions import Definitions, Events, Feature, Rule, Words, parse
from tenure.features import Turns, turns
from tests.examples import examples
from tests.rows import insert

W = Words("x", "x")
ORDERS, PAGES = Events(names=("Order Completed",)), Events(names=("Product Viewed",), kinds=("page", "screen"))
PAID = Events(names=("Order Completed", "Refund"), where=(("paid", ("yes",)),))
FIRST, LAST = date(2023, 1, 1), date(2023, 6, 30)


def feature(key: str, kind: str, events: Events | None, of: str | None = None, within: int | None = None) -> Feature:
    return Feature(key, W, W, kind, "integer", "count", events, of, within)


FEATURES = {
    each.key: each
    for each in (
        feature("orders", "count", ORDERS),
        feature("orders_20d", "count", ORDERS, within=20),
        feature("order_days", "distinct", ORDERS, "day"),
        feature("visits_7d", "distinct", PAGES, "day", 7),
        feature("paid_20d", "distinct", PAID, "day", 20),
        feature("anything", "count", None),
        feature("last_days", "days_since_last", ORDERS),
        feature("first_days", "days_since_first", PAGES),
    )
}
NUMBERS = (-1, 0, 1, 2, 2.5, 3, 12, 40)
ALL = [f"{key} {op} {n}" for key, op, n in product(FEATURES, ("=", "<>", "<", "<=", ">", ">="), NUMBERS)]


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """Lives of twelve customers: busy and quiet ones, several events a day, events that no selector means."""
    random, rows = np.random.default_rng(3), []
    for number in range(600):
        at = FIRST + timedelta(days=int(random.beta(1, 1 + number % 3) * 175))
        kind = str(random.choice(["page", "track", "track", "identify"]))
        name = str(random.choice(["Order Completed", "Product Viewed", "Refund"])) if kind == "track" else None
        paid = str(random.choice(["yes", "no"]))
        rows.append((int(random.zipf(1.5) % 12), number, kind, name, f"{at} 10:00", at, f'{{"paid": "{paid}"}}'))
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE events (customer_key BIGINT, ingest_id BIGINT, kind VARCHAR, name VARCHAR, ts TIMESTAMP,"
        " day DATE, properties VARCHAR)"
    )
    insert(con, "events", rows)
    return con


def turned(con: duckdb.DuckDBPyConnection, texts: list[str], table: str) -> None:
    """The turns of some conditions; rows at which nothing turns are left out."""
    rules = [Rule(text, parse(text, FEATURES).tree, FEATURES) for text in texts]
    found = Turns(Definitions(FEATURES, {}, {}, {}, "hash"), rules)
    found.compute(con, "true", f"{LAST} 00:00:00", (LAST - date(1970, 1, 1)).days)
    some = " OR ".join(f"{word} <> {word}_was" for word in found.words)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM turned WHERE {some}")


@pytest.mark.parametrize("seed", range(examples(1, 6)))
def test_thresholds_turn_when_the_grid_of_all_moments_says_so(seed: int, con: Any, monkeypatch: Any) -> None:
    texts = [str(text) for text in np.random.default_rng(seed).choice(ALL, examples(12, 30), replace=False)]
    turned(con, texts, "quick")
    monkeypatch.setattr(turns, "is_threshold", lambda atom, catalogue: False)
    turned(con, texts, "slow")
    assert con.execute("SELECT count(*) FROM slow").fetchall()[0][0] > 200
    for one, other in (("quick", "slow"), ("slow", "quick")):
        assert con.execute(f"FROM {one} EXCEPT ALL FROM {other}").fetchall() == []


def test_what_grows_or_moves_beyond_a_number_is_a_threshold_and_sums_are_not() -> None:
    catalogue = {**FEATURES, "revenue": feature("revenue", "sum", ORDERS, "amount")}
    rules = (
        "orders > 3 AND last_days < 9 AND orders_20d >= 1 AND orders_20d >= 2 AND revenue > 5 AND orders < order_days"
    )
    found = [turns.is_threshold(atom, catalogue) for atom in parse(rules, catalogue).tree.parts]
    assert found == [True, True, True, False, False, False]
