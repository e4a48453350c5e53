"""A new score moves people as an event would: into stages and segments, with the cause told, and journeys see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tenure.clock import AsOf
from tenure.store import keep_scores
from tenure.workspace import Workspace
from tenure_web.customers import labels, sync
from tenure_web.customers.models import Membership, MembershipMove, ObservedMove, Place
from tenure_web.worker import ring
from tests.library.test_scores_in_rules import SEGMENTS, STAGES
from tests.web.worker.test_ring import NOW, load, order, send, stage_of


@pytest.fixture
def shop(prepared: Callable[..., Workspace]) -> Workspace:
    """Ada and Bo have ordered; a lifecycle and two segments read value and risk, which nobody has scored yet."""
    made = prepared("ada_and_bo", ada_and_bo, changing=True)
    ring.begin_anew()
    sync._ahead.clear()
    return made


def ada_and_bo(workspace: Workspace) -> None:
    workspace.save_settings(workspace.settings.changed(clock="2024-06-01T12:01"))
    (workspace.folder / "definitions" / "lifecycles" / "care.yml").write_text(STAGES)
    (workspace.folder / "definitions" / "segments" / "own.yml").write_text(SEGMENTS)
    ring.begin_anew()
    sync._ahead.clear()
    send(workspace, order("ada", "1", 40), order("bo", "2", 30))
    load(workspace)
    ring.everyone(NOW)


def score(shop: Workspace, source: str, columns: str, days_ago: int = 0) -> int:
    at = NOW - timedelta(days=days_ago)
    moment = AsOf(at, shop.clock.day(at))
    con = shop.store.snapshot().connect()
    everybody = f"SELECT DISTINCT customer_key, {columns} FROM events"
    return keep_scores(shop.store, con, source, everybody, moment, shop.clock)


def moved() -> list[tuple[Any, ...]]:
    """The moves and memberships that were seen, with their causes."""
    care = labels.label_id("lifecycle", "care")
    moves = ObservedMove.objects.filter(lifecycle=care).order_by("pk").values_list("to_stage", "cause")
    members = MembershipMove.objects.order_by("pk").values_list("segment", "entered", "cause")
    return [(labels.label_key(stage), cause) for stage, cause in moves if cause != "event"] + [
        (labels.label_key(segment), entered, cause) for segment, entered, cause in members if cause != "event"
    ]


@pytest.mark.thorough
def test_a_score_that_rises_moves_people_and_the_first_one_starts_nothing(shop):
    assert sync.why_stale(shop) == ""
    assert stage_of("ada", "care") == "known"
    score(shop, "risk", "0.2 AS probability, 'low' AS band")
    assert sync.why_stale(shop) == "first"
    ring.everyone(NOW)
    assert sync.why_stale(shop) == ""
    assert moved() == []
    score(shop, "risk", "0.9 AS probability, 'high' AS band")
    assert sync.why_stale(shop) == "score"
    ring.everyone(NOW)
    assert stage_of("ada", "care") == "shaky"
    assert moved() == [("care/shaky", "score")] * 2 + [("cared_for", True, "score")] * 2
    evidence = ObservedMove.objects.filter(cause="score")[0].evidence
    assert evidence["risk.band"] == "high"


def test_scores_that_no_rule_reads_move_nobody_and_wake_nobody(shop):
    score(shop, "health", "20.0 AS score, 'poor' AS band")
    assert sync.why_stale(shop) == ""


@pytest.mark.thorough
def test_scores_made_for_the_past_change_since_when_people_are_where_they_are(shop):
    score(shop, "risk", "0.9 AS probability, 'high' AS band", days_ago=5)
    ring.everyone(NOW)
    place = Place.objects.filter(lifecycle=labels.label_id("lifecycle", "care"))[0]
    assert place.since == (NOW - timedelta(days=5)).date()


@pytest.mark.thorough
def test_who_does_something_is_placed_with_the_newest_scores(shop):
    score(shop, "risk", "0.7 AS probability, 'high' AS band")
    score(shop, "value", "50000 AS expected, 1.0 AS orders, 0.5 AS alive")
    send(shop, order("ada", "3", 0.1))
    load(shop)
    assert stage_of("ada", "care") == "worth"
    assert stage_of("bo", "care") == "known"  # until everybody is brought up to date
    ring.everyone(NOW)
    assert stage_of("bo", "care") == "worth"
    assert Membership.objects.filter(segment=labels.label_id("own", "dear_and_shaky")).count() == 2
