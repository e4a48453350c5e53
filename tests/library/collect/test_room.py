"""Loading while the next part is read and checked gives what loading in one go gives."""

from __future__ import annotations

import pytest

from tenure.collect import inbox, room
from tests.library.collect.conftest import Shop, order


def test_reading_ahead_loses_nothing_and_doubles_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "_BYTES", 1)
    monkeypatch.setattr(room, "AHEAD", 0)
    for number in range(3):
        shop.send({**order(f"o{number}", 10), "messageId": f"m{number}"}, {"type": "track", "event": "Nobody"})
    shop.send({**order("o0", 10), "messageId": "m0"})
    result = shop.collect.drain()
    assert (result.accepted, result.duplicates, result.refused) == (3, 1, 3)
    assert shop.collect.waiting() == 0
    assert shop.ask("SELECT count(*), sum(amount) FROM events") == [(3, 3_000)]


def test_a_failed_load_is_taken_up_again_whole(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "_BYTES", 1)
    monkeypatch.setattr(room, "AHEAD", 0)
    for number in range(4):
        shop.send({**order(f"o{number}", 10), "messageId": f"m{number}"})
    monkeypatch.setattr(shop.collect.loader, "load", lambda *_: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(OSError, match="full"):
        shop.collect.drain()
    monkeypatch.undo()
    assert shop.collect.drain_all().accepted == 4
