"""Scores of value, risk, health and needs in rules: the same answer everywhere, and nothing before it was known."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure import pipeline
from tenure.clock import AsOf, naive
from tenure.errors import DefinitionError
from tenure.features import Scan
from tenure.risk.examples import measures
from tenure.samples import Shop, to_store
from tenure.segments import FEATURES, belongs, compute_membership_history
from tenure.stages import compute_history
from tenure.store import keep_scores
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
READ = {"orders", "risk.probability", "risk.band", "value.expected", "days_to_next_order"}


def day(shop: Workspace, days: int, hours: int = 0) -> AsOf:
    """So many days before now: the day's first instant, or some hours after it."""
    instant = shop.clock.start_of(NOW - timedelta(days=days)) + timedelta(hours=hours)
    return AsOf(instant, shop.clock.day(instant))


def score(shop: Workspace, source: str, moment: AsOf, columns: str, where: str = "true") -> int:
    """Keep scores that SQL makes up from the customers' keys."""
    con = shop.store.snapshot().connect()
    customers = f"(SELECT DISTINCT customer_key FROM events WHERE {where})"
    return keep_scores(shop.store, con, source, f"SELECT customer_key, {columns} FROM {customers}", moment, shop.clock)


def risk(key: int, turn: int) -> float:
    """A made-up risk that jumps about or hardly moves, so that customers come, go and stay."""
    return ((key * 7 + turn * (13 if key % 3 else 1)) % 100) / 100


def band(probability: float) -> str:
    return "high" if probability >= 2 / 3 else "medium" if probability >= 1 / 3 else "low"


def risk_sql(turn: int) -> str:
    p = f"((customer_key * 7 + {turn} * CASE WHEN customer_key % 3 > 0 THEN 13 ELSE 1 END) % 100) / 100.0"
    return f"{p} AS probability, CASE WHEN {p} >= 2/3 THEN 'high' WHEN {p} >= 1/3 THEN 'medium' ELSE 'low' END AS band"


#: (days ago, hours): at midnight and within days, in the order in which they were made; the last for the past
TURNS = [(60, 0), (40, 9), (20, 23), (7, 0), (30, 0)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three hundred customers, scored at midnight, within days, without some, and for the past."""
    made = tenure.init(tmp_path_factory.mktemp("given") / "shop", zone="Asia/Shanghai", clock="2026-01-01T08:00:00")
    folder = made.folder / "definitions"
    (folder / "lifecycles" / "care.yml").write_text(STAGES)
    (folder / "segments" / "own.yml").write_text(SEGMENTS)
    to_store(Shop(customers=300), made.store)
    made.store.compact()
    score(made, "value", day(made, 80), "(customer_key % 9) * 10000 AS expected, 2.0 AS orders, 0.5 AS alive")
    for turn, (days, hours) in enumerate(TURNS):
        score(made, "risk", day(made, days, hours), risk_sql(turn), "customer_key % 5 > 0" if turn == 3 else "true")
    dates = "DATE '2025-12-20' + CAST(customer_key % 20 AS INTEGER) AS next_order_day, 9.0 AS gap_days"
    score(made, "needs", day(made, 15), dates)
    return made


@pytest.fixture
def changing(shop: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the shop, to score anew."""
    return tenure.open(shutil.copytree(shop.folder, tmp_path / "shop"))


def kept_risk(shop: Workspace, key: int, moment: AsOf) -> tuple[float | None, str | None]:
    """The slow way: scoring after scoring of one customer, kept when it moved; the one for the past put in between."""
    said: list[tuple[AsOf, float | None]] = []
    for turn, (days, hours) in enumerate(TURNS):
        new = None if turn == 3 and key % 5 == 0 else risk(key, turn)
        at = day(shop, days, hours)
        before = next((value for when, value in reversed(said) if when.instant <= at.instant), None)
        if before is not None and new is not None and abs(new - before) < 0.05 - 1e-9 and band(new) == band(before):
            new = before
        after = next((when for when, _ in said if when.instant > at.instant), None)
        said.append((at, new))
        said.sort(key=lambda each: each[0].instant)
        assert after is None or any(when == after for when, _ in said)
    found = next((value for when, value in reversed(said) if when.instant <= moment.instant), None)
    return found, None if found is None else band(found)


def evaluated(shop: Workspace, moment: AsOf) -> dict[int, tuple[str, bool, bool]]:
    """The slow way for everybody: features without scores, scores by hand, rules tried in Python."""
    con, definitions = shop.store.snapshot().connect(), shop.definitions
    rows = con.execute(
        "SELECT customer_key, count(*) FILTER (WHERE name = 'Order Completed') FROM events WHERE ts < ? GROUP BY 1",
        [naive(moment.instant)],
    ).fetchall()
    found = {}
    for key, orders in rows:
        probability, word = kept_risk(shop, key, moment)
        worth = (key % 9) * 10000 if moment.instant >= day(shop, 80).instant else None
        left = None
        if moment.instant >= day(shop, 15).instant:
            left = (date(2025, 12, 20) + timedelta(days=key % 20) - moment.day).days
        row: dict[str, Any] = {"orders": orders, "risk.probability": probability, "risk.band": word,
                               "value.expected": worth, "days_to_next_order": left}  # fmt: skip
        row["stage_care"] = definitions.lifecycles["care"].assign(row).key
        inside = [belongs(definitions.segments[name], row) for name in ("dear_and_shaky", "cared_for")]
        found[key] = (row["stage_care"], *inside)
    return found


QUICK = [(40, 9)]
MOMENTS = [(25, 12), (90, 0), (60, 0), (59, 0), (40, 8), (30, 0), (20, 22), (20, 23), (7, 0), (0, 8)]
COLUMNS = "customer_key, stage_care, in_segment_dear_and_shaky, in_segment_cared_for"


def placed(shop: Workspace, moment: AsOf) -> dict[int, tuple[Any, ...]]:
    """What the run says at an instant, only with what these rules read."""
    definitions = shop.definitions
    lean = replace(
        definitions,
        features={each.key: each for each in Scan(definitions, frozenset(READ | FEATURES)).features()},
        lifecycles={"care": definitions.lifecycles["care"]},
    )
    con = pipeline.stand(shop.store.snapshot(), lean, shop.clock, moment).con
    return {row[0]: tuple(row[1:]) for row in con.execute(f"SELECT {COLUMNS} FROM standing").fetchall()}


@pytest.mark.parametrize("ago", [*QUICK, *(pytest.param(each, marks=pytest.mark.thorough) for each in MOMENTS)])
def test_the_run_says_what_the_rules_say_customer_by_customer(shop, ago):
    moment = day(shop, *ago)
    assert placed(shop, moment) == evaluated(shop, moment)


def test_many_customers_are_in_every_stage_so_that_the_comparison_means_something(shop):
    found = evaluated(shop, day(shop, 0, 8)).values()
    assert all(sum(stage == each for stage, *_ in found) > 10 for each in ("known", "shaky", "worth"))
    assert all(sum(row[place] for row in found) > 10 for place in (1, 2))


@pytest.mark.thorough
def test_history_is_exact_to_the_day_and_ends_where_the_run_stands(shop):
    con, definitions = shop.store.snapshot().connect(), shop.definitions
    moment = day(shop, 0, 8)
    compute_history(con, definitions, moment, lifecycles=["care"])
    compute_membership_history(con, definitions, shop.clock, moment)
    for days in (61, 60, 41, 40, 30, 21, 20, 7, 6, 1):
        end = shop.clock.start_of(NOW - timedelta(days=days - 1)) - timedelta(microseconds=1)
        then = evaluated(shop, AsOf(end, NOW - timedelta(days=days)))
        on = f"DATE '{NOW - timedelta(days=days)}'"
        here = f'entered <= {on} AND ("left" IS NULL OR "left" > {on})'
        stays = con.execute(f"SELECT customer_key, stage FROM stays WHERE {here}").fetchall()
        assert dict(stays) == {key: row[0] for key, row in then.items()}
        for place, segment in ((1, "dear_and_shaky"), (2, "cared_for")):
            query = f"SELECT customer_key FROM memberships WHERE segment = '{segment}' AND {here}"
            members = {row[0] for row in con.execute(query).fetchall()}
            assert members == {key for key, row in then.items() if row[place]}


@pytest.mark.thorough
def test_a_few_customers_get_the_answers_of_everybody(changing):
    shop = changing
    everybody = evaluated(shop, moment := shop.clock.as_of())
    few = shop.few({key: key for key in list(everybody)[:40]}, moment)
    names = [name.strip() for name in COLUMNS.split(",")]
    assert {row["customer_key"]: tuple(row[name] for name in names[1:]) for row in few.rows} == {
        key: everybody[key] for key in list(everybody)[:40]
    }
    score(shop, "value", moment, "0 AS expected, 2.0 AS orders, 0.5 AS alive")
    again = shop.few({key: key for key in list(everybody)[:40]}, moment)
    assert all(row["value.expected"] == 0 and row["stage_care"] != "worth" for row in again.rows)


@pytest.mark.thorough
def test_a_score_of_a_later_day_changes_nothing_before_it(changing):
    shop = changing
    before, cut = history(shop, day(shop, 0, 8)), NOW - timedelta(days=3)
    assert score(shop, "risk", day(shop, 3), "0.99 AS probability, 'high' AS band") > 100
    assert placed(shop, day(shop, 10)) == evaluated(shop, day(shop, 10))
    now = history(shop, day(shop, 0, 8))
    assert [stay for stay in now if stay[2] < cut] == [stay for stay in before if stay[2] < cut]
    assert any(stay[2] == cut for stay in now)


def history(shop: Workspace, moment: AsOf) -> list[tuple[Any, ...]]:
    con = shop.store.snapshot().connect()
    compute_history(con, shop.definitions, moment, lifecycles=["care"])
    return con.execute("SELECT customer_key, stage, entered FROM stays ORDER BY ALL").fetchall()


def test_a_forecast_learns_from_no_score(shop):
    assert not [name for name in measures(shop.definitions) if "." in name or name == "days_to_next_order"]


def test_a_health_score_that_needs_itself_is_refused_with_the_circle(tmp_path):
    made = tenure.init(tmp_path / "shop")
    (made.folder / "definitions" / "features" / "own.yml").write_text(
        "features:\n  unwell:\n    title: {en: Unwell, zh: 不适}\n    meaning: {en: Low health., zh: 健康分低。}\n"
        "    kind: derived\n    expression: health.score < 40\n    type: boolean\n"
    )
    (made.folder / "definitions" / "health.yml").write_text(
        "groups:\n  own:\n    title: {en: Own, zh: 自身}\n    meaning: {en: Own., zh: 自身。}\n    measures:\n"
        "      - {feature: unwell, points: {0: 100, 1: 0}}\n"
    )
    with pytest.raises(DefinitionError, match="the health score would need itself: health → unwell → health"):
        made.health.definition  # noqa: B018
