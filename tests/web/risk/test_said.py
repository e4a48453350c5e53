"""What colleagues say of a customer, and what pages make of it: pulse, health, why somebody left."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tenure_web.risk.models import Departure, Pulse

GROUPS = {"pace": 15.0, "depth": 50.0, "engagement": None, "experience": 100.0, "pulse": None}
KEPT = (45 * 15 + 30 * 50 + 10 * 100) / 85


@pytest.fixture
def shop(workspace: Any, db: None) -> Any:
    """Customer 1, who left with a poor health, and customer 2, who stays and never ordered."""
    from tenure_web.customers import labels
    from tenure_web.customers.models import Customer, Place

    labels.forget()
    now = workspace.clock.now()
    for key, stage in ((1, "churn"), (2, "retention")):
        Customer.objects.create(customer_key=key, name=f"客户{key}", created_at=now)
        Place.objects.create(
            customer_key=key,
            lifecycle=labels.label_id("lifecycle", "growth"),
            stage=labels.label_id("stage", "growth", stage),
            since=now.date(),
        )
    con = workspace.store.connect()
    con.execute("CREATE TEMP TABLE h (customer_key BIGINT, score DOUBLE, band VARCHAR, groups VARCHAR, before DOUBLE)")
    con.execute("INSERT INTO h VALUES (1, ?, 'poor', ?, 60)", [KEPT, json.dumps(GROUPS)])
    rows = "SELECT *, CAST(NULL AS VARCHAR) AS segment, TIMESTAMP '2026-01-01' AS as_of FROM h"
    workspace.store.append("health", con, rows)
    con.close()
    return workspace


def test_a_pulse_changes_the_score_at_once_and_ages_out(sign_in: Any, bob: Any, shop: Any) -> None:
    client = sign_in(bob)
    before = client.get("/risk/customers/1/").context["health"]
    assert (before["score"], before["band"], before["moved"], before["mark"]) == (37, "poor", -23, None)
    assert client.post("/risk/customers/1/pulse/", {"mark": "5"}).status_code == 302
    said = client.get("/risk/customers/1/").context["health"]
    assert (said["score"], said["band"], said["mark"]) == (round((KEPT * 85 + 20 * 100) / 105), "fair", 5)
    Pulse.objects.update(at=shop.clock.now() - timedelta(days=90))
    assert client.get("/risk/customers/1/").context["health"]["score"] == 37


def test_what_is_no_pulse_is_refused(sign_in: Any, bob: Any, vera: Any, shop: Any) -> None:
    for wrong in ("0", "6", "", "x"):
        sign_in(bob).post("/risk/customers/1/pulse/", {"mark": wrong})
    assert sign_in(vera).post("/risk/customers/1/pulse/", {"mark": "3"}).status_code == 403
    assert not Pulse.objects.exists()


def test_whoever_left_is_asked_for_why(sign_in: Any, bob: Any, vera: Any, shop: Any) -> None:
    client = sign_in(bob)
    asked = client.get("/risk/customers/1/").content.decode()
    assert "Why did they leave?" in asked
    assert "Too dear for what it is" in asked
    assert "Why did they leave?" not in client.get("/risk/customers/2/").content.decode()
    client.post("/risk/customers/1/departure/", {"reason": "price.too_dear", "note": "found it for half"})
    client.post("/risk/customers/1/departure/", {"reason": "no-such"})
    assert Departure.objects.count() == 1
    told = sign_in(vera).get("/risk/customers/1/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "价格：性价比不高" in told
    assert "found it for half" in told
    assert "<form" not in told


def test_reasons_are_counted_by_what_was_said_last_of_each(sign_in: Any, vera: Any, shop: Any) -> None:
    now = shop.clock.now()
    for key, reason in ((1, "service"), (1, "price.too_dear"), (2, "price"), (3, "delivery.late"), (4, "price.raised")):
        Departure.objects.create(customer_key=key, reason=reason, at=now)
    context = sign_in(vera).get("/risk/").context
    found = [(each.title.en, each.customers, [(part.title.en, part.customers) for part in each.parts])
             for each in context["departures"]]  # fmt: skip
    price = ("Price", 3, [("The price was raised", 1), ("Too dear for what it is", 1)])
    assert found == [price, ("Delivery", 1, [("Late", 1)])]
    assert context["departed"] == 4


def test_acts_are_in_the_audit_and_follow_a_merged_customer(sign_in: Any, bob: Any, shop: Any) -> None:
    from tenure_web.audit.models import Entry
    from tenure_web.customers import sync

    client = sign_in(bob)
    client.post("/risk/customers/1/pulse/", {"mark": "2"})
    client.post("/risk/customers/1/departure/", {"reason": "product", "note": "Mr Zhang was angry"})
    told = {entry.verb: entry.detail for entry in Entry.objects.filter(verb__in=["add.pulse", "add.departure"])}
    assert told == {"add.pulse": {"mark": 2}, "add.departure": {"reason": "product"}}
    sync.forget({1}, {1: 2})
    assert Pulse.objects.get().customer_key == Departure.objects.get().customer_key == 2


def test_the_bands_say_when_nobody_has_ordered_yet(sign_in: Any, vera: Any, shop: Any) -> None:
    page = sign_in(vera).get("/risk/health/")
    assert page.context["report"].now == {"good": 0, "fair": 0, "poor": 0}
    assert "nobody has yet" in page.content.decode()


def test_a_wrong_definition_is_told_on_the_pages(sign_in: Any, vera: Any, shop: Any) -> None:
    (shop.folder / "definitions" / "health.yml").write_text("grups: {}")
    (shop.folder / "definitions" / "departures.yml").write_text("departures: {}")
    client = sign_in(vera)
    card = client.get("/risk/customers/1/").content.decode()
    for page, said in ((card, "unknown entry"), (card, "there are no reasons")):
        assert said in page
    assert "there are no reasons" in client.get("/risk/").content.decode()
    assert "unknown entry" in client.get("/risk/health/").content.decode()


@pytest.mark.thorough
def test_the_worker_scores_health_with_the_pulses_even_where_risk_cannot_be_learned(workspace: Any, db: None) -> None:
    from tenure.errors import UsageError
    from tenure_web.worker import daily
    from tenure_web.worker.models import Job

    now = workspace.clock.now()
    order = {"order_id": "o1", "total": 10, "currency": "CNY"}
    event = {"type": "track", "event": "Order Completed", "userId": "c1", "messageId": "o1", "properties": order}
    write_key = workspace.collect.sources.create_key("test", now)
    workspace.collect.accept("batch", json.dumps({"batch": [event]}).encode(), [write_key], now)
    workspace.collect.drain_all()
    Pulse.objects.create(customer_key=1, mark=2, at=now)
    with pytest.raises(UsageError, match="history is too short"):
        daily.risk(Job(params={}), lambda *_: None)
    assert workspace.health.one(1).groups["pulse"] == 25
    assert workspace.health.scored().day == workspace.clock.as_of().day


WRONG = """
groups:
  pace:
    title: {en: Pace, zh: 节奏}
    weight: 1
    measures:
      - {feature: no_such, points: {0: 1}}
"""


def test_the_health_score_is_changed_as_yaml_and_taken_back(sign_in: Any, lin: Any, shop: Any) -> None:
    from tenure_web.worker.models import Job

    client = sign_in(lin)
    page = client.get("/risk/health/edit/")
    assert page.context["built_in"]
    own = page.context["text"].replace("days: 90", "days: 45")
    assert client.post("/risk/health/save/", {"text": own}).status_code == 302
    assert (shop.health.definition.pulse.days, shop.health.text) == (45, (own, False))
    assert Job.objects.filter(kind="risk").exists()
    refused = client.post("/risk/health/save/", {"text": WRONG})
    assert refused.status_code == 422
    assert "no_such" in refused.content.decode()
    assert shop.health.text == (own, False), "what is wrong changes nothing"
    client.post("/risk/health/save/", {"text": "", "to": "built-in"})
    assert shop.health.text[1]
    assert shop.health.definition.pulse.days == 90


def test_who_may_not_change_definitions_reads_the_health_score_only(sign_in: Any, vera: Any, shop: Any) -> None:
    client = sign_in(vera)
    assert "readonly" in client.get("/risk/health/edit/").content.decode()
    assert client.post("/risk/health/save/", {"text": "groups: {}"}).status_code == 403


PARTS = {
    "health/": "Health",
    "people/": "Who has the most to lose",
    "drivers/": "What told the lost from the kept",
    "survival/": "How long customers last",
    "survival/?by=stage": "How long customers last",
}


def test_a_part_opened_by_its_own_address_is_a_whole_page_and_a_piece_for_the_page_that_asks(
    sign_in: Any, vera: Any, shop: Any
) -> None:
    client = sign_in(vera)
    for address, title in PARTS.items():
        page = client.get(f"/risk/{address}")
        assert f"<h1>{title}</h1>" in page.content.decode()
        assert 'href="/risk/"' in page.content.decode()
        piece = client.get(f"/risk/{address}", headers={"HX-Request": "true"})
        assert "<html" not in piece.content.decode()
        assert piece.content
    assert page.context["by"] == "stage"
