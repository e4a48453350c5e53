"""A few customers' features added up in Python are those that the query gives, on a simulated shop."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import tenure
from tenure.samples import Shop, to_store
from tenure.segments import FEATURES, Cuts, segment_columns, segment_of
from tenure.workspace import Workspace


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Seven hundred customers, moved into the body of the store."""
    made = tenure.init(tmp_path_factory.mktemp("few") / "shop", zone="Asia/Shanghai", clock="2026-01-01T08:00:00")
    to_store(Shop(customers=700), made.store)
    made.store.compact()
    return made


def rows_of(con: Any, query: str) -> Iterator[dict[str, Any]]:
    cursor = con.execute(query)
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def members(shop: Workspace, modulo: int) -> dict[int, int]:
    """{source key: customer key} of every so-many-th customer."""
    con = shop.store.snapshot().connect()
    return dict(
        con.execute(
            f"SELECT DISTINCT source_key, customer_key FROM events WHERE customer_key % {modulo} = 0"
        ).fetchall()
    )


@pytest.mark.thorough
def test_a_few_rows_are_those_of_everybody(shop: Workspace) -> None:
    moment = shop.clock.as_of()
    everybody = {row["customer_key"]: row for row in rows_of(shop.standing_now(moment).con, "SELECT * FROM standing")}
    few = shop.few(members(shop, 3), moment).rows
    assert len(few) > 200
    assert [dict(row) for row in few] == [everybody[row["customer_key"]] for row in few]


@pytest.mark.thorough
def test_what_comes_later_is_seen_at_once(shop: Workspace, tmp_path: Path) -> None:
    shop = tenure.open(shutil.copytree(shop.folder, tmp_path / "shop"))
    mine = members(shop, 501)
    moment = shop.clock.as_of()
    before = {row["customer_key"]: row["orders"] for row in shop.few(mine, moment).rows}
    con = shop.store.snapshot().connect()
    listed = ", ".join(map(str, mine.values()))
    shop.store.append_events(
        con,
        f"SELECT ingest_id AS seq, * EXCLUDE (ingest_id, bucket, customer_key, day, original_amount) FROM events"
        f" WHERE customer_key IN ({listed}) AND name = 'Order Completed'",
    )
    doubled = {row["customer_key"]: row["orders"] for row in shop.few(mine, moment).rows}
    assert sum(before.values()) > 0
    assert doubled == {key: 2 * orders for key, orders in before.items()}
    shop.store.compact()
    assert {row["customer_key"]: row["orders"] for row in shop.few(mine, moment).rows} == doubled
    assert shop.store.snapshot().pins["events_tail"].files == ()


@pytest.mark.parametrize(
    ("few", "priced"),
    [
        (False, True),
        (True, False),
        *(pytest.param(both, both, marks=pytest.mark.thorough) for both in (False, True)),
    ],
)
def test_segments_in_python_are_those_of_the_query(few: bool, priced: bool) -> None:
    cuts = Cuts(None, 500, (10, 30, 60, 120), (1, 2, 3, 6), (100, 500, 900, 2000), 350.0, few, priced)  # type: ignore[arg-type]
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE people AS SELECT row_number() OVER () AS customer_key, * FROM"
        " (SELECT unnest([0, 1, 2, 3, 4, 6, 7]) AS orders),"
        " (SELECT unnest([-5, 0, 100, 101, 500, 900, 901, 2001]) AS revenue),"
        " (SELECT unnest([NULL, 200.0, 350.0, 400.5]) AS average_order),"
        " (SELECT unnest([0, 10, 11, 31, 39, 40, 61, 90, 121, 180, 181]) AS days_since_last_order)"
    )
    con.execute("UPDATE people SET days_since_last_order = NULL, average_order = NULL WHERE orders = 0")
    rows = list(rows_of(con, f"SELECT *, {segment_columns(cuts)} FROM people"))
    assert len(rows) > 2_000
    assert [segment_of(cuts, {name: row[name] for name in FEATURES}) for row in rows] == [
        (row["r"], row["f"], row["m"], row["segment"]) for row in rows
    ]


def test_no_customers_have_no_rows(tmp_path: Path) -> None:
    shop = tenure.init(tmp_path / "shop", clock="2026-01-01")
    assert shop.few({}, shop.clock.as_of()).rows == []
