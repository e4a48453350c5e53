"""Every trade's starter is complete in both languages, loads without complaint, and reaches all its stages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

import tenure
from tenure.clock import AsOf
from tenure.definitions import Definitions, check, load, trades
from tenure.errors import UsageError
from tenure.stages import compute_history
from tenure.store.tables import PRODUCTS

HOME = Path(tenure.definitions.__file__).parent / "templates"
TRADES = [trade.key for trade in trades()]
#: What begins and ends something: at most a few a life, in this order.
ONCE = {
    "subscription": ["Trial Started", "Subscription Started", "Subscription Cancelled"],
    "finance": ["Account Opened", "Account Closed"],
    "retail": ["Member Joined"],
    "food": [],
    "hotel": ["Room Booked"],
    "fitness": ["Trial Booked", "Membership Started", "Membership Ended"],
    "ecommerce": ["Signed Up"],
}
FIRST, DAYS = date(2021, 1, 1), 1200


def of(trade: str) -> Definitions:
    return load(HOME / trade)


def lives(trade: str, definitions: Definitions, lifecycle: str) -> duckdb.DuckDBPyConnection:
    """Sixty random customers of the trade: some hardly begin, some come often, some stop."""
    random, rows = np.random.default_rng(7), []
    read = [definitions.features[key] for key in sorted(definitions.lifecycles[lifecycle].features)]
    inner = {key for feature in read if feature.expression for key in feature.expression.features}
    read += [definitions.features[key] for key in sorted(inner)]
    names = sorted({name for feature in read if feature.events for name in feature.events.names} - set(ONCE[trade]))
    for key in range(60):
        begin, length = int(random.integers(0, 300)), int(random.choice([1, 30, 120, 400, 850]))
        rows.append((key, "identify", "", begin))
        for number, name in enumerate(ONCE[trade][: int(random.integers(0, len(ONCE[trade]) + 1))]):
            rows.append((key, "track", name, begin + number * max(length // 2, 2)))
        for name in names:
            times = int(random.choice([0, 1, 2, 10, 60, 200]))
            rows += [
                (key, "track", name, begin + int(each))
                for each in random.integers(0, min(2 * length, DAYS - 310), times)
            ]
    con = duckdb.connect()
    con.execute("SET threads = 1").fetchall()
    con.execute(
        "CREATE TABLE events AS SELECT k AS customer_key, row_number() OVER () AS ingest_id, kind, name,"
        f" DATE '{FIRST}' + CAST(d AS INTEGER) AS day, CAST(DATE '{FIRST}' + CAST(d AS INTEGER) AS TIMESTAMP) AS ts,"
        " CAST(row_number() OVER () AS VARCHAR) AS order_id, CAST(1000 AS BIGINT) AS amount,"
        """ '{"feature": "f' || d % 5 || '", "product": "p' || d % 3 || '"}' AS properties,"""
        f" CAST([] AS {PRODUCTS}) AS products"
        " FROM (SELECT unnest(?) AS k, unnest(?) AS kind, unnest(?) AS name, unnest(?) AS d)",
        [list(column) for column in zip(*rows, strict=True)],
    ).fetchall()
    con.execute("CREATE VIEW raw_events AS SELECT * FROM events").fetchall()
    return con


@pytest.mark.parametrize("trade", TRADES)
def test_a_trade_is_complete_in_both_languages(trade: str) -> None:
    assert check(HOME / trade) == []
    definitions, chosen = of(trade), next(each for each in trades() if each.key == trade)
    assert all((chosen.title.en, chosen.title.zh, chosen.meaning.en, chosen.meaning.zh))
    assert 3 <= len(definitions.segments) <= 6
    for stage in definitions.lifecycles[chosen.lifecycle].stages:
        assert all((stage.needs, stage.strategies, stage.owner.en, stage.owner.zh)), stage.key
        for goal in (stage.task_target, stage.outcome_target):
            assert all((goal.words.en, goal.words.zh, goal.metric, goal.target)), stage.key


@pytest.mark.parametrize("trade", [TRADES[0], *(pytest.param(each, marks=pytest.mark.thorough) for each in TRADES[1:])])
def test_every_stage_of_a_trade_is_reached(trade: str) -> None:
    definitions = of(trade)
    lifecycle = next(each for each in trades() if each.key == trade).lifecycle
    con, last = lives(trade, definitions, lifecycle), FIRST + timedelta(days=DAYS)
    moment = AsOf(datetime(last.year, last.month, last.day, tzinfo=UTC), last)
    compute_history(con, definitions, moment, lifecycles=[lifecycle])
    reached = {row[0] for row in con.execute("SELECT DISTINCT stage FROM stays").fetchall()}
    assert reached == {stage.key for stage in definitions.lifecycles[lifecycle].stages}


def test_a_new_workspace_has_the_files_of_its_trade(tmp_path: Path) -> None:
    made = tenure.init(tmp_path / "gym", template="fitness")
    assert made.settings.lifecycle == "training"
    assert "training" in made.definitions.lifecycles
    assert list((made.folder / "definitions/journeys").glob("*.yml"))
    assert tenure.init(tmp_path / "plain").definitions.segments == {}


def test_an_unknown_trade_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r'There is no template "bakery"\. Known: ecommerce, subscription'):
        tenure.init(tmp_path / "bakery", template="bakery")
