"""Simulated shops in a store, made once and kept in a cache folder (TENURE_BENCH_CACHE, else .benchmarks)."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

import tenure
from tenure.samples import Shop, to_store
from tenure.workspace import Workspace

LAYOUT = 1
"""Rises when the shop or the store's layout changes, so that old caches are not used."""


def cache() -> Path:
    """Where prepared data is kept."""
    return Path(os.environ.get("TENURE_BENCH_CACHE", ".benchmarks")).resolve()


def prepared(customers: int | str) -> Path:
    """A workspace with a simulated shop of so many customers, about 23 events each, in the body of the store."""
    customers = int(customers)
    folder = cache() / f"shop-{customers}-{LAYOUT}"
    if (folder / "ready").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    workspace = tenure.init(folder, zone="Asia/Shanghai", currency="CNY", clock="2026-01-01T08:00:00")
    with tqdm(
        total=1.0, desc=f"making a shop of {customers:,} customers", bar_format="{desc} {percentage:3.0f}%"
    ) as bar:
        to_store(Shop(customers=customers), workspace.store, lambda share: bar.update(share - bar.n))
    workspace.store.compact()
    (folder / "ready").touch()
    return folder


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
