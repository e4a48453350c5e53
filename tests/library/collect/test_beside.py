"""What is written beside is there for whoever asks, whole or not at all."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from tenure.collect import failpoints
from tenure.collect.beside import Beside
from tests.library.collect.conftest import Shop

AT = {"timestamp": "2026-02-01T10:00:00Z"}
SEEN = {"type": "track", "event": "Seen", "userId": "lin", "messageId": "m1", **AT}
SEEN_LATER = {"type": "track", "event": "Seen again", "userId": "lin", "messageId": "m2", **AT}


@pytest.fixture
def file(tmp_path: Path) -> sqlite3.Connection:
    found = sqlite3.connect(tmp_path / "a.sqlite3", isolation_level=None, check_same_thread=False)
    found.execute("CREATE TABLE a (n INTEGER)")
    return found


def test_whoever_waits_finds_what_was_written_beside(file: sqlite3.Connection) -> None:
    beside, go = Beside(file), threading.Event()

    def write(own: sqlite3.Connection) -> None:
        go.wait(10)
        own.execute("INSERT INTO a VALUES (1)")

    beside.begin(write)
    go.set()
    beside.wait()
    assert file.execute("SELECT n FROM a").fetchall() == [(1,)]


def test_a_writing_that_fails_leaves_nothing_and_is_said_once(file: sqlite3.Connection) -> None:
    beside = Beside(file)

    def write(own: sqlite3.Connection) -> None:
        own.execute("INSERT INTO a VALUES (1)")
        raise OSError("The disk is full.")

    beside.begin(write)
    with pytest.raises(OSError, match="full"):
        beside.wait()
    beside.wait()
    assert file.execute("SELECT n FROM a").fetchall() == []


def test_the_next_writing_begins_after_the_one_before_has_ended(file: sqlite3.Connection) -> None:
    beside = Beside(file)
    for n in range(5):
        beside.begin(lambda own, n=n: own.execute("INSERT INTO a VALUES (?)", [n]))  # type: ignore[misc]
    beside.wait()
    assert [n for (n,) in file.execute("SELECT n FROM a ORDER BY rowid")] == [0, 1, 2, 3, 4]


def test_events_are_counted_once_though_their_message_ids_could_not_be_written(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = threading.Event()

    def fail(place: str) -> None:
        if place == "loader.indexing":
            reached.set()
            raise OSError("The disk is full.")

    monkeypatch.setattr(failpoints, "reach", fail)
    shop.load(SEEN)
    assert reached.wait(60)  # the index is written beside, which may begin late on a busy machine
    monkeypatch.undo()
    shop.send(SEEN, SEEN_LATER)
    with pytest.raises(OSError, match="full"):
        shop.collect.drain_all()
    result = shop.collect.drain_all()
    assert (result.accepted, result.duplicates) == (1, 1)
    assert shop.ask("SELECT name FROM events ORDER BY ingest_id") == [("Seen",), ("Seen again",)]
