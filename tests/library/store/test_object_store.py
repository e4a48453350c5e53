"""A store in an S3-compatible object store: written, read by other processes, compacted, one writer at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tenure
from tenure.errors import StoreError, UsageError
from tenure.workspace import Workspace
from tests.library.store.s3 import BUCKET, KEYS, Server, environment, why_not
from tests.library.store.test_store import orders, seen

pytestmark = pytest.mark.scale

READ = """
import json, sys, tenure
con = tenure.open(sys.argv[1]).store.snapshot().connect()
print(json.dumps(con.execute("SELECT count(*), count(DISTINCT ingest_id), sum(amount) FROM events").fetchall()[0]))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """An object store with one bucket; skipped, aloud, where it cannot be had."""
    if reason := why_not():
        pytest.skip(reason)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        started = Server()
        yield started
        started.stop()


def workspace_on(server: Server, folder: Path, name: str) -> Workspace:
    """A workspace in a folder whose facts are in the bucket, under a name."""
    return tenure.init(folder, currency="GBP", storage=f"s3://{BUCKET}/{name}", storage_endpoint=server.endpoint)


def read_elsewhere(folder: Path) -> list[int]:
    """What another process sees: (events, different events, sum of amounts)."""
    found = subprocess.run(
        [sys.executable, "-c", READ, str(folder)], env=environment(), capture_output=True, text=True, check=True
    )
    return list(json.loads(found.stdout))


def test_what_is_written_is_read_by_a_second_machine_with_nothing_of_its_own(server: Server, tmp_path: Path) -> None:
    first = workspace_on(server, tmp_path / "first", "shared")
    second = workspace_on(server, tmp_path / "second", "shared")
    first.store.append_events(first.store.connect(), orders(0, 300), {"inbox": 3})
    assert seen(second.store) == (300, 300, 30_000)
    assert read_elsewhere(tmp_path / "second") == [300, 300, 30_000]
    assert second.store.position("inbox") == 3
    assert list((tmp_path / "first" / "store").rglob("_delta_log")) == []


def test_an_import_and_a_run_give_the_same_as_in_a_folder(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    lines = [f"c{number % 40},2023-0{1 + number % 9}-11,o{number},{100 + number}" for number in range(200)]
    file.write_text("\n".join(["customer,time,order,amount", *lines]))
    columns = {name: name for name in ("customer", "time", "order", "amount")}
    answers = []
    for shop in (
        workspace_on(server, tmp_path / "remote", "imported"),
        tenure.init(tmp_path / "local", currency="GBP"),
    ):
        with shop.writing():
            shop.collect.load_orders(file, columns=columns)
            shop.run()
        answers.append((shop.stages(as_of="2023-10-01").rows, shop.segments(as_of="2023-10-01").rows))
    assert len(answers[0][0]) == 40
    assert answers[0] == answers[1]


def test_compaction_keeps_every_event_once_and_old_snapshots_readable(server: Server, tmp_path: Path) -> None:
    shop = workspace_on(server, tmp_path / "shop", "compacted")
    shop.store.append_events(shop.store.connect(), orders(0, 500))
    before = shop.store.snapshot()
    shop.store.compact()
    shop.store.append_events(shop.store.connect(), orders(500, 20))
    assert seen(shop.store) == (520, 520, 52_000)
    assert read_elsewhere(tmp_path / "shop") == [520, 520, 52_000]
    assert before.connect().execute("SELECT count(*) FROM events").fetchall() == [(500,)]


def test_a_few_customers_fetch_only_their_part_of_the_body(server: Server, tmp_path: Path) -> None:
    shop = workspace_on(server, tmp_path / "writer", "parts")
    shop.store.append_events(shop.store.connect(), orders(0, 500))
    shop.store.compact()
    reader = workspace_on(server, tmp_path / "reader", "parts")
    assert reader.connect_for([7]).execute("SELECT count(*) FROM events").fetchall() == [(5,)]
    fetched = {
        path.parent.name for path in (tmp_path / "reader" / "store" / "cache" / "events_body").rglob("*.parquet")
    }
    assert fetched == {"bucket=7"}


def test_of_two_writers_who_append_from_one_version_the_second_is_refused(server: Server, tmp_path: Path) -> None:
    ahead, stale = (workspace_on(server, tmp_path / name, "fenced") for name in ("ahead", "stale"))
    ahead.store.append_events(ahead.store.connect(), orders(0, 10))
    assert stale.store.last_ingest() == 10
    ahead.store.append_events(ahead.store.connect(), orders(10, 10))
    stale.store.tables["events_tail"].handle = lambda refresh=True: stale.store.tables["events_tail"]._handle
    with pytest.raises(StoreError, match="Another process has written"):
        stale.store.append_events(stale.store.connect(), orders(20, 10))
    assert seen(ahead.store) == (20, 20, 2000)


def test_the_writer_lock_is_one_for_all_machines(server: Server, tmp_path: Path) -> None:
    first, second = (workspace_on(server, tmp_path / name, "locked") for name in ("one", "two"))
    with first.writing():
        with pytest.raises(UsageError, match="Another Tenure process is writing"), second.writing():
            pass
        assert second.is_being_written()
    with second.writing():
        assert first.is_being_written()
