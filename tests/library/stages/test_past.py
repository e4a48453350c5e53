"""Every past move is told with its way, the stages it skipped, its rule, and the values of its moment."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

import tenure
from tenure.clock import AsOf
from tenure.definitions import Definitions
from tenure.stages import Past
from tenure.workspace import Workspace

from .test_ahead import order, put

NOW = datetime(2026, 1, 9, tzinfo=UTC)
LOOKS_BACK = """lifecycle: slow
title: {en: Slow, zh: 慢}
meaning: {en: It holds., zh: 会停留。}
rule_order: [much, some, little]
stages:
  little:
    title: {en: Little, zh: 少}
    meaning: {en: Few orders., zh: 订单少。}
  some:
    title: {en: Some, zh: 有}
    meaning: {en: Some orders., zh: 有订单。}
    rule: orders_30d >= 1
    minimum_stay: 40
  much:
    title: {en: Much, zh: 多}
    meaning: {en: Many orders., zh: 订单多。}
    rule: orders_30d >= 2
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One customer who bought, went silent for most of a year, and came back."""
    folder = tmp_path_factory.mktemp("past") / "shop"
    made = tenure.init(folder, zone="Asia/Shanghai", currency="CNY", clock="2026-01-10")
    (folder / "definitions" / "lifecycles" / "slow.yml").write_text(LOOKS_BACK, "utf-8")
    put(made, NOW, order("2025-01-05", 1), order("2025-11-20", 2), order("2025-11-24", 3), order("2025-11-30", 4))
    return made


@pytest.fixture(scope="module")
def told(shop: Workspace) -> tuple[Past, ...]:
    return shop.explain("C1", look_ahead=False, tell_past=True).past


@pytest.mark.thorough
def test_it_tells_ways_and_the_stages_that_were_skipped(told: tuple[Past, ...]) -> None:
    growth = [each for each in told if each.stay.lifecycle == "growth"]
    assert [(each.stay.stage, each.direction, each.stay.cause) for each in growth] == [
        ("conversion", "first", "event"),
        ("churn", "leaving", "time"),
        ("retention", "forward", "event"),
    ]
    skipped = {(each.stay.lifecycle, each.stay.stage): [s.key for s in each.passed] for each in told if each.passed}
    assert skipped[("growth", "conversion")] == ["acquisition", "activation"]
    assert ("growth", "retention") not in skipped  # whoever comes back has passed through nothing


def test_the_values_are_those_of_the_moment_counted_by_hand(told: tuple[Past, ...]) -> None:
    first, silent, back = [each for each in told if each.stay.lifecycle == "growth"]
    assert (first.stay.entered, first.reason.evidence["orders"]) == (date(2025, 1, 5), 1)
    assert (silent.stay.entered, silent.reason.evidence["days_since_last_order"]) == (date(2025, 7, 5), 181)
    assert (back.stay.entered, back.reason.evidence["order_days"]) == (date(2025, 11, 20), 2)


@pytest.mark.thorough
def test_the_values_are_those_of_the_moment_told_the_slow_way(shop: Workspace, told: tuple[Past, ...]) -> None:
    assert len(told) > 12
    for each in told:
        row = _as_of(shop, each.stay.entered, each.stay.cause)
        evidence = each.reason.evidence
        assert each.reason.stage.key == each.stay.stage
        assert evidence == {key: row[key] for key in evidence}, each


def test_a_stage_that_holds_is_left_by_time_with_the_rule_that_had_to_wait(told: tuple[Past, ...]) -> None:
    slow = [(each.stay.stage, each.stay.entered, each.stay.cause) for each in told if each.stay.lifecycle == "slow"]
    assert slow[2:] == [
        ("some", date(2025, 11, 20), "event"),
        ("little", date(2025, 12, 31), "time"),
    ]


@pytest.mark.thorough
def test_nothing_is_told_of_what_came_later(shop: Workspace) -> None:
    before = shop.explain("C1", "2025-11-01", look_ahead=False, tell_past=True).past
    assert max(each.stay.entered for each in before) < date(2025, 11, 1)
    assert shop.explain("C1", look_ahead=False).past == ()


def _as_of(shop: Workspace, day: date, cause: str) -> dict[str, Any]:
    """All features computed anew for the start of the day, or for its end."""
    instant = shop.clock.start_of(day if cause == "time" else day + timedelta(days=1))
    found = shop.standing_of([shop.find("C1")], AsOf(instant, day)).con.execute("SELECT * FROM standing")
    names = [each[0] for each in found.description or ()]
    definitions: Definitions = shop.definitions
    values = dict(zip(names, found.fetchall()[0], strict=True))
    return {key: value for key, value in values.items() if key in definitions.features}
