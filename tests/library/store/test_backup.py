"""A backup of a running installation holds everything acknowledged before it began, and tells when it was damaged."""

import os
import shutil
import sqlite3
import struct
import threading
import time
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tenure.collect.database import open_database
from tenure.collect.inbox import Inbox
from tenure.errors import StoreError, UsageError
from tenure.settings import Settings
from tenure.store import Store, backup

EVENT = (
    "SELECT range AS seq, 1 + range % {keys} AS source_key, 'track' AS kind, 'Order Completed' AS name,"
    " TIMESTAMP '2026-01-01' + INTERVAL (range) HOUR AS ts, TIMESTAMP '2026-01-02' AS received_at, NULL AS sent_at,"
    " NULL AS original_at, range AS message_hash, 1 AS source_id, NULL AS import_id, 'o' || range AS order_id,"
    " 1000 AS amount, 'CNY' AS currency, NULL AS products, '{{}}' AS properties FROM range({events})"
)


@dataclass(frozen=True)
class Shop:
    folder: Path
    settings: Settings


def add_events(store: Store, events: int, positions: dict[str, int] | None = None) -> None:
    con = store.connect()
    store.append_events(con, EVENT.format(keys=3, events=events), positions)
    con.close()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A workspace folder with three customers, ten events, an application database and an inbox."""
    made = Shop(tmp_path / "shop", Settings(company="Lin's tea", zone="Asia/Shanghai", currency="CNY"))
    (made.folder / "definitions" / "segments").mkdir(parents=True)
    made.settings.save(made.folder)
    (made.folder / "secret").touch(mode=0o600)
    (made.folder / "secret").write_text("5e" * 32)
    store = Store(made.folder / "store", made.settings)
    con = store.connect()
    named = "SELECT 'external' AS kind, 'c' || range AS value, range AS value_hash FROM range(3)"
    store.append_identifiers(con, named)
    con.close()
    add_events(store, 10)
    with closing(sqlite3.connect(made.folder / "app.sqlite3")) as app:
        app.execute("PRAGMA journal_mode=WAL")
        app.execute("CREATE TABLE profile (id INTEGER PRIMARY KEY, name TEXT)")
        app.execute("INSERT INTO profile VALUES (1, 'Wang Fang')")
        app.commit()
    Inbox(open_database(made.folder)).put(1, "/v1/track", b"{}", datetime.now(UTC))
    (made.folder / "definitions" / "segments" / "own.yml").write_text("own: true\n")
    return made


def secret_of(shop: Shop) -> str:
    return (shop.folder / "secret").read_text()


def test_it_restores_everything_into_an_empty_place(shop: Shop, tmp_path: Path) -> None:
    manifest = backup.create(shop.folder, tmp_path / "b.zip")
    assert manifest.counts["store/raw_events"] == 10
    assert manifest.counts["app.sqlite3/profile"] == 1
    backup.restore(tmp_path / "b.zip", tmp_path / "again", secret=secret_of(shop))
    report = backup.verify(tmp_path / "again")
    assert report.findings == []
    same = {name: rows for name, rows in manifest.counts.items() if name in report.counts}
    assert same == {name: report.counts[name] for name in same}
    assert len(same) == len(manifest.counts)
    assert (tmp_path / "again/definitions/segments/own.yml").read_text() == "own: true\n"
    assert (tmp_path / "again/secret").stat().st_mode & 0o077 == 0


def test_it_is_readable_by_its_owner_alone_and_never_overwrites(shop: Shop, tmp_path: Path) -> None:
    backup.create(shop.folder, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="exists already"):
        backup.create(shop.folder, tmp_path / "b.zip")
    assert list((shop.folder / "tmp").glob("backup-*")) == []


@pytest.mark.thorough
def test_it_holds_the_secret_only_when_asked(shop: Shop, tmp_path: Path) -> None:
    backup.create(shop.folder, tmp_path / "without.zip")
    backup.create(shop.folder, tmp_path / "plain.zip", with_secret=True)
    backup.create(shop.folder, tmp_path / "locked.zip", passphrase="a short sentence")
    for name in ("without.zip", "locked.zip"):
        with zipfile.ZipFile(tmp_path / name) as packed:
            assert all(secret_of(shop).encode() not in packed.read(member) for member in packed.namelist())
    backup.restore(tmp_path / "plain.zip", tmp_path / "one")
    backup.restore(tmp_path / "locked.zip", tmp_path / "two", passphrase="a short sentence")
    assert secret_of(shop) == (tmp_path / "one/secret").read_text() == (tmp_path / "two/secret").read_text()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "does not hold"),
        pytest.param({"secret": "00" * 32}, "another workspace", marks=pytest.mark.thorough),
        pytest.param({"secret": "tea"}, "content of", marks=pytest.mark.thorough),
    ],
)
def test_a_wrong_secret_fails_in_words_and_leaves_nothing(
    shop: Shop, tmp_path: Path, given: dict[str, str], told: str
) -> None:
    backup.create(shop.folder, tmp_path / "b.zip")
    with pytest.raises(UsageError, match=told):
        backup.restore(tmp_path / "b.zip", tmp_path / "again", **given)
    assert not (tmp_path / "again").exists()


def test_a_wrong_passphrase_fails_in_words(shop: Shop, tmp_path: Path) -> None:
    backup.create(shop.folder, tmp_path / "b.zip", passphrase="right")
    with pytest.raises(UsageError, match="passphrase is not"):
        backup.restore(tmp_path / "b.zip", tmp_path / "again", passphrase="wrong")


def test_a_flipped_bit_in_the_backup_is_reported_and_not_restored(shop: Shop, tmp_path: Path) -> None:
    backup.create(shop.folder, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as packed:
        info = next(info for info in packed.infolist() if info.filename.endswith(".parquet"))
        at = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    content = bytearray((tmp_path / "b.zip").read_bytes())
    content[at] ^= 1
    (tmp_path / "b.zip").write_bytes(content)
    assert [finding.problem.split()[0] for finding in backup.check(tmp_path / "b.zip").findings] == [info.filename]
    with pytest.raises(StoreError, match="nothing was restored"):
        backup.restore(tmp_path / "b.zip", tmp_path / "again", secret=secret_of(shop))
    assert not (tmp_path / "again").exists()


def test_a_flipped_bit_in_any_file_of_a_backup_is_noticed(shop: Shop, tmp_path: Path) -> None:
    backup.create(shop.folder, tmp_path / "b.zip")
    whole = (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "b.zip") as packed:
        members = packed.infolist()
    for info in members:
        name, extra = struct.unpack("<HH", whole[info.header_offset + 26 : info.header_offset + 30])
        start = info.header_offset + 30 + name + extra
        changed = bytearray(whole)
        changed[start + info.compress_size // 2] ^= 0x10
        (tmp_path / "c.zip").write_bytes(changed)
        if info.filename == "manifest.json":
            with pytest.raises(UsageError, match="manifest"):
                backup.check(tmp_path / "c.zip")
        else:
            assert not backup.check(tmp_path / "c.zip").sound, info.filename


def test_a_file_that_is_no_backup_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    with pytest.raises(UsageError, match="not a Tenure backup"):
        backup.check(tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as packed:
        packed.writestr("manifest.json", '{"files": {"../../evil": {"size": 1, "sha256": "0"}}}')
    with pytest.raises(UsageError, match="manifest"):
        backup.restore(tmp_path / "y.zip", tmp_path / "again")


def test_it_does_not_restore_over_something(shop: Shop, tmp_path: Path) -> None:
    backup.create(shop.folder, tmp_path / "b.zip")
    with pytest.raises(UsageError, match="not empty"):
        backup.restore(tmp_path / "b.zip", shop.folder, secret=secret_of(shop))


def test_verify_names_a_file_that_is_missing_short_or_altered(shop: Shop) -> None:
    assert backup.verify(shop.folder).findings == []
    file = next((shop.folder / "store/events_tail").glob("*.parquet"))
    whole = file.read_bytes()
    file.write_bytes(whole[:60] + bytes([whole[60] ^ 4]) + whole[61:])
    assert any("altered" in finding.problem for finding in backup.verify(shop.folder).findings)
    with pytest.raises(StoreError, match="altered"):
        backup.create(shop.folder, shop.folder.parent / "bad.zip")
    assert not (shop.folder.parent / "bad.zip").exists()
    file.write_bytes(whole[:-9])
    assert any("bytes where" in finding.problem for finding in backup.verify(shop.folder).findings)
    file.unlink()
    assert any("is missing" in finding.problem for finding in backup.verify(shop.folder).findings)


def test_verify_names_a_damaged_database_and_a_bare_secret(shop: Shop) -> None:
    path = shop.folder / "app.sqlite3"
    with closing(sqlite3.connect(path)) as app:
        app.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[4096:4200] = b"\xff" * 104
    path.write_bytes(content)
    (shop.folder / "secret").chmod(0o644)
    assert {finding.part for finding in backup.verify(shop.folder).findings} >= {"app.sqlite3", "secret"}


def test_verify_notices_a_store_that_is_ahead_of_its_inbox(shop: Shop) -> None:
    name = Inbox(open_database(shop.folder)).name
    add_events(Store(shop.folder / "store", shop.settings), 1, {name: 7})
    assert [finding.part for finding in backup.verify(shop.folder).findings] == ["inbox.sqlite3"]


@pytest.mark.thorough
def test_what_was_acknowledged_before_is_inside_while_others_write_load_and_compact(shop: Shop, tmp_path: Path) -> None:
    """The loader's own order: append to the store with the position, then forget the request."""
    inbox, ended = Inbox(open_database(shop.folder)), threading.Event()
    acknowledged, failures = [0], []

    def accept() -> None:
        while not ended.is_set():
            inbox.put(1, "/v1/track", b"{}", datetime.now(UTC))
            acknowledged[0] += 1

    def load() -> None:
        store, rounds = Store(shop.folder / "store", shop.settings), 0
        try:
            while not ended.is_set():
                after = store.position(inbox.name)
                taken = inbox.take(after, 50)
                if not taken:
                    time.sleep(0.002)
                    continue
                upto = taken[-1].id
                add_events(store, len(taken), {inbox.name: upto})
                inbox.remove(upto)
                rounds += 1
                if rounds % 10 == 0:
                    store.compact()
                    store.tables["events_tail"].vacuum(hours=0)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=accept), threading.Thread(target=load)]
    for thread in threads:
        thread.start()
    try:
        for number in range(4):
            time.sleep(0.3)
            before = acknowledged[0]
            backup.create(shop.folder, tmp_path / f"{number}.zip")
            _inside(shop, tmp_path, number, before)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert failures == []


def _inside(shop: Shop, tmp_path: Path, number: int, before: int) -> None:
    """Restored, the requests that wait and the events that are loaded make up all that was acknowledged, once each."""
    folder = tmp_path / f"again{number}"
    backup.restore(tmp_path / f"{number}.zip", folder, secret=secret_of(shop))
    report = backup.verify(folder)
    assert report.findings == []
    inbox, store = Inbox(open_database(folder)), Store(folder / "store", shop.settings)
    waiting = inbox.take(store.position(inbox.name), 1_000_000)
    loaded = report.counts["store/raw_events"] - 10
    assert loaded + len(waiting) >= before + 1
    assert loaded == store.position(inbox.name)
    assert loaded + len(waiting) == report.counts["inbox taken in"]
    shutil.rmtree(folder)


def test_what_a_killed_backup_left_behind_is_swept_away(shop: Shop, tmp_path: Path) -> None:
    for name, age in (("backup-old", 2 * 24 * 3600), ("backup-now", 0)):
        (shop.folder / "tmp" / name).mkdir(parents=True)
        os.utime(shop.folder / "tmp" / name, (time.time() - age,) * 2)
    backup.create(shop.folder, tmp_path / "b.zip")
    assert [path.name for path in (shop.folder / "tmp").glob("backup-*")] == ["backup-now"]
