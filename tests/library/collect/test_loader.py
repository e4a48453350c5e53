"""Loading: once each, orders replaced by newer versions, personal fields apart, the index made again at will."""

from __future__ import annotations

import os
import shutil
import sqlite3
from datetime import timedelta
from typing import Any

import duckdb
import pytest

import tenure
from tenure.collect import Batch, Happening, StagedEvent, StagedProduct, stage
from tests.library.collect.conftest import NOW, Shop, order

TASTED = {"type": "track", "userId": "lin", "event": "Tasted"}


def test_a_message_is_loaded_once_a_source(shop: Shop) -> None:
    assert shop.load({**TASTED, "messageId": "m"}, {**TASTED, "messageId": "m"}).accepted == 1
    again = shop.load({**TASTED, "messageId": "m"}, {**TASTED, "messageId": "n"})
    assert (again.accepted, again.duplicates) == (1, 1)
    other = shop.collect.sources.create_key("app", NOW)
    shop.send({**TASTED, "messageId": "m"}, key=other)
    assert shop.collect.drain().accepted == 1
    assert shop.ask("SELECT count(*) FROM events") == [(3,)]


def test_a_message_id_is_forgotten_after_a_month(shop: Shop) -> None:
    shop.load({**TASTED, "messageId": "m"})
    shop.load({**TASTED, "messageId": "n"}, at=NOW + timedelta(days=31))
    assert shop.load({**TASTED, "messageId": "m"}, at=NOW + timedelta(days=31)).accepted == 1


def test_the_same_order_with_other_content_replaces_it_and_with_the_same_adds_nothing(shop: Shop) -> None:
    at = {"timestamp": "2026-02-01T10:00:00Z"}
    assert shop.load(order("o1", 10, **at)).accepted == 1
    assert shop.load(order("o1", 10, **at)).duplicates == 1
    result = shop.load(order("o1", 12, **at))
    assert (result.accepted, result.superseded) == (1, 1)
    assert shop.ask("SELECT order_id, amount FROM events") == [("o1", 1200)]
    result = shop.load(order("o1", 13, **at), order("o1", 14, **at), order("o1", 15, **at))
    assert (result.accepted, result.superseded) == (1, 3)
    assert shop.ask("SELECT sum(amount) FROM events") == [(1500,)]


@pytest.mark.thorough
def test_parts_of_an_order_can_be_refunded_one_by_one(shop: Shop) -> None:
    def refund(total: float, minute: int) -> dict[str, Any]:
        call = order("o1", total, timestamp=f"2026-02-01T10:{minute}:00Z")
        return {**call, "event": "Order Refunded"}

    shop.load(order("o1", 10, timestamp="2026-02-01T10:00:00Z"), refund(3, 10), refund(4, 20), refund(4, 20))
    assert shop.ask("SELECT sum(amount), count(*) FROM events") == [(300, 3)]


def test_personal_fields_wait_in_the_queue_and_never_reach_the_store(shop: Shop) -> None:
    shop.load(
        {"type": "identify", "userId": "lin", "traits": {"email": "Lin@Needle.cn", "name": "林小姐", "plan": "gold"}}
    )
    fields = {field.field: field.value for field in shop.collect.personal.peek()}
    assert fields == {"email": "Lin@Needle.cn", "name": "林小姐"}
    shop.collect.personal.remove([field.id for field in shop.collect.personal.peek()])
    assert shop.collect.personal.peek() == []
    assert shop.collect.find("lin@needle.cn") == shop.person("lin")
    held = b"".join(path.read_bytes() for path in shop.collect.store.root.rglob("*") if path.is_file())
    assert b"needle" not in held.lower()
    assert "林小姐".encode() not in held


def test_events_that_are_refused_wait_in_the_dead_letter_box_and_cost_the_others_nothing(shop: Shop) -> None:
    calls = [{**TASTED, "messageId": f"m{number}"} for number in range(99)]
    result = shop.load(*calls[:50], {"type": "track", "event": "x"}, *calls[50:])
    assert (result.accepted, result.refused, dict(result.reasons)) == (99, 1, {"no_id": 1})
    assert shop.load(*calls).accepted == 0
    assert shop.collect.dead_letters.counts() == {"no_id": 1}


def test_a_refused_event_can_be_corrected_and_sent_in_again(shop: Shop) -> None:
    shop.load(TASTED, {"type": "track", "event": "Tasted"})
    (letter,) = shop.collect.dead_letters.list()
    assert "userId" not in letter.text
    assert letter.words("zh")
    shop.collect.replay(letter.id, NOW, b'{"type":"track","event":"Tasted","userId":"bob"}')
    with pytest.raises(tenure.errors.UsageError, match="already"):
        shop.collect.replay(letter.id, NOW, b'{"type":"track","event":"Tasted","userId":"bob"}')
    assert shop.collect.drain().accepted == 1
    assert shop.collect.dead_letters.list() == []
    assert [found.id for found in shop.collect.dead_letters.list("replayed")] == [letter.id]
    shop.collect.dead_letters.forget_old(NOW + timedelta(days=31))
    assert shop.collect.dead_letters.list("replayed") == []


def test_other_rooms_record_happenings_by_source_key_once(shop: Shop) -> None:
    shop.load(TASTED)
    opened = Happening(shop.person("lin"), "Email Opened", NOW, "mail:7:opened", {"campaign": "spring"})
    shop.collect.record([opened])
    shop.collect.record([opened])
    assert shop.collect.drain_all().accepted == 1
    assert shop.ask("SELECT customer_key, name FROM events ORDER BY ingest_id DESC LIMIT 1") == [(1, "Email Opened")]


def test_a_source_key_in_a_client_s_call_means_nothing(shop: Shop) -> None:
    shop.load(TASTED)
    shop.load({"type": "track", "event": "Forged", "userId": "bob", "sourceKey": shop.person("lin")})
    assert shop.ask("SELECT count(DISTINCT customer_key) FROM events") == [(2,)]


def test_the_index_is_made_again_from_the_store(shop: Shop, workspace: Any) -> None:
    merged = {"type": "alias", "userId": "lin2", "previousId": "lin"}
    shop.load(
        {**TASTED, "messageId": "m"}, order("o1", 10), {"type": "identify", "userId": "lin", "anonymousId": "a"}, merged
    )
    shop.collect.loader.index.close()
    path = workspace.folder / "store" / "index.sqlite3"
    before = dump(path)
    path.unlink()
    (fresh := Shop(tenure.open(workspace.folder).collect)).collect.loader.catch_up()
    assert dump(path) == before
    assert fresh.collect.drain_all().accepted == 0


@pytest.mark.thorough
def test_an_index_newer_than_a_restored_store_is_made_again(shop: Shop, workspace: Any) -> None:
    store, earlier = workspace.folder / "store", workspace.folder / "earlier"
    shop.load({**TASTED, "messageId": "m"})
    shutil.copytree(store, earlier, ignore=shutil.ignore_patterns("index.sqlite3*"))
    shop.load({**TASTED, "messageId": "n", "userId": "bob"}, order("o1", 10))
    for table in earlier.iterdir():
        shutil.rmtree(store / table.name)
        shutil.copytree(table, store / table.name)
    for table in store.iterdir():
        if table.is_dir() and not (earlier / table.name).exists():
            shutil.rmtree(table)
    again = Shop(tenure.open(workspace.folder).collect, "app")
    assert again.load(
        {**TASTED, "messageId": "m"}, {**TASTED, "messageId": "n", "userId": "bob"}, order("o1", 10)
    ).accepted
    assert sorted(again.ask("SELECT name FROM events")) == [("Order Completed",), ("Tasted",), ("Tasted",), ("Tasted",)]


@pytest.mark.skipif(bool(os.environ.get("TENURE_DATABASE_URL")), reason="about the SQLite file")
def test_an_inbox_older_than_the_store_loses_nothing(shop: Shop, workspace: Any) -> None:
    for name in ("A", "B", "C"):
        shop.load({**TASTED, "event": name})
    for path in workspace.folder.glob("inbox.sqlite3*"):
        path.unlink()
    again = Shop(tenure.open(workspace.folder).collect)
    again.send({**TASTED, "event": "D"})
    with again.collect.database.write() as writing:  # as after a restore of an inbox that was copied early
        writing.run("UPDATE about SET value = ? WHERE name = 'inbox'", [shop.collect.inbox.name.removeprefix("inbox:")])
    again.collect = tenure.open(workspace.folder).collect
    assert again.collect.drain().accepted == 1


def dump(path: Any) -> list[Any]:
    db = sqlite3.connect(path)
    tables = ("identifier", "link", "customer", "message", "orders")
    return [sorted(db.execute(f"SELECT * FROM {table}").fetchall()) for table in tables]


def test_a_batch_of_an_import_is_loaded_once(shop: Shop) -> None:
    con = shop.collect.store.connect()
    rows = [
        StagedEvent(
            number, "track", 1322726400_000000, 1772366400_000000, 9, name="Order Completed", import_id=1,
            external_id=f"c{number % 3}", order_id=f"o{number}", amount=100, currency="CNY",
            products=(StagedProduct("p", quantity=1.0, price=100),),
        )
        for number in range(10)
    ]  # fmt: skip
    stage(con, rows)
    loader = shop.collect.loader
    assert loader.load(con, Batch("import:1", 1)).accepted == 10
    assert loader.load(con, Batch("import:1", 1)).accepted == 0
    assert loader.load(con, Batch("import:1", 2)).duplicates == 10
    assert shop.ask("SELECT count(DISTINCT customer_key), sum(amount) FROM events") == [(3, 1000)]


def test_merging_by_hand_and_taking_apart_again(shop: Shop) -> None:
    shop.load(TASTED, {**TASTED, "userId": "lynn", "anonymousId": "a"})
    one, other = shop.person("lin"), shop.person("lynn", "a")
    shop.collect.people.merge(one, other)
    assert shop.person("lin", "lynn", "a") == min(one, other)
    assert shop.ask("SELECT count(DISTINCT customer_key) FROM events") == [(1,)]
    shop.collect.people.unmerge(one, other)
    assert shop.collect.find("lin") != shop.person("lynn", "a")
    shop.load({**TASTED, "userId": "lynn", "anonymousId": "a"})
    assert shop.collect.find("lin") != shop.person("lynn", "a")
    with pytest.raises(tenure.errors.UsageError):
        shop.collect.people.merge(one, one)


def test_a_customer_is_called_by_the_id_an_alias_gave(shop: Shop) -> None:
    shop.load({**TASTED, "userId": None, "anonymousId": "0a-device"})
    shop.load({"type": "alias", "previousId": "0a-device", "userId": "lin"})
    assert shop.ask("SELECT external_id FROM customers") == [("lin",)]


@pytest.mark.thorough
def test_taking_apart_what_was_only_seen_together(shop: Shop) -> None:
    shop.load({**TASTED, "anonymousId": "kiosk"})
    kiosk = shop.ask("SELECT source_key FROM identifiers WHERE value = 'kiosk'")[0][0]
    shop.collect.people.unmerge(shop.ask("SELECT source_key FROM identifiers WHERE value = 'lin'")[0][0], kiosk)
    assert shop.collect.find("lin") != shop.collect.find("kiosk")
    shop.load({**TASTED, "anonymousId": "kiosk"})
    assert shop.collect.find("lin") != shop.collect.find("kiosk")


def test_a_request_that_cannot_be_loaded_does_not_hold_up_the_others(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = shop.collect.loader.load

    def choke(con: Any, batch: Any, staging: str = "staging") -> Any:
        if con.execute("SELECT count(*) FROM staging WHERE name = 'Poison'").fetchone()[0]:
            raise duckdb.ConversionException("what no check foresaw")
        return load(con, batch, staging)

    monkeypatch.setattr(shop.collect.loader, "load", choke)
    for name in ("A", "B", "Poison", "C", "D"):
        shop.send({**TASTED, "event": name})
    result = shop.collect.drain()
    assert (result.accepted, dict(result.reasons)) == (4, {"failed": 1})
    assert shop.collect.waiting() == 0
    (letter,) = shop.collect.dead_letters.list()
    monkeypatch.setattr(shop.collect.loader, "load", load)
    shop.collect.replay(letter.id, NOW)
    assert shop.collect.drain().accepted == 1


def test_a_currency_that_is_chosen_anew_holds_at_once(shop: Shop, workspace: Any) -> None:
    assert shop.collect.settings.currency == "CNY"
    workspace.save_settings(workspace.settings.changed(currency="JPY"))
    shop.load({**TASTED, "event": "Order Completed", "properties": {"order_id": "o", "revenue": 1200}})
    assert shop.ask("SELECT amount, currency FROM raw_events") == [(1200, "JPY")]
