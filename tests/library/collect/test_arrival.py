"""Whatever the order, the batches and the repeats of arrival: the same events, the same people."""

from __future__ import annotations

import itertools
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tenure
from tests.library.collect.conftest import Shop

if os.environ.get("TENURE_DATABASE_URL"):
    pytest.skip("one database cannot hold many shops at once", allow_module_level=True)


def call(number: int, **more: Any) -> dict[str, Any]:
    at = f"2026-02-0{1 + number % 9}T10:00:00Z"
    return {"type": "track", "event": f"E{number}", "messageId": f"m{number}", "timestamp": at, **more}


STORY = [
    call(0, anonymousId="a1"),
    call(1, anonymousId="a1", userId="lin"),
    call(2, anonymousId="a1", userId="bob"),
    call(3, anonymousId="a2"),
    {**call(4, anonymousId="a2"), "type": "identify", "traits": {"email": "lin@example.com"}},
    {**call(5, userId="lin"), "type": "identify", "traits": {"email": "lin@example.com", "phone": "13800138000"}},
    {**call(6, userId="charlie"), "type": "identify", "traits": {"phone": "13800138000"}},
    {**call(7, userId="bobby"), "type": "alias", "previousId": "bob"},
    call(8, userId="bobby", event="Order Completed", properties={"order_id": "o1", "revenue": 3}),
]


def outcome(batches: list[list[dict[str, Any]]]) -> tuple[Any, ...]:
    """Events by message, and people as sets of the events that are theirs."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(tenure.init(Path(folder) / "shop", currency="CNY").collect)
        for batch in batches:
            shop.load(*batch)
        rows = shop.ask("SELECT customer_key, coalesce(name, kind), ts, amount FROM events")
    people: dict[int, set[str]] = {}
    for key, name, _, _ in rows:
        people.setdefault(key, set()).add(name)
    return sorted(row[1:] for row in rows), {frozenset(names) for names in people.values()}


@lru_cache
def expected() -> tuple[Any, ...]:
    return outcome([STORY])


def test_the_story_is_told_right_once() -> None:
    events, people = expected()
    assert len(events) == len(STORY)
    # a1 was lin's first; a2 gave lin's e-mail; the phone is lin's, who said it before charlie; bob became bobby.
    assert frozenset({"E0", "E1", "E3", "identify"}) in {group & {"E0", "E1", "E3", "identify"} for group in people}
    assert any({"E2", "Order Completed"} <= group for group in people)


@pytest.mark.thorough
def test_told_backwards_in_two_batches_and_partly_twice_it_is_the_same() -> None:
    backwards = STORY[::-1]
    assert outcome([backwards[:5], [*backwards[5:], *STORY[:3]]]) == expected()


@pytest.mark.thorough
@settings(max_examples=settings().max_examples // 10)
@given(st.permutations(STORY), st.lists(st.integers(0, 8), max_size=3), st.lists(st.sampled_from(STORY), max_size=4))
def test_any_order_any_batching_and_repeats_give_the_same(
    shuffled: list[dict[str, Any]], cuts: list[int], repeats: list[dict[str, Any]]
) -> None:
    edges = [0, *sorted(cuts), len(shuffled)]
    batches = [shuffled[start:end] for start, end in itertools.pairwise(edges)]
    assert outcome([*(batch for batch in batches if batch), repeats or STORY[:1]]) == expected()
