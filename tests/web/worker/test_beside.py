"""What does not come event by event reaches the web too: imports of few, very many at once, and what time brings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tenure.workspace import Workspace
from tenure_web.customers import labels, sync
from tenure_web.customers.models import Customer, ObservedMove, Place, State, SyncMark
from tenure_web.worker import loop, ring

NOW = datetime(2024, 6, 1, 4, tzinfo=UTC)
COLUMNS = {"customer": "customer", "order": "order", "time": "time", "amount": "amount"}


@pytest.fixture
def shop(prepared: Callable[..., Workspace]) -> Workspace:
    """Three people with an order each, shown; it is just after noon of 1 June 2024."""
    made = prepared("three_people", three, changing=True)
    ring.begin_anew()
    sync._ahead.clear()
    return made


def three(workspace: Workspace) -> None:
    workspace.save_settings(workspace.settings.changed(clock="2024-06-01T12:01"))
    ring.begin_anew()
    sync._ahead.clear()
    send(workspace, *(order(who, who, 3) for who in ("lin", "bob", "charlie")))
    ring.load(NOW)
    ring.everyone(NOW)


def send(shop: Workspace, *calls: dict[str, Any]) -> None:
    key = shop.collect.sources.create_key("test", NOW)
    shop.collect.accept("batch", msgspec.json.encode({"batch": calls}), [key], NOW)


def order(user: str, number: str, days_ago: float) -> dict[str, Any]:
    properties = {"order_id": number, "revenue": 100, "currency": "CNY"}
    at = (NOW - timedelta(days=days_ago)).isoformat()
    return {"type": "track", "event": "Order Completed", "userId": user, "messageId": f"m-{number}", "timestamp": at,
            "properties": properties}  # fmt: skip


def orders() -> dict[str, int]:
    """How many orders the web shows of each."""
    names = dict(Customer.objects.values_list("customer_key", "external_id"))
    return {names[key]: count for key, count in State.objects.values_list("customer_key", "orders")}


def stage_of(user: str) -> str:
    key = Customer.objects.get(external_id=user).pk
    place = Place.objects.get(customer_key=key, lifecycle=labels.label_id("lifecycle", "growth"))
    return labels.label_key(place.stage).split("/")[1]


@pytest.fixture
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Why everybody was brought up to date, instead of doing it."""
    causes: list[str] = []
    monkeypatch.setattr(sync, "everyone", lambda workspace, now, cause, people: causes.append(cause))
    return causes


@pytest.mark.thorough
def test_an_import_of_few_brings_up_to_date_only_whom_it_touched(
    shop: Workspace, tmp_path: Path, nobody_else: list[str]
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("customer,order,time,amount\nbob,7,2024-05-30,20\nnew,8,2024-05-30,30\n", "utf-8")
    shop.collect.load_orders(file, COLUMNS)
    assert sync.why_stale(shop) == "import"
    ring.everyone(NOW)
    assert orders() == {"lin": 1, "bob": 2, "charlie": 1, "new": 1}
    assert (sync.why_stale(shop), nobody_else) == ("", [])
    assert not ObservedMove.objects.filter(customer_key=Customer.objects.get(external_id="new").pk).exists()


@pytest.mark.thorough
def test_an_order_that_an_import_gives_to_another_is_taken_from_the_first(
    shop: Workspace, tmp_path: Path, nobody_else: list[str]
) -> None:
    file = tmp_path / "orders.csv"
    for who in ("bob", "lin"):
        file.write_text(f"customer,order,time,amount\n{who},7,2024-05-30,20\n", "utf-8")
        shop.collect.load_orders(file, COLUMNS)
        ring.everyone(NOW)
    assert (orders(), nobody_else) == ({"lin": 2, "bob": 1, "charlie": 1}, []), "the order is lin's now"


@pytest.mark.thorough
def test_an_import_taken_back_and_one_of_many_concern_everybody(
    shop: Workspace, tmp_path: Path, nobody_else: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("customer,order,time,amount\nbob,7,2024-05-30,20\nlin,8,2024-05-30,30\n", "utf-8")
    done = shop.collect.load_orders(file, COLUMNS)
    ring.everyone(NOW)
    assert nobody_else == []
    shop.collect.undo(done.import_id)
    ring.everyone(NOW)
    assert nobody_else == ["import"]
    SyncMark.objects.update(base="1.0.0.0.0.0")
    monkeypatch.setattr(sync, "FEW", 1)
    ring.everyone(NOW)
    assert nobody_else == ["import", "import"]


@pytest.mark.thorough
def test_when_very_many_are_touched_events_go_on_being_stored_and_then_everybody_is_shown(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "FEW", 2)
    send(shop, *(order(who, f"{who}2", 1) for who in ("lin", "bob", "charlie")))
    assert ring.load(NOW) == 3
    send(shop, order("lin", "lin3", 1))
    assert ring.load(NOW) == 1
    assert (set(orders().values()), shop.collect.waiting()) == ({1}, 0)
    ring.everyone(NOW)
    assert orders() == {"lin": 3, "bob": 2, "charlie": 2}
    send(shop, order("lin", "lin4", 1))
    ring.load(NOW)
    assert orders()["lin"] == 4


def test_who_moves_by_time_alone_has_moved_within_a_minute_of_midnight(shop: Workspace) -> None:
    assert next(each.every for each in loop.claimers() if each.name == "everyone") < 60
    before, ahead = stage_of("lin"), shop.history(shop.find("lin"), shop.clock.now() + timedelta(days=400))
    midnight = min(stay.entered for stay in ahead if stay.lifecycle == "growth" and stay.entered > NOW.date())
    shop.save_settings(shop.settings.changed(clock=f"{midnight - timedelta(days=1)}T23:59"))
    ring.everyone(NOW)
    assert stage_of("lin") == before
    shop.save_settings(shop.settings.changed(clock=f"{midnight}T00:00:30"))
    ring.everyone(NOW)
    assert stage_of("lin") != before
    assert ObservedMove.objects.latest("id").cause == "time"


def test_an_event_dated_ahead_counts_when_its_time_has_come_also_after_a_restart(shop: Workspace) -> None:
    send(shop, order("lin", "soon", -0.5 / 24))
    ring.load(NOW)
    assert orders()["lin"] == 1
    sync._ahead.clear()
    ring.begin_anew()
    ring.load(NOW)
    shop.save_settings(shop.settings.changed(clock="2024-06-01T12:31"))
    ring.load(NOW)
    assert orders()["lin"] == 2
