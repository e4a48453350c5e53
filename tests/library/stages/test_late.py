"""What was known when: late events correct the past, and are left out of what was known before they came."""

from datetime import UTC, datetime

import pytest

import tenure
from tenure.errors import NotFound
from tenure.workspace import Explanation, Workspace

from .test_ahead import order, put

EARLY, LATE = datetime(2025, 12, 21, tzinfo=UTC), datetime(2026, 1, 8, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two orders of December; the second one reached us in January."""
    made = tenure.init(
        tmp_path_factory.mktemp("late") / "shop", zone="Asia/Shanghai", currency="CNY", clock="2026-01-10"
    )
    put(made, EARLY, order("2025-12-20", 1))
    put(made, LATE, order("2025-12-24", 2))
    return made


@pytest.fixture(scope="module")
def told(shop: Workspace) -> Explanation:
    return shop.explain("C1", "2025-12-30", look_ahead=False)


@pytest.mark.thorough
def test_the_past_is_told_with_all_that_is_known_today(told: Explanation) -> None:
    found = told
    assert found.features["order_days"] == 2
    assert next(each.stage.key for each in found.lifecycles if each.lifecycle.key == "growth") == "retention"


def test_an_event_that_came_late_is_shown_as_such(told: Explanation) -> None:
    (late,) = told.late
    assert (late.name, late.happened.day, late.received, late.days) == ("Order Completed", 24, LATE, 15)


def test_what_was_known_then_leaves_it_out(shop: Workspace) -> None:
    found = shop.explain("C1", "2025-12-30", look_ahead=False, known_at="2025-12-30")
    assert (found.features["order_days"], found.late) == (1, ())
    assert next(each.stage.key for each in found.lifecycles if each.lifecycle.key == "growth") == "conversion"


@pytest.mark.thorough
def test_everybody_is_placed_by_what_was_known_then(shop: Workspace) -> None:
    assert shop.standing("2025-12-30", known_at="2025-12-30").counts("growth")["conversion"] == 1
    assert shop.standing("2025-12-30").counts("growth")["retention"] == 1


@pytest.mark.thorough
def test_the_instant_of_receipt_itself_is_not_before_it(shop: Workspace) -> None:
    assert shop.explain("C1", "2025-12-30", look_ahead=False, known_at=LATE).features["order_days"] == 1
    later = LATE.replace(microsecond=1)
    assert shop.explain("C1", "2025-12-30", look_ahead=False, known_at=later).features["order_days"] == 2


def test_before_anything_was_received_nobody_was_known(shop: Workspace) -> None:
    with pytest.raises(NotFound, match="Nothing was known"):
        shop.explain("C1", "2025-12-30", known_at="2025-12-01")
