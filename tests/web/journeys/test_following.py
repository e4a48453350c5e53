"""Which journeys follow what: a plan tells of them before definitions change."""

from typing import Any

import pytest

from tenure_web.journeys.following import Following, following
from tenure_web.journeys.models import Journey, Version

pytestmark = pytest.mark.django_db


def journey(key: str, state: str, trigger: dict[str, Any]) -> None:
    tree = {"key": key, "title": {"en": key, "zh": key}, "trigger": trigger, "steps": []}
    row = Journey.objects.create(key=key, state=state, draft=tree)
    row.current = Version.objects.create(journey=row, number=1, tree=tree)
    row.save()


def test_running_journeys_tell_what_they_follow_and_drafts_do_not() -> None:
    journey("welcome", Journey.RUNNING, {"lifecycle": "growth", "stage": "acquisition"})
    journey("back", Journey.PAUSED, {"segment": "at_risk"})
    journey("idea", Journey.DRAFT, {"lifecycle": "growth", "stage": "churn"})
    journey("broken", Journey.RUNNING, {"stage": "nowhere/x", "steps": 3})
    assert following() == [
        Following("back", "paused", "", "", "at_risk", False),
        Following("welcome", "running", "growth", "acquisition", "", False),
    ]
