"""The customer page hands a person's data over and erases it, for the owner only."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.utils import timezone

from tenure.store import keep_scores
from tenure_web.audit.models import Entry
from tenure_web.customers import profiles, sync
from tenure_web.customers.models import Customer, Profile
from tenure_web.worker import jobs


@pytest.fixture
def mei(workspace: Any) -> int:
    now = timezone.now()
    call = {"type": "identify", "userId": "mei", "traits": {"email": "mei@example.com", "name": "Mei"}}
    with workspace.writing(wait=True):
        key = workspace.collect.sources.create_key("site", now)
        workspace.collect.accept("batch", json.dumps({"batch": [call]}).encode(), [key], now)
        workspace.collect.drain_all()
        con, moment = workspace.store.snapshot().connect(), workspace.clock.as_of()
        scored = "SELECT DISTINCT customer_key, 0.9 AS probability, 'high' AS band FROM events"
        keep_scores(workspace.store, con, "risk", scored, moment, workspace.clock)
        sync.touch(workspace, profiles.take(workspace), workspace.clock.now())
    return int(workspace.find("mei"))


@pytest.mark.postgres(alone=True)
@pytest.mark.django_db(transaction=True)
def test_the_owner_hands_over_and_erases(workspace: Any, lin: Any, mei: int, sign_in: Any) -> None:
    browser = sign_in(lin)
    assert "Erase for good" in browser.get(f"/customers/{mei}/").content.decode()
    answer = browser.post(f"/customers/{mei}/export/")
    said = json.loads(zipfile.ZipFile(io.BytesIO(answer.content)).read("customer.json"))
    assert said["profile"][0]["email"]["value"] == "mei@example.com"
    assert [(each["source"], each["band"]) for each in said["scores"]] == [("risk", "high")]
    browser.post(f"/customers/{mei}/erase/")
    with workspace.writing(wait=True):
        jobs.work(timezone.now())
    assert not Customer.objects.exists()
    assert not Profile.objects.exists()
    assert workspace.collect.find("mei") is None
    assert not [kind for kind in ("scores", "history") if _rows(workspace, f"risk_{kind}")]
    entry = Entry.objects.get(verb="erase.customer")
    assert (entry.target, entry.actor) == ("", "lin@example.com")


def _rows(workspace: Any, table: str) -> list[Any]:
    return list(workspace.store.snapshot().connect().execute(f"SELECT * FROM {table}").fetchall())


def test_nobody_else_sees_the_buttons(mona: Any, key: Any, sign_in: Any) -> None:
    assert "Erase for good" not in sign_in(mona).get(f"/customers/{key('C1')}/").content.decode()
    assert sign_in(mona).post(f"/customers/{key('C1')}/erase/").status_code == 403
