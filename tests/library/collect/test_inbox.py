"""The durable inbox."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from tenure.collect import Full, Refused, Unavailable
from tenure.collect.database import Sqlite
from tenure.collect.inbox import Inbox
from tests.library.collect.conftest import NOW, Shop

sqlite_only = pytest.mark.skipif(bool(os.environ.get("TENURE_DATABASE_URL")), reason="about the SQLite file")


@sqlite_only
def test_a_commit_is_on_the_disk_when_it_returns(shop: Shop, workspace: Any) -> None:
    connection = shop.collect.database._connection()  # type: ignore[attr-defined]
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert (workspace.folder / "inbox.sqlite3").stat().st_mode & 0o777 == 0o600


def test_requests_come_out_in_the_order_they_went_in(shop: Shop) -> None:
    for number in range(5):
        shop.collect.inbox.put(1, "track", str(number).encode(), NOW)
    taken = shop.collect.inbox.take(0, 3)
    assert [request.body for request in taken] == [b"0", b"1", b"2"]
    shop.collect.inbox.remove(taken[-1].id)
    shop.collect.inbox.put(1, "track", b"5", NOW)
    assert [request.body for request in shop.collect.inbox.take(taken[-1].id, 9)] == [b"3", b"4", b"5"]


@pytest.mark.skipif(not os.environ.get("TENURE_DATABASE_URL"), reason="SQLite gives ids in the order of commits")
def test_a_commit_that_comes_late_is_not_passed_over(shop: Shop) -> None:
    import psycopg

    statement = "INSERT INTO collect.inbox (received_at, source_id, endpoint, body) VALUES (0, 1, 'track', %s)"
    with psycopg.connect(os.environ["TENURE_DATABASE_URL"]) as slow:
        slow.execute(statement, [b"late"])
        shop.collect.inbox.put(1, "track", b"early", NOW)
        (early,) = shop.collect.inbox.take(0, 9)
        shop.collect.inbox.remove(early.id)
    (late,) = shop.collect.inbox.take(early.id, 9)
    assert (early.body, late.body) == (b"early", b"late")


def test_many_threads_share_commits_and_lose_nothing(shop: Shop) -> None:
    def send(name: int) -> None:
        for number in range(20):
            shop.collect.inbox.put(1, "track", f"{name}:{number}".encode(), NOW)

    threads = [threading.Thread(target=send, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({request.body for request in shop.collect.inbox.take(0, 1000)}) == 160


def test_it_hands_out_no_more_than_fits_into_memory(shop: Shop) -> None:
    for _ in range(3):
        shop.collect.inbox.put(1, "track", b"x" * 12_000_000, NOW)
    taken = shop.collect.inbox.take(0, 9)
    assert len(taken) == 1
    assert len(shop.collect.inbox.take(taken[0].id, 9)) == 1


def test_a_full_inbox_turns_requests_away_and_takes_them_again_later(shop: Shop) -> None:
    shop.collect.inbox._depth = 2
    shop.collect.inbox.put(1, "track", b"{}", NOW)
    shop.collect.inbox.put(1, "track", b"{}", NOW)
    with pytest.raises(Full):
        shop.collect.inbox.put(1, "track", b"{}", NOW)
    shop.collect.inbox.remove(shop.collect.inbox.take(0, 1)[0].id)
    shop.collect.inbox.put(1, "track", b"{}", NOW)
    assert shop.collect.waiting() == 2


@sqlite_only
def test_a_locked_or_broken_file_is_said_and_recovers(tmp_path: Path) -> None:
    database = Sqlite(tmp_path / "inbox.sqlite3")
    inbox = Inbox(database)
    database._connection().execute("PRAGMA busy_timeout=50")
    other = Sqlite(tmp_path / "inbox.sqlite3")._connection()
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        inbox.put(1, "track", b"{}", NOW)
    other.execute("ROLLBACK")
    inbox.put(1, "track", b"{}", NOW)
    assert inbox.depth() == 1
    database._connection().execute("PRAGMA max_page_count=1")
    with pytest.raises(Unavailable):
        inbox.put(1, "track", b"x" * 100_000, NOW)


def test_a_write_key_lets_in_until_it_is_revoked(shop: Shop) -> None:
    (key,) = shop.collect.sources.keys()
    assert key.last_four == shop.key[-4:]
    assert shop.collect.sources.of_key(shop.key) == key.source_id
    assert shop.collect.sources.of_key("\ud800nonsense") is None
    shop.collect.sources.revoke_key(key.id, NOW)
    with pytest.raises(Refused) as caught:
        shop.send({"type": "track"})
    assert caught.value.code == "no_key"
    assert [source.name for source in shop.collect.sources.all()] == ["site"]


def test_the_key_itself_is_nowhere_on_the_disk(shop: Shop, workspace: Any) -> None:
    held = b"".join(path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file())
    assert shop.key.encode() not in held
