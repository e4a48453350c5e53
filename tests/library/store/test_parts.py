"""Everybody in parts: whole customers, each once, and the same answers as all at a time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

import tenure
from tenure.samples import Shop, to_store
from tenure.segments import membership_history
from tenure.stages import history
from tenure.store import in_parts
from tenure.workspace import Workspace

SEGMENTS = """
segments:
  lately:
    title: {en: Lately, zh: 近期活跃}
    meaning: {en: Bought not long ago., zh: 最近买过。}
    rule: days_since_last_order <= 90
"""
LATE = (
    "SELECT range AS seq, range + 1 AS source_key, 'track' AS kind, 'Order Completed' AS name,"
    " TIMESTAMP '2025-12-30' AS ts, TIMESTAMP '2025-12-30' AS received_at, NULL AS sent_at, NULL AS original_at,"
    " NULL AS message_hash, 1 AS source_id, NULL AS import_id, 'late' || range AS order_id, 100 AS amount,"
    " 'CNY' AS currency, NULL AS products, '{}' AS properties FROM range(90)"
)
TABLES = ("stays", "memberships")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two hundred customers, some of whom came anonymously first; the last events still in the tail."""
    made = tenure.init(tmp_path_factory.mktemp("parts") / "shop", zone="Asia/Shanghai", clock="2026-01-01T08:00:00")
    (made.folder / "definitions" / "segments" / "own.yml").write_text(SEGMENTS)
    to_store(Shop(customers=200), made.store)
    made.store.compact()
    made.store.append_events(made.store.connect(), LATE)
    return made


def events_by_customer(con: Any, where: str = "true") -> Counter[int]:
    return Counter(dict(con.execute(f"SELECT customer_key, count(*) FROM events WHERE {where} GROUP BY 1").fetchall()))


@pytest.mark.parametrize("size", [*(pytest.param(n, marks=pytest.mark.thorough) for n in (50, 900)), 2_500])
def test_every_customer_is_in_one_part_with_all_events_and_the_condition_names_just_those(
    shop: Workspace, size: int
) -> None:
    con = shop.store.snapshot().connect()
    everybody, seen, parts = events_by_customer(con), Counter[int](), 0
    for condition in in_parts(con, size):
        part = events_by_customer(con, condition)
        assert not part.keys() & seen.keys()
        seen, parts = seen + part, parts + 1
    assert seen == everybody
    assert parts > 1
    assert events_by_customer(con) == everybody


def test_no_more_events_than_fit_are_one_part_and_a_fault_in_a_part_leaves_everybody_in_sight(shop: Workspace) -> None:
    con = shop.store.snapshot().connect()
    everybody = events_by_customer(con)
    assert list(in_parts(con, everybody.total())) == ["true"]
    parts = in_parts(con, 500)
    next(parts)
    parts.close()
    assert events_by_customer(con) == everybody


@pytest.mark.thorough
def test_stays_and_memberships_in_parts_are_those_of_everybody_at_once(shop: Workspace, monkeypatch: Any) -> None:
    said = []
    for size in (10**9, 900):
        monkeypatch.setattr(membership_history, "EVENTS_A_PASS", size)
        monkeypatch.setattr(history, "EVENTS_A_GIB", size / 4)
        con = shop.store.snapshot().connect()
        history.compute_history(con, shop.definitions, shop.clock.as_of())
        membership_history.compute_membership_history(con, shop.definitions, shop.clock, shop.clock.as_of())
        said.append([sorted(con.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in TABLES])
    assert said[0] == said[1]
    assert all(len(rows) > 150 for rows in said[0])
