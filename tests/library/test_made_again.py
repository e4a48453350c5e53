"""Derived tables are made again from facts: deleted and run anew, every one has the same checksum."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure.samples import Shop, to_store
from tenure.store.scores import SCORE_TABLES
from tenure.store.tables import TABLES
from tenure.workspace import Workspace

FACTS = {
    "events_tail", "events_body", "identifiers", "links", "id_map", "refunds", "retractions", "imports", "costs",
    "company_calls",  # kept together with the events, as they are loaded
}  # fmt: skip
SAID = frozenset(SCORE_TABLES)  # what was said of a customer, and when
LEARNED = frozenset({"value_model", "risk_model", "needs_report"})  # what was learned from all before an instant
OF_CONTRACTS = {"renewals", "stakes"}  # empty in this shop; tests/library/risk/test_contracts.py makes them again
DERIVED = sorted(set(TABLES) - FACTS - OF_CONTRACTS)
SEGMENTS = """
segments:
  dear:
    title: {en: Dear, zh: 高价值}
    meaning: {en: Many orders and much revenue., zh: 订单多且消费高。}
    rule: orders >= 3 AND revenue > 100
  quiet:
    title: {en: Quiet, zh: 沉默}
    meaning: {en: Known and silent., zh: 已知但近期没有动静。}
    rule: days_since_last_order > 60
    exclude: in segment.dear
"""


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A simulated shop of several hundred customers with two own segments, run and scored."""
    folder = tmp_path_factory.mktemp("again") / "shop"
    made = tenure.init(folder, zone="Asia/Shanghai", clock="2026-01-01T08:00:00")
    to_store(Shop(customers=400), made.store)
    (folder / "definitions/segments/own.yml").write_text(SEGMENTS, "utf-8")
    return run(folder)


@pytest.fixture
def shop(once: Workspace, tmp_path: Path) -> Workspace:
    """A copy of it, to delete from."""
    return tenure.open(shutil.copytree(once.folder, tmp_path / "shop"))


def run(folder: Path) -> Workspace:
    """Everything that is derived, at the instant of the workspace's clock."""
    opened = tenure.open(folder)
    opened.run()
    opened.value.renew()
    opened.health.renew()
    opened.risk.renew()
    opened.needs.renew()
    return opened


def checksums(shop: Workspace) -> dict[str, Any]:
    """{derived table: (rows, sum of their hashes)}, without when a score was made and how long a fit took."""
    con = shop.store.snapshot().connect(*DERIVED)
    found = {}
    for table in DERIVED:
        columns = "*"
        if table in SAID:
            columns = "* EXCLUDE (made_at)"
        if table in LEARNED:
            columns = "* REPLACE (regexp_replace(report, '\"seconds\": ?[0-9.e-]+', '', 'g') AS report)"
        query = f"SELECT count(*), sum(hash(t)) FROM (SELECT {columns} FROM {table}) AS t"
        found[table] = con.execute(query).fetchall()[0]
    return found


def made_again(shop: Workspace, tables: Iterable[str]) -> dict[str, Any]:
    """The checksums that differ after these tables were deleted and everything was run again."""
    kept = checksums(shop)
    assert [table for table, (rows, _) in kept.items() if not rows] == []
    for table in tables:
        shutil.rmtree(shop.store.root / table)
    again = checksums(run(shop.folder))
    return {table: (kept[table], again[table]) for table in DERIVED if again[table] != kept[table]}


@pytest.mark.thorough
def test_every_derived_table_deleted_is_restored_to_its_checksum_by_running_again(shop: Workspace) -> None:
    assert made_again(shop, DERIVED) == {}


@pytest.mark.thorough
def test_days_later_what_was_learned_then_restores_the_rest(shop: Workspace) -> None:
    shop.save_settings(shop.settings.changed(clock="2026-01-04T08:00:00"))
    assert made_again(run(shop.folder), [table for table in DERIVED if table not in LEARNED | SAID]) == {}
