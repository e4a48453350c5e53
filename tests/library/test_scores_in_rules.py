"""Scores of value, risk, health and needs in rules: the same answer everywhere, and nothing before it was known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

import tenure
from tenure.clock import AsOf
from tenure.errors import DefinitionError
from tenure.plan import plan
from tenure.samples import Shop, to_store
from tenure.store import SCORES, keep_scores
from tenure.workspace import Workspace

STAGES = """
lifecycle: care
title: {en: Care, zh: 关怀}
meaning: {en: Who needs care., zh: 谁需要关怀。}
stages:
  known:
    title: {en: Known, zh: 已知}
    meaning: {en: Everybody., zh: 所有人。}
  shaky:
    title: {en: Shaky, zh: 动摇}
    meaning: {en: Likely to leave., zh: 可能流失。}
    rule: risk.band = 'high' AND orders >= 1
  worth:
    title: {en: Worth, zh: 值得挽留}
    meaning: {en: Likely to leave and worth much., zh: 可能流失且价值高。}
    rule: risk.probability >= 0.6 AND value.expected >= 300
rule_order: [worth, shaky, known]
"""
SEGMENTS = """
segments:
  dear_and_shaky:
    title: {en: Dear and shaky, zh: 高价值有风险}
    meaning: {en: Worth much and at risk., zh: 价值高且有流失风险。}
    rule: value.expected >= 300 AND risk.band = 'high'
  cared_for:
    title: {en: Cared for, zh: 被关怀}
    meaning: {en: Anybody in care., zh: 处于关怀中的客户。}
    rule: stage.care <> 'known' OR days_to_next_order <= 3
"""
NOW = date(2026, 1, 1)


def score(shop: Workspace, source: str, moment: AsOf, query: str) -> int:
    """Keep scores that a query over customers makes up from their keys."""
    con = shop.store.snapshot().connect()
    customers = "(SELECT DISTINCT customer_key FROM events)"
    return keep_scores(shop.store, con, source, f"SELECT customer_key, {query} FROM {customers}", moment, shop.clock)


def day(shop: Workspace, days: int, hours: int = 0) -> AsOf:
    instant = shop.clock.start_of(NOW - timedelta(days=days)) + timedelta(hours=hours)
    return AsOf(instant, shop.clock.day(instant))


def risk_of(turn: int) -> str:
    """A made-up risk that jumps from scoring to scoring, so that customers come and go."""
    p = f"((customer_key * 7 + {turn} * 13) % 100) / 100.0"
    return f"{p} AS probability, CASE WHEN {p} >= 2/3 THEN 'high' WHEN {p} >= 1/3 THEN 'medium' ELSE 'low' END AS band"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three hundred customers, scored six times: at midnight, within days, once for the past, once without some."""
    made = tenure.init(tmp_path_factory.mktemp("given") / "shop", zone="Asia/Shanghai", clock="2026-01-01T08:00:00")
    folder = made.folder / "definitions"
    (folder / "lifecycles" / "care.yml").write_text(STAGES)
    (folder / "segments" / "own.yml").write_text(SEGMENTS)
    to_store(Shop(customers=300), made.store)
    made.store.compact()
    value = "(customer_key % 9) * 10000 AS expected, 2.0 AS orders, 0.5 AS alive"
    score(made, "value", day(made, 80), value)
    for turn, moment in enumerate([day(made, 60), day(made, 40, 9), day(made, 20, 23)]):
        score(made, "risk", moment, risk_of(turn))
    score(made, "risk", day(made, 30), risk_of(5))
    few = f"{risk_of(2)} FROM (SELECT DISTINCT customer_key FROM events WHERE customer_key % 5 > 0) UNION ALL"
    score(made, "risk", day(made, 7), f"{few} SELECT -1, 0.5, 'medium'")
    score(made, "needs", day(made, 15), "DATE '2025-12-20' + CAST(customer_key % 20 AS INTEGER) AS next_order_day, 9.0 AS gap_days")
    return made


def rows_of(con: Any, query: str) -> dict[int, tuple[Any, ...]]:
    return {row[0]: tuple(row[1:]) for row in con.execute(query).fetchall()}


COLUMNS = "customer_key, stage_care, in_segment_dear_and_shaky, in_segment_cared_for"


def placed(shop: Workspace, moment: AsOf) -> dict[int, tuple[Any, ...]]:
    return rows_of(shop.standing(moment).con, f"SELECT {COLUMNS} FROM standing")
