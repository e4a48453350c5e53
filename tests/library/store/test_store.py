"""The store: appended once, moved without a gap, read by other processes while it is written."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from tenure.errors import StoreError
from tenure.settings import Settings
from tenure.store import Held, Store
from tests.databases import own
from tests.examples import examples

COLUMNS = (
    "NULL AS received_at, NULL AS sent_at, NULL AS original_at, NULL AS message_hash, 1 AS source_id,"
    " NULL AS import_id, 'o' || range AS order_id, 100 AS amount, 'GBP' AS currency, NULL AS products,"
    " '{}' AS properties"
)


FEW = "[3, 35, 67, 40, 5][range % 5 + 1]"  # five customers; three are of one bucket


def orders(first: int, count: int, customer: str = "range % 100 + 1") -> str:
    """A query for orders numbered from `first`, spread over a hundred customers, who are in all 32 buckets."""
    return (
        f"SELECT range AS seq, {customer} AS source_key, 'track' AS kind, 'Order Completed' AS name,"
        f" TIMESTAMP '2023-01-01' + INTERVAL (range) HOUR AS ts, {COLUMNS} FROM range({first}, {first + count})"
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    (tmp_path / "store").mkdir()
    return Store(tmp_path / "store", Settings(zone="Europe/London", currency="GBP"))


def seen(store: Store) -> tuple[int, int, int]:
    """(events, different events, sum of amounts) of the newest snapshot."""
    con = store.snapshot().connect()
    return con.execute("SELECT count(*), count(DISTINCT ingest_id), sum(amount) FROM events").fetchall()[0]


def test_it_gives_ingest_ids_in_order_and_remembers_positions(store: Store) -> None:
    con = store.connect()
    assert store.append_events(con, orders(0, 10), {"inbox": 4}) == range(1, 11)
    assert store.append_events(con, orders(10, 5), {"inbox": 6}) == range(11, 16)
    assert (store.position("inbox"), store.last_ingest()) == (6, 15)
    assert seen(store) == (15, 15, 1500)


def test_compaction_moves_every_event_once_and_old_snapshots_stay_readable(store: Store) -> None:
    con = store.connect()
    store.append_events(con, orders(0, 500, FEW))
    before = store.snapshot().connect()
    store.compact()
    store.append_events(con, orders(500, 20, FEW))
    assert seen(store) == (520, 520, 52_000)
    assert before.execute("SELECT count(*) FROM events").fetchall() == [(500,)]
    store.compact()
    assert seen(store) == (520, 520, 52_000)


def test_a_few_customers_are_read_from_their_buckets_only(store: Store) -> None:
    con = store.connect()
    store.append_events(con, orders(0, 1000))
    store.compact()
    reader = store.connect()
    assert store.snapshot().attach_few(reader, {5}) == {5}
    assert reader.execute("SELECT count(*) FROM events WHERE source_key = 5").fetchall() == [(10,)]
    assert reader.execute("SELECT count(*) FROM events").fetchall()[0][0] < 100


def test_the_body_holds_orders_together_and_its_times_as_differences(store: Store) -> None:
    con = store.connect()
    store.append_events(con, orders(0, 600, FEW))
    store.append_events(con, orders(600, 600, FEW).replace("'Order Completed'", "'Page Viewed'"))
    store.compact()
    names = set()
    for file in store.snapshot().pins["events_body"].files:
        rows = (
            "SELECT name, source_key, ingest_id FROM read_parquet(?, file_row_number = true) ORDER BY file_row_number"
        )
        found = con.execute(rows, [file]).fetchall()
        assert found == sorted(found)
        names |= {name for name, *_ in found}
        told = con.execute("SELECT encodings FROM parquet_metadata(?) WHERE path_in_schema = 'ts'", [file]).fetchall()
        assert all("DELTA_BINARY_PACKED" in encodings for (encodings,) in told)
    assert names == {"Order Completed", "Page Viewed"}


def test_retracted_events_and_imports_are_not_seen_and_come_back(store: Store) -> None:
    con = store.connect()
    store.append_events(con, orders(0, 10).replace("NULL AS import_id", "range // 5 + 1 AS import_id"))
    store.append("retractions", con, "SELECT 'event' AS kind, 1 AS id, 'x' AS cause, now() AS at")
    store.append("retractions", con, "SELECT 'import' AS kind, 2 AS id, 'x' AS cause, now() AS at")
    assert seen(store)[0] == 4
    store.compact()
    assert seen(store)[0] == 4
    store.tables["retractions"].delete("kind = 'import'")
    assert seen(store)[0] == 9


def test_amounts_in_another_currency_are_no_revenue(store: Store) -> None:
    con = store.connect()
    store.append_events(con, orders(0, 4))
    store.append_events(con, orders(4, 3).replace("'GBP'", "'EUR'"))
    assert seen(store) == (7, 7, 400)
    found = store.snapshot().connect().execute("SELECT sum(original_amount) FROM events").fetchall()
    assert found == [(700,)]


def test_a_connection_reads_nothing_outside_the_store(store: Store, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a\n1\n")
    with own():
        con = store.snapshot().connect()
    with pytest.raises(duckdb.Error):
        con.execute(f"SELECT * FROM read_csv('{tmp_path / 'other.csv'}')").fetchall()
    with pytest.raises(duckdb.Error):
        con.execute("ATTACH ':memory:' AS x; COPY (SELECT 1) TO '/tmp/tenure-leak.csv'").fetchall()


def test_tables_never_written_are_empty_and_have_their_columns(store: Store) -> None:
    store.append_events(store.connect(), orders(0, 3))
    snapshot, attached = store.snapshot(), store.connect()
    snapshot.attach(attached)
    shown = snapshot.connect()
    names = [
        row[0]
        for row in attached.execute("SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal").fetchall()
    ]
    assert {"costs", "refunds", "risk_history", "value_scores", "events"} <= {*names}
    for name in names:
        assert shown.execute(f"DESCRIBE {name}").fetchall() == attached.execute(f"DESCRIBE {name}").fetchall()
        assert shown.execute(f"SELECT * FROM {name}").fetchall() == attached.execute(f"SELECT * FROM {name}").fetchall()
    with pytest.raises(duckdb.CatalogException):  # whoever asked for other tables alone is not told "none"
        snapshot.connect("imports").execute("SELECT * FROM costs")


def test_two_writers_of_one_position_cannot_both_commit(store: Store) -> None:
    con = store.connect()
    store.append_events(con, orders(0, 3), {"inbox": 1})
    late = Store(store.root, store.settings)
    late.tables["events_tail"].handle()
    store.append_events(con, orders(3, 3), {"inbox": 2})
    tail = late.tables["events_tail"]
    columns = ", ".join(f'"{name}"' for name in tail.spec.columns)
    rows = store.snapshot().connect().sql(f"SELECT {columns} FROM raw_events LIMIT 1")
    with pytest.raises(StoreError):
        tail.append(rows, {"inbox": 2, "ingest": 6})


READER = """
import sys, time
from pathlib import Path
from tenure.settings import Settings
from tenure.store import Store
store = Store(Path(sys.argv[1]), Settings(zone="Europe/London", currency="GBP"))
worst, reads, before, end = "", 0, 0, time.time() + float(sys.argv[2])
while time.time() < end and not (Path(sys.argv[1]) / "stop").exists():
    snapshot = store.snapshot()
    total, different, last = snapshot.connect().execute(
        "SELECT count(*), count(DISTINCT ingest_id), coalesce(max(ingest_id), 0) FROM events"
    ).fetchall()[0]
    if not total == different == last:
        worst = f"saw {total} events, {different} different, last {last}"
    if total < before:
        worst = f"saw {before} events and then {total}"
    before = total
    reads += 1
print(reads, worst)
"""


def batches(store: Store, count: int, each: int, seconds: int) -> dict[str, int]:
    """Append so many small batches as a worker would, corrections too, while another process reads over and over.

    Returns the most files that each table ever had.
    """
    con = store.connect()
    store.append_events(con, orders(0, each))
    command = [sys.executable, "-c", READER, str(store.root), str(seconds)]
    reader = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    most: Counter[str] = Counter()
    for step in range(1, count):
        store.append_events(con, orders(step * each, each), {"inbox": step})
        store.append("retractions", con, f"SELECT 'event' AS kind, {-step} AS id, 'inbox' AS cause, now() AS \"at\"")
        if step % 10 == 0:
            for name, table in store.tables.items():
                most[name] = max(most[name], table.files())
            store.compact_if_needed()
    (store.root / "stop").touch()
    reads, _, worst = reader.communicate(timeout=60)[0].partition(" ")
    assert worst.strip() == ""
    assert int(reads) > 0
    assert seen(store) == (count * each, count * each, count * each * 100)
    return most


@pytest.mark.thorough
def test_another_process_always_sees_a_whole_state_while_this_one_writes_and_compacts(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, few in (("COMPACT_FILES", 10), ("SMALL_FILES", 10), ("BODY_FILES_PER_BUCKET", 2)):
        monkeypatch.setattr(f"tenure.store.room.{name}", few)
    most = batches(store, 60, 30, seconds=60)
    assert most["events_tail"] <= 20
    assert most["retractions"] <= 21
    assert most["events_body"] <= 32 * 3


@pytest.mark.thorough
def test_appends_go_on_while_another_thread_compacts_and_what_is_held_follows(store: Store) -> None:
    con, held, failed, steps = store.connect(), Held(store), [], examples(4, 24)
    store.append_events(con, orders(0, 40))

    def compacting() -> None:
        try:
            for _ in range(examples(2, 4)):
                store.compact()
        except Exception as error:
            failed.append(error)

    other = threading.Thread(target=compacting)
    other.start()
    for step in range(1, steps + 1):
        with store.guard:
            store.append_events(con, orders(step * 40, 40), {"inbox": step})
        mine = held.of({7: 7, 8: 8}).execute("SELECT count(*), count(DISTINCT ingest_id) FROM events").fetchall()[0]
        said = f"SELECT count(*), count(*) FROM range(0, {(step + 1) * 40}) WHERE range % 100 + 1 IN (7, 8)"
        assert mine == con.execute(said).fetchall()[0]
    other.join()
    assert failed == []
    store.compact()
    count = 40 * (steps + 1)
    assert seen(store) == (count, count, 100 * count)


@pytest.mark.thorough
def test_what_is_held_survives_compaction_and_not_the_taking_away_of_rows(store: Store) -> None:
    con, held = store.connect(), Held(store)
    for step in range(3):
        store.append_events(con, orders(step * 100, 100))
    count = "SELECT count(*) FROM events"
    assert held.of({7: 7}).execute(count).fetchall() == [(3,)]
    store.append_events(con, orders(300, 100))
    store.compact()
    assert held.of({}).execute(count).fetchall() == [(0,)]
    assert held.holds(7)
    assert held.of({7: 7}).execute(count).fetchall() == [(4,)]
    store.tables["events_body"].delete("source_key = 7")
    assert held.of({}).execute(count).fetchall() == [(0,)]
    assert not held.holds(7)
    assert held.of({7: 7}).execute(count).fetchall() == [(0,)]


@pytest.mark.parametrize("picked", [0, 10**9])
def test_read_through_or_picked_out_the_body_gives_the_same_events(
    store: Store, monkeypatch: pytest.MonkeyPatch, picked: int
) -> None:
    monkeypatch.setattr("tenure.store.held_body.PICKED", picked)
    con, held = store.connect(), Held(store)
    store.append_events(con, orders(0, 400, FEW))
    store.compact()
    some = {key: key for key in (3, 35, 67, 40)}
    rows = "SELECT ingest_id, source_key, amount, products FROM events WHERE source_key IN (3, 35, 67, 40) ORDER BY 1"
    assert held.of(some).execute(rows).fetchall() == store.snapshot().connect().execute(rows).fetchall()
    store.append_events(con, orders(400, 100, FEW))
    store.compact()  # other files: what was kept of the first ones must not be asked
    assert held.of(some | {5: 5}).execute("SELECT count(*) FROM events").fetchall() == [(500,)]


@pytest.mark.soak
def test_ten_thousand_micro_batches_keep_the_files_few(store: Store) -> None:
    most = batches(store, 10_000, 3, seconds=7200)
    assert most["events_tail"] <= 160
    assert most["retractions"] <= 160
    assert most["events_body"] <= 32 * 13
    assert sum(1 for path in store.root.rglob("*.parquet")) < 3 * sum(most.values()) + 400 * 10
