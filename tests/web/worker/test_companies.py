"""A word on a company moves all who belong to it, at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tenure.workspace import Workspace
from tenure_web.customers import labels, sync
from tenure_web.worker import ring
from tests.library.features.test_companies import OWN, STAGES
from tests.web.worker.test_ring import NOW, load, send, stage_of

pytestmark = pytest.mark.thorough


@pytest.fixture
def shop(workspace: Workspace, db: None) -> Workspace:
    """Ada and Bo are of one company, Cy of another; the lifecycle of companies asks for a plan and three members."""
    workspace.save_settings(workspace.settings.changed(clock="2024-06-01T12:01"))
    for folder, text in (("features", OWN), ("lifecycles", STAGES)):
        (workspace.folder / "definitions" / folder / "own.yml").write_text(text, "utf-8")
    labels.forget()
    ring.begin_anew()
    sync._ahead.clear()
    said(workspace, group("ada", "茶社", plan="free"), group("bo", "茶社"), group("cy", "acme"))
    ring.everyone(NOW)
    return workspace


def group(user: str, company: str, days_ago: int = 0, **traits: Any) -> dict[str, Any]:
    at = (NOW - timedelta(days=days_ago)).isoformat()
    return {"type": "group", "userId": user, "groupId": company, "timestamp": at, "traits": traits,
            "messageId": f"{user}{company}{days_ago}{traits}"}  # fmt: skip


def said(shop: Workspace, *calls: dict[str, Any]) -> None:
    send(shop, *calls)
    load(shop)


def stages(lifecycle: str = "account") -> list[str]:
    return [stage_of(each, lifecycle) for each in ("ada", "bo", "cy")]


def test_what_a_colleague_says_moves_everybody_of_the_company(shop):
    assert stages() == ["small", "small", "small"]
    said(shop, group("bo", "茶社", plan="pro", renewal="2024-06-04"))
    assert stages() == ["due", "due", "small"]


def test_who_joins_and_who_leaves_changes_the_others(shop):
    said(shop, group("dora", "茶社"))
    assert stages() == ["team", "team", "small"]
    said(shop, group("dora", ""))
    assert stages() == ["small", "small", "small"]
