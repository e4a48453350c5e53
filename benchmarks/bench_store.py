"""Appending, reading one customer, and moving the tail into the body."""

import shutil
import tempfile
from pathlib import Path

import duckdb

from benchmarks import shops
from benchmarks.bench_features import plain_duckdb
from benchmarks.measure import watch
from tenure.samples import Shop, say, to_store
from tenure.settings import Settings
from tenure.store import Store
from tenure.store.tables import BUCKETS, EVENT_COLUMNS
from tenure.workspace import Workspace

BATCHES, EACH = 50, 2_000
ABSENT = {
    "sent_at": "TIMESTAMP",
    "original_at": "TIMESTAMP",
    "message_hash": "BIGINT",
    "source_id": "INTEGER",
    "import_id": "INTEGER",
}


def _fresh(name: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=shops.cache()))
    (folder / "store").mkdir()
    return folder


def _rows(con: duckdb.DuckDBPyConnection, customers: int = 5_000) -> None:
    """A table `sample` of events as the store takes them."""
    say(con, Shop(customers=customers).block(0), personal=False)
    nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in ABSENT.items())
    con.execute(f"CREATE TEMP TABLE ready AS SELECT seq + 1 AS source_key, *, {nothing} FROM sample")


def append(_folder: str) -> int:
    """Tenure: 50 batches of 2,000 events, each one commit with its position."""
    folder = _fresh("append")
    store = Store(folder / "store", Settings())
    con = store.connect()
    _rows(con)
    with watch():
        for number in range(BATCHES):
            part = f"SELECT * FROM ready WHERE seq >= {number * EACH} AND seq < {(number + 1) * EACH}"
            store.append_events(con, part, {"bench": number + 1})
    count = store.snapshot().connect().execute("SELECT count(*) FROM events").fetchall()[0][0]
    shutil.rmtree(folder)
    return int(count)


def append_plain(_folder: str) -> int:
    """Plain DuckDB: the same batches as transactions into a database file that no other process may read meanwhile."""
    folder = _fresh("append")
    con = duckdb.connect(folder / "plain.duckdb")
    _rows(con)
    columns = [name for name in EVENT_COLUMNS if name not in ("ingest_id", "bucket")]
    con.execute(f"CREATE TABLE events AS SELECT 0::BIGINT AS ingest_id, {', '.join(columns)} FROM ready LIMIT 0")
    with watch():
        for number in range(BATCHES):
            con.execute(
                f"INSERT INTO events SELECT seq, {', '.join(columns)} FROM ready"
                f" WHERE seq >= {number * EACH} AND seq < {(number + 1) * EACH}"
            )
    count = con.execute("SELECT count(*) FROM events").fetchall()[0][0]
    con.close()
    shutil.rmtree(folder)
    return int(count)


def _somebody(workspace: Workspace) -> int:
    """A customer of one identifier."""
    con = workspace.store.snapshot().connect()
    alone = "SELECT min(source_key) FROM identifiers WHERE source_key NOT IN (SELECT source_key FROM id_map)"
    key = con.execute(f"{alone} AND source_key NOT IN (SELECT customer_key FROM id_map)").fetchall()[0][0]
    con.close()
    return int(key)


def one_customer(folder: str) -> int:
    """Tenure: all events of one customer, only its bucket is read."""
    workspace = shops.opened(folder)
    key = _somebody(workspace)
    with watch():
        con = workspace.connect_for([key])
        count = con.execute(f"SELECT count(*) FROM events WHERE customer_key = {key}").fetchall()[0][0]
    return int(count)


def one_customer_plain(folder: str) -> int:
    """Plain DuckDB: the same from all Parquet files."""
    workspace = shops.opened(folder)
    con, events, key = plain_duckdb(), shops.parquet(workspace), _somebody(workspace)
    with watch():
        count = con.execute(f"SELECT count(*) FROM read_parquet({events}) WHERE source_key = {key}").fetchall()[0][0]
    return int(count)


def compact(_folder: str) -> int:
    """Tenure: move a tail of about 460,000 events into the bucketed body."""
    folder = _fresh("compact")
    store = Store(folder / "store", Settings())
    to_store(Shop(customers=20_000), store)
    with watch():
        store.compact()
    count = store.snapshot().connect().execute("SELECT count(*) FROM events").fetchall()[0][0]
    shutil.rmtree(folder)
    return int(count)


def compact_plain(_folder: str) -> int:
    """Plain DuckDB: write the same rows as Parquet, partitioned alike."""
    folder = _fresh("compact")
    store = Store(folder / "store", Settings())
    to_store(Shop(customers=20_000), store)
    tail = shops.listed(store.snapshot().pins["events_tail"].files)
    con = plain_duckdb()
    target = folder / "plain"
    with watch():
        con.execute(
            f"COPY (SELECT * FROM read_parquet({tail}) ORDER BY source_key % {BUCKETS}, ingest_id)"
            f" TO '{target}' (FORMAT parquet, PARTITION_BY (bucket), COMPRESSION zstd)"
        )
    count = con.execute(f"SELECT count(*) FROM read_parquet('{target}/*/*.parquet')").fetchall()[0][0]
    shutil.rmtree(folder)
    return int(count)
