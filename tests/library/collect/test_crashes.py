"""The process may die between any two steps: loading again gives what an uncrashed run gives."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

import tenure
from tenure.collect import failpoints
from tests.library.collect.conftest import Shop, order

LOADING = tuple(name for name in failpoints.NAMES if name != "inbox.written")
AT = {"timestamp": "2026-02-01T10:00:00Z"}
FIRST = [
    {"type": "track", "event": "Seen", "anonymousId": "a1", "messageId": "m1", **AT},
    {**order("o1", 10, messageId="m2", **AT)},
]
SECOND = [
    {
        "type": "identify",
        "userId": "lin",
        "anonymousId": "a1",
        "messageId": "m3",
        "traits": {"email": "lin@x.cn"},
        **AT,
    },
    {"type": "track", "event": "Nobody", "messageId": "m4"},
    {**order("o1", 12, messageId="m5", **AT)},
    {**order("o1", "", messageId="m8", timestamp="2026-02-02T10:00:00Z"), "event": "Order Cancelled"},
    {"type": "alias", "userId": "lin2", "previousId": "lin", "messageId": "m6", **AT},
    {"type": "track", "event": "New", "userId": "bob", "messageId": "m7", "properties": {"email": "bob@x.cn"}, **AT},
]


class Died(BaseException):
    """What a kill is to a test in the same process: nothing after it runs."""


def state(shop: Shop) -> dict[str, Any]:
    """All that an observer can tell apart, without the numbers that keys happen to have."""
    people: dict[int, set[Any]] = {}
    for key, name in shop.ask("SELECT customer_key, coalesce(name, kind) FROM events"):
        people.setdefault(key, set()).add(name)
    return {
        "events": sorted(shop.ask("SELECT coalesce(name, kind), ts, amount, order_id FROM events"), key=str),
        "people": {frozenset(names) for names in people.values()},
        "identifiers": sorted(shop.ask("SELECT kind, count(*), count(DISTINCT value) FROM identifiers GROUP BY 1")),
        "personal": sorted({(field.field, field.value) for field in shop.collect.personal.peek()}),
        "letters": shop.collect.dead_letters.counts(),
        "waiting": shop.collect.waiting(),
    }


def reopened(folder: Any, key: str) -> Shop:
    shop = Shop.__new__(Shop)
    shop.collect, shop.key = tenure.open(folder).collect, key
    return shop


@pytest.mark.skipif(bool(os.environ.get("TENURE_DATABASE_URL")), reason="each case works on a copy of the inbox file")
@pytest.mark.thorough
@pytest.mark.parametrize("places", [LOADING], ids=["all"])
def test_dying_at_any_named_place_changes_nothing_in_the_end(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, places: tuple[str, ...]
) -> None:
    calm = Shop(tenure.init(tmp_path / "calm", currency="CNY").collect)
    calm.load(*FIRST)
    calm.send(*SECOND)
    for name in places:
        shutil.copytree(tmp_path / "calm", tmp_path / name)
    calm.collect.drain()
    expected = state(calm)
    for name in places:
        reached: list[str] = []

        def die(place: str, name: str = name, reached: list[str] = reached) -> None:
            if place == name:
                reached.append(place)
                raise Died

        monkeypatch.setattr(failpoints, "reach", die)
        with pytest.raises(Died):
            reopened(tmp_path / name, calm.key).collect.drain()
        assert reached == [name]
        monkeypatch.undo()
        again = reopened(tmp_path / name, calm.key)
        again.send(*SECOND)  # the client, too, repeats itself
        again.collect.drain_all()
        found = state(again)
        found["letters"] = {reason: min(count, 1) for reason, count in found["letters"].items()}
        assert found == expected, name


def test_a_request_whose_answer_was_lost_is_sent_again_and_counted_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: str) -> None:
        raise Died

    monkeypatch.setattr(failpoints, "reach", die)
    with pytest.raises(Died):
        shop.send(*FIRST)
    monkeypatch.undo()
    shop.send(*FIRST)
    result = shop.collect.drain_all()
    assert (result.accepted, result.duplicates) == (2, 2)
