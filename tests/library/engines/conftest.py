"""One cluster and one pair of workspaces for all comparisons: the same store, computed by DuckDB and by Spark."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

import tenure
from tenure.clock import AsOf
from tenure.samples import Shop, to_store
from tenure.store import Store, keep_scores
from tenure.workspace import Workspace
from tests.library.engines import catalogue
from tests.library.engines.cluster import Cluster, why_not

SHOP = Shop(customers=420, seed=11)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A master and two workers; without pyspark or Java the comparisons are skipped, aloud."""
    if reason := why_not():
        pytest.skip(reason)
    started = Cluster()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in Shanghai with a small shop and awkward events, part compacted, part in the tail."""
    folder = tmp_path_factory.mktemp("engines") / "a shop"
    shop = tenure.init(folder, zone="Asia/Shanghai", currency="CNY", clock=SHOP.end.date().isoformat())
    (folder / "definitions" / "features" / "samples.yml").write_text(catalogue.definitions_text(), "utf-8")
    to_store(SHOP, shop.store)
    shop.store.compact()
    add_odd_events(shop.store)
    (folder / "definitions" / "lifecycles" / "care.yml").write_text(catalogue.CARE, "utf-8")
    add_scores(shop)
    return shop


@pytest.fixture(scope="session")
def on_spark(on_duckdb: Workspace, cluster: Cluster) -> Workspace:
    """The same workspace, computed on the cluster."""
    shop = tenure.open(on_duckdb.folder)
    shop._settings = on_duckdb.settings.changed(engine="spark", spark=cluster.address)
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
