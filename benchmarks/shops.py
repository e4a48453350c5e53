"""Simulated shops in a store, made once and kept in a cache folder (TENURE_BENCH_CACHE, else .benchmarks)."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

import tenure
from tenure.samples import Shop, to_store
from tenure.store import BODY_ORDER, BUCKETS, TABLES, Store
from tenure.workspace import Workspace

MILLION = 1_000_000
LAYOUT = 2
"""Rises when the shop or the store's layout changes, so that old caches are not used."""


def cache() -> Path:
    """Where prepared data is kept."""
    return Path(os.environ.get("TENURE_BENCH_CACHE", ".benchmarks")).resolve()


def prepared(customers: int | str) -> Path:
    """A workspace with a simulated shop of so many customers, about 23 events each, in the body of the store.

    Several millions are one million several times over; a shop of the layout before is copied into the present one.
    """
    customers = int(customers)
    if customers > MILLION and customers % MILLION == 0:
        return multiplied(MILLION, customers // MILLION)
    folder = cache() / f"shop-{customers}-{LAYOUT}"
    if (folder / "ready").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    workspace = _empty(folder)
    if (earlier := cache() / f"shop-{customers}-{LAYOUT - 1}" / "ready").exists():
        _copy(opened(str(earlier.parent)).store, workspace.store, 0)
        (folder / "ready").touch()
        return folder
    with tqdm(
        total=1.0, desc=f"making a shop of {customers:,} customers", bar_format="{desc} {percentage:3.0f}%"
    ) as bar:
        to_store(Shop(customers=customers), workspace.store, lambda share: bar.update(share - bar.n))
    workspace.store.compact()
    (folder / "ready").touch()
    return folder


def multiplied(customers: int | str, times: int | str) -> Path:
    """A shop of `customers` so many times over, each time with keys, ids and orders of its own: growth costs no making.

    Copied in a stream, one copy after the other, straight into the body of the store.
    """
    source, times = prepared(customers), int(times)
    folder = cache() / f"shop-{int(customers) * times}-of-{times}-{LAYOUT}"
    if (folder / "ready").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    target = _empty(folder).store
    for turn in tqdm(range(times), desc=f"copying a shop of {int(customers):,} customers"):
        _copy(opened(str(source)).store, target, turn)
    (folder / "ready").touch()
    return folder


def _empty(folder: Path) -> Workspace:
    return tenure.init(folder, zone="Asia/Shanghai", currency="CNY", clock="2026-01-01T08:00:00")


def _copy(source: Store, target: Store, turn: int) -> None:
    """The shop's tables once more. Keys move by a multiple of the buckets, so every event stays in its bucket."""
    con = source.snapshot().connect()
    keys, events = con.execute(
        "SELECT (SELECT max(source_key) FROM identifiers), (SELECT max(ingest_id) FROM raw_events)"
    ).fetchall()[0]
    key, event = -(-keys // BUCKETS) * BUCKETS * turn, events * turn
    moved = {"source_key": key, "customer_key": key, "a_key": key, "b_key": key, "ingest_id": event}
    rest = {"value": f"value || '-{turn}'", "value_hash": f"CAST(hash(value_hash + {turn}) // 2 AS BIGINT)"}
    rest |= {"order_id": f"order_id || '-{turn}'", "revision": f"CAST({turn + 1} AS BIGINT)"}
    for table, view, positions, order in (
        ("identifiers", "identifiers", {"source_key": keys + key}, "source_key"),
        ("links", "links", {}, "a_key"),
        ("id_map", "id_map", {"revision": turn + 1}, "source_key"),
        ("events_body", "raw_events", {"ingest": events + event}, BODY_ORDER),
    ):
        told = ", ".join(
            f"{name} + {moved[name]} AS {name}" if name in moved else f'{rest.get(name, _quoted(name))} AS "{name}"'
            for name in TABLES[table].columns
        )
        target.tables[table].append(con.sql(f"SELECT {told} FROM {view} ORDER BY {order}"), positions)
    con.close()


def _quoted(name: str) -> str:
    return f'"{name}"'


def opened(folder: str) -> Workspace:
    """The workspace of a prepared shop."""
    return tenure.open(folder)


def listed(paths: Iterable[str]) -> str:
    """Files as DuckDB's read_parquet wants them."""
    return "[" + ", ".join(f"'{path}'" for path in paths) + "]"


def files(workspace: Workspace, table: str) -> str:
    """The files of one table."""
    return listed(workspace.store.snapshot().pins[table].files)


def parquet(workspace: Workspace) -> str:
    """The files of the events: for plain DuckDB. Everything stands in the body, or everything in the tail."""
    pins = workspace.store.snapshot().pins
    return listed(pins["events_body"].files or pins["events_tail"].files)
