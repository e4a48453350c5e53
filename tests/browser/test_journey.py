"""A journey from the ready-made draft to the reader's unsubscribe, as Lin lives it."""

import base64
import json
import re
import urllib.request
from datetime import UTC, datetime

import pytest


def buy(site, customer, name):
    """A first order over HTTP, by somebody who agreed to e-mail at the checkout."""
    agreed = {"email": {"state": "granted", "basis": "checkout box", "evidence": "order form v3"}}
    now = datetime.now(UTC).isoformat()
    order = {"order_id": f"order-{customer}", "total": 88, "currency": "CNY", "products": []}
    traits = {"name": name, "email": f"{customer}@reader.example", "consent": agreed}
    batch = [
        {"type": "identify", "userId": customer, "messageId": f"i-{customer}", "timestamp": now, "traits": traits},
        {
            "type": "track",
            "event": "Order Completed",
            "userId": customer,
            "messageId": f"o-{customer}",
            "timestamp": now,
            "properties": order,
        },
    ]
    request = urllib.request.Request(
        f"{site.address}/v1/batch",
        json.dumps({"batch": batch}).encode(),
        {
            "Authorization": "Basic " + base64.b64encode(f"{site.write_key}:".encode()).decode(),
            "Content-Type": "application/json",
        },
    )
    assert urllib.request.urlopen(request, timeout=10).status == 200


@pytest.fixture
def awake(site, visit):
    """Quiet hours off, as Lin sets them on the page."""
    page = visit("Lin", "/messages/sending/")
    for name in ("quiet_start", "quiet_end"):
        page.locator(f"input[name={name}]").fill("00:00")
    page.locator("input[name=budget_days]").locator("xpath=ancestor::form").locator("button[type=submit]").click()
    page.wait_for_load_state()
    return page


def test_an_order_starts_the_journey_and_the_reader_can_leave_with_one_click(site, visit, awake):
    page = awake
    page.goto("/journeys/")
    page.locator("form:has(input[value=thank_you]) button").click()
    page.wait_for_url(re.compile(r"/journeys/thank-you"))
    page.locator(".step-trigger").click()
    page.locator("#panel input[name=holdout]").fill("0")
    page.locator("#panel form button[type=submit]").first.click()
    page.wait_for_url("**?step=journey")
    page.locator(".step-email").first.click()
    page.frame_locator("#panel iframe").get_by_text("Thank you").first.wait_for()
    page.locator(".menu > summary").click()
    page.locator(".menu button[value=no]").click()
    page.locator(".badge", has_text="Running").wait_for()
    buy(site, "story-1", "Mia Wong")

    def arrived():
        page.goto("/messages/?q=story-1")
        return page.locator("[data-mail]").count() == 1

    site.wait(arrived, 30)
    page.frame_locator("#reading iframe").get_by_text("Mia").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    leave = page.locator('.mail-links a[href*="/u/"]').get_attribute("href")
    assert page.told == []

    reader = visit(None, leave[leave.index("/u/") :])
    reader.locator("button[type=submit]").click()
    reader.get_by_text("unsubscribed").wait_for()
    page.goto("/messages/sending/")
    assert page.locator(".consent-list dd").nth(3).inner_text() == "1"


def test_the_path_is_read_on_a_phone_in_chinese(site, visit):
    page = visit("Bob", "/journeys/", language="zh-CN", phone=True)
    if page.locator(".journey-name").count() == 0:
        page.locator("form:has(input[value=miss_you]) button").click()
    else:
        page.locator(".journey-name").first.click()
    page.locator(".step-card").nth(1).click()
    page.locator("#panel form").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert "旅程" in page.locator(".crumbs").inner_text()
    assert page.told == []
