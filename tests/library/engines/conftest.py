"""One pair of workspaces for all comparisons: the same store, computed by DuckDB and by Spark."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure.clock import AsOf
from tenure.samples import Shop, to_store
from tenure.store import Store, keep_scores
from tenure.workspace import Workspace
from tests.library.engines import catalogue
from tests.library.engines.definitions import LIFECYCLE, SEGMENTS

SHOP = Shop(customers=360, seed=11)


@pytest.fixture(scope="session")
def spark(request: pytest.FixtureRequest) -> str:
    """Where Spark is: the cluster that the tests start, or that of TENURE_TEST_SPARK."""
    return os.environ.get("TENURE_TEST_SPARK") or request.getfixturevalue("cluster").address


@pytest.fixture(scope="session")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in Shanghai with a small shop and awkward events, part compacted, part in the tail."""
    folder = tmp_path_factory.mktemp("engines") / "a shop"
    shop = tenure.init(folder, zone="Asia/Shanghai", currency="CNY", clock="2026-01-01", engine="duckdb")
    define(folder / "definitions")
    to_store(SHOP, shop.store)
    shop.store.compact()
    add_odd_events(shop.store)
    add_companies(shop.store)
    add_scores(shop)
    add_people(shop)
    shop.outside = agreed
    return shop


@pytest.fixture(scope="session")
def on_spark(on_duckdb: Workspace, spark: str) -> Workspace:
    """The same workspace, computed on the cluster."""
    shop = tenure.open(on_duckdb.folder)
    shop._settings = on_duckdb.settings.changed(engine="spark", spark=spark)
    shop.outside = agreed
    return shop


def add_scores(shop: Workspace) -> None:
    """Scores that were made at midnight and within a day, taken back for some, and of somebody merged since."""
    for days, hours, where in ((90, 0, "true"), (40, 9, "true"), (9, 3, "customer_key % 5 > 0")):
        instant = shop.clock.start_of(SHOP.end.date() - timedelta(days=days)) + timedelta(hours=hours)
        con = shop.store.snapshot().connect()
        p = f"((customer_key * 37 + {days} * 11) % 100) / 100.0"
        band = f"CASE WHEN {p} > 0.6 THEN 'high' ELSE 'low' END"
        query = f"SELECT DISTINCT customer_key, {p} AS probability, {band} AS band FROM events WHERE {where}"
        keep_scores(shop.store, con, "risk", query, AsOf(instant, shop.clock.day(instant)), shop.clock)
    merged = "SELECT CAST(3 AS BIGINT) AS source_key, CAST(2 AS BIGINT) AS customer_key"
    shop.store.append_id_map(shop.store.connect(), merged)


def define(folder: Path) -> None:
    """Write the definitions that are compared."""
    (folder / "features" / "samples.yml").write_text(catalogue.definitions_text(), "utf-8")
    (folder / "lifecycles" / "tea.yml").write_text(LIFECYCLE, "utf-8")
    (folder / "segments" / "own.yml").write_text(SEGMENTS, "utf-8")
    (folder / "lifecycles" / "care.yml").write_text(catalogue.CARE, "utf-8")


def agreed(_customers: Any) -> dict[str, list[int]]:
    """Every third customer agreed to e-mail."""
    return {"email": list(range(0, SHOP.customers, 3))}


def add_odd_events(store: Store) -> None:
    """An awkward value of each sort; equal instants, told apart by the ingest id alone."""
    rows = []
    for number in range(2 * len(catalogue.VALUES)):
        text = catalogue.odd_properties(number).replace("'", "''")
        rows.append(f"({number}, {1 + number % len(catalogue.VALUES)}, '{text}')")
    store.append_events(
        store.connect(),
        "SELECT seq, source_key, 'track' AS kind, 'Oddity Seen' AS name, TIMESTAMP '2023-11-05 17:30:00.5' AS ts,"
        " NULL AS received_at, NULL AS sent_at, NULL AS original_at, NULL AS message_hash, 1 AS source_id,"
        " NULL AS import_id, NULL AS order_id, NULL AS amount, NULL AS currency, NULL AS products, properties"
        f" FROM (VALUES {', '.join(rows)}) AS odd(seq, source_key, properties)",
    )


def add_companies(store: Store) -> None:
    """`group` calls of everybody on two days, in five companies and none, with an awkward trait of each sort."""
    rows = []
    for number in range(2 * SHOP.customers):
        company = ("a", "b", "c", "d", "茶", "")[number % 7 % 6]
        said = {**json.loads(catalogue.odd_properties(number)), "group_id": company}
        day = f"2025-{number % 5 + 7:02}-{number % 19 + 1:02} {number % 24:02}:00:00"
        text = json.dumps(said, ensure_ascii=False).replace("'", "''")
        rows.append(f"({number}, {1 + number % SHOP.customers}, TIMESTAMP '{day}', '{text}')")
    store.append_events(
        store.connect(),
        "SELECT seq, source_key, 'group' AS kind, NULL AS name, ts, TIMESTAMP '2025-12-01' AS received_at,"
        " NULL AS sent_at, NULL AS original_at, NULL AS message_hash, 1 AS source_id, NULL AS import_id,"
        " NULL AS order_id, NULL AS amount, NULL AS currency, NULL AS products, properties"
        f" FROM (VALUES {', '.join(rows)}) AS calls(seq, source_key, ts, properties)",
    )


def add_people(shop: Workspace) -> None:
    """Through the door: orders on leap days and around midnight in Shanghai, in another currency, late ones, a refund,
    two customers who turn out to be one, an import that is taken back."""
    file = shop.folder / "orders.csv"
    file.write_text("customer,time,order,amount\n王小明,2024-02-29,A1,10.5\nBob,2023-02-28,A2,\nBob,2025-03-01,A3,7\n")
    columns = {name: name for name in ("customer", "time", "order", "amount")}
    shop.collect.load_orders(file, columns=columns)
    file.write_text("customer,time,order,amount\nBob,2025-05-05,A9,5000\n")
    taken_back = shop.collect.load_orders(file, columns=columns)
    shop.collect.undo(taken_back.import_id)
    tea = {"products": [{"product_id": "茶-1", "category": "茶", "quantity": 2.5, "price": 4}, {"product_id": "x"}]}
    put(
        shop,
        "2025-12-20",
        bought("王小明", "2024-02-29T15:59:59.999999Z", "B1", 40, **tea),
        bought("王小明", "2024-02-29T16:00:00Z", "B2", 60, category="茶"),
        bought("xiaoming", "2025-11-01T00:00:00Z", "B3", 80, currency="EUR"),
        bought("xiaoming", "2025-12-31T15:59:59Z", "B4", 99),
        {"type": "track", "event": "Order Refunded", "userId": "xiaoming", "timestamp": "2025-12-02T00:00:00Z",
         "messageId": "r1", "properties": {"order_id": "B1", "total": 15, "currency": "CNY"}},
    )  # fmt: skip
    put(shop, "2025-12-30", {"type": "alias", "previousId": "xiaoming", "userId": "王小明", "messageId": "a1",
                             "timestamp": "2025-12-29T00:00:00Z"})  # fmt: skip


def bought(user: str, at: str, order: str, total: float, **more: Any) -> dict[str, Any]:
    """An order."""
    properties = {"order_id": order, "total": total, "currency": "CNY", **more}
    return {"type": "track", "event": "Order Completed", "userId": user, "timestamp": at, "messageId": order,
            "properties": properties}  # fmt: skip


def put(shop: Workspace, received: str, *calls: dict[str, Any]) -> None:
    """Receive calls on a day."""
    at = datetime.fromisoformat(f"{received}T00:00:00+00:00")
    source = shop.collect.sources.named("Till", "tenure", at)
    shop.collect.inbox.put(source, "record", json.dumps({"batch": calls}).encode(), at)
    shop.collect.drain_all()
