"""What lies ahead of a customer is what then really happens: every deed told is done, and time is let pass."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure.features import feature_row
from tenure.stages import Ahead, ahead, explain
from tenure.workspace import Workspace

HOT = """lifecycle: heat
title: {en: Heat, zh: 热度}
meaning: {en: How hot., zh: 多热。}
rule_order: [cold, hot, warm]
stages:
  warm:
    title: {en: Warm, zh: 温}
    meaning: {en: Some., zh: 有一些。}
  hot:
    title: {en: Hot, zh: 热}
    meaning: {en: Much., zh: 很多。}
    rule: orders_30d >= 2
  cold:
    title: {en: Cold, zh: 冷}
    meaning: {en: Nothing for long., zh: 很久没有。}
    rule: days_since_last_order > 45
    leaving: true
"""


def order(day: str, number: int) -> dict[str, Any]:
    call = {"type": "track", "event": "Order Completed", "userId": "C1", "timestamp": f"{day}T08:00:00Z"}
    properties = {"order_id": f"O{number}", "total": 100, "currency": "CNY"}
    return {**call, "messageId": f"m{number}", "properties": properties}


def put(workspace: Workspace, received: datetime, *calls: dict[str, Any]) -> None:
    source = workspace.collect.sources.named("Till", "tenure", received)
    workspace.collect.inbox.put(source, "record", json.dumps({"batch": calls}).encode(), received)
    workspace.collect.drain_all()


def made(folder: Path, clock: str = "2026-01-10") -> Workspace:
    workspace = tenure.init(folder, zone="Asia/Shanghai", currency="CNY", clock=clock)
    (folder / "definitions" / "lifecycles" / "heat.yml").write_text(HOT)
    put(workspace, datetime(2026, 1, 9, tzinfo=UTC), order("2025-12-20", 1))
    return workspace


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One customer with one order on 20 December, seen on 10 January."""
    return made(tmp_path_factory.mktemp("ahead") / "shop")


@pytest.fixture(scope="module")
def heat(shop: Workspace) -> Ahead:
    """What lies ahead in this lifecycle alone: the built-in ones would be tried out too, and take most of the time."""
    key, moment, definitions = shop.find("C1"), shop.clock.as_of(), shop.definitions
    con = shop.standing_of([key], moment).con
    row = feature_row(con, key, "standing")
    assert row is not None
    reason = explain(definitions.lifecycles["heat"], row, moment.day)
    (found,) = ahead(con, definitions, [reason], row, key, moment)
    return found


@pytest.mark.thorough
def test_an_explanation_tells_what_lies_ahead_in_every_lifecycle(shop: Workspace, heat: Ahead) -> None:
    found = {each.lifecycle.key: each for each in shop.explain("C1").ahead}
    assert set(found) == {*shop.definitions.lifecycles}
    assert found["heat"] == heat


def test_the_next_stage_tells_what_it_asks_with_the_values(heat: Ahead) -> None:
    assert heat.next is not None
    assert heat.next.key == "hot"
    assert [(each.met, dict(each.values)) for each in heat.asked] == [(False, {"orders_30d": 1})]
    assert heat.before is None


def test_time_alone_is_told_to_the_day(heat: Ahead) -> None:
    assert heat.coming is not None
    assert (heat.coming.day, heat.coming.days, heat.coming.stage.key) == (date(2026, 2, 4), 25, "cold")


@pytest.mark.thorough
def test_on_that_day_it_moves_and_not_the_day_before(shop: Workspace) -> None:
    for days, stage in ((24, "warm"), (25, "cold")):
        as_of = date(2026, 1, 10) + timedelta(days=days)
        assert [found for _, _, found in shop.stages("heat", as_of=as_of).rows] == [stage]


def test_the_smallest_deed_and_its_last_day_are_told(heat: Ahead) -> None:
    (deed,) = heat.deeds
    # the order of 20 December counts in the last 30 days up to and including 19 January, nine days from now
    assert (deed.words.en, deed.words.zh, deed.within_days, deed.stage.key) == ("1 more order", "再下单 1 次", 9, "hot")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("day", "stage"), [("2026-01-19", "hot"), pytest.param("2026-01-20", "warm", marks=pytest.mark.thorough)]
)
def test_done_on_its_last_day_it_still_helps_and_a_day_later_not(tmp_path: Path, day: str, stage: str) -> None:
    workspace = made(tmp_path / "shop", clock="2026-02-10")
    put(workspace, datetime(2026, 2, 9, tzinfo=UTC), order(day, 2))
    key = workspace.find("C1")
    stays = [
        each for each in workspace.history(key) if each.lifecycle == "heat" and each.entered <= date.fromisoformat(day)
    ]
    assert stays[-1].stage == stage


@pytest.mark.thorough
def test_of_two_deeds_needed_the_second_day_is_meant(tmp_path: Path) -> None:
    workspace = tenure.init(tmp_path / "shop", zone="Asia/Shanghai", currency="CNY", clock="2026-01-10")
    (workspace.folder / "definitions" / "lifecycles" / "heat.yml").write_text(
        HOT.replace("orders_30d >= 2", "orders_30d >= 3")
    )
    put(workspace, datetime(2026, 1, 9, tzinfo=UTC), order("2025-12-20", 1))
    heat = next(each for each in workspace.explain("C1").ahead if each.lifecycle.key == "heat")
    assert [(deed.words.en, deed.within_days) for deed in heat.deeds] == [("2 more orders", 9)]


@pytest.mark.thorough
def test_a_restatement_does_not_look_at_what_came_later(shop: Workspace) -> None:
    early = next(each for each in shop.explain("C1", "2025-12-25").ahead if each.lifecycle.key == "heat")
    assert early.coming is not None
    assert (early.coming.day, early.deeds[0].within_days) == (date(2026, 2, 4), 25)
