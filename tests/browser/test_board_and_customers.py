"""Stories of the board and of customers: a move shown live, a Chinese name found, a page read, language and theme."""

import json
import re
import urllib.request
from datetime import UTC, datetime

import pytest

from tests.browser.site import Site


def send(site: Site, *calls: dict) -> None:
    """Send a batch of calls as a client library does."""
    body = json.dumps({"batch": list(calls), "writeKey": site.write_key}).encode()
    request = urllib.request.Request(f"{site.address}/v1/batch", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def named(customer: str, name: str) -> dict:
    at = datetime.now(UTC).isoformat()
    return {
        "type": "identify",
        "userId": customer,
        "messageId": f"i-{customer}",
        "timestamp": at,
        "traits": {"name": name},
    }


def bought(customer: str, number: int) -> dict:
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": customer,
        "messageId": f"o-{customer}-{number}",
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": {"order_id": f"{customer}-{number}", "total": 88, "currency": "CNY"},
    }


def test_an_order_moves_a_customer_on_the_open_board(site, visit):
    page = visit("Lin", "/")
    page.wait_for_selector("#live", state="attached")
    before = int(page.locator("#count-conversion").inner_text().replace(",", ""))
    send(site, named("LIVE-1", "直播客"), bought("LIVE-1", 1))
    page.get_by_role("link", name="直播客").first.wait_for()
    assert int(page.locator("#count-conversion").inner_text().replace(",", "")) == before + 1
    assert page.told == []


def test_an_order_changes_the_open_page_of_its_customer_and_leaves_what_is_being_written(site, visit):
    send(site, named("LIVE-2", "直播二"))
    page = visit("Lin", "/customers/")
    site.wait(
        lambda: page.goto(f"{site.address}/customers/?q=LIVE-2") and page.get_by_role("link", name="直播二").count()
    )
    page.get_by_role("link", name="直播二").first.click()
    page.locator("#standing", has_text="Acquisition").wait_for()
    page.locator("#note-text").fill("half a note")
    send(site, bought("LIVE-2", 1))
    page.locator("#standing", has_text="Conversion").wait_for()
    assert "88.00" in page.locator("#figures").inner_text()
    page.locator("#line .item", has_text="88.00").first.wait_for()
    assert page.locator("#why").get_by_text("Conversion").count()
    assert page.locator("#note-text").input_value() == "half a note"
    assert page.told == []


def test_a_chinese_name_is_found_by_typing(site, visit):
    send(site, named("FIND-1", "欧阳青山"), bought("FIND-1", 1))
    page = visit("Lin", "/customers/", language="zh-CN")
    site.wait(lambda: page.reload() and page.get_by_text("欧阳青山").count())
    page.locator("#q").press_sequentially("青山", delay=30)
    page.wait_for_url(re.compile(r"q=%E9%9D%92%E5%B1%B1"))
    page.locator("#count", has_text="1 位客户").wait_for()
    assert page.locator("tbody tr").count() == 1
    page.locator("h1").click()  # Escape would clear the search
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    assert page.locator("h1").inner_text() == "欧阳青山"
    assert "为什么在此阶段" in page.inner_text("body")
    assert page.told == []


def test_what_is_typed_and_chosen_outlives_a_list_drawn_anew(visit):
    page = visit("Lin", "/customers/?sort=-orders")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    chosen = page.locator("tr.on").get_attribute("data-href")
    page.evaluate("htmx.ajax('GET', location.href, {target: '#customers', swap: 'outerHTML'})")
    page.locator(f"tr.on[data-href='{chosen}']").wait_for()
    page.evaluate("""() => {
        const box = document.getElementById('q'), again = '/customers/?q=zz';
        box.focus();
        htmx.ajax('GET', again, {target: '#customers', swap: 'outerHTML'});
        box.value = 'zzz-nobody';  // typed while the answer to "zz" is on its way
    }""")
    page.wait_for_url("**/customers/?q=zzz-nobody*")
    assert page.locator("#q").input_value() == "zzz-nobody"
    assert page.told == []


def test_the_palette_opens_from_the_keyboard_and_leads_to_a_page(visit):
    page = visit("Lin", "/segments/")
    page.keyboard.press("Control+k")
    page.locator("#palette input").press_sequentially("journ", delay=20)
    page.keyboard.press("Enter")  # before the answer is there: it waits for it
    page.wait_for_url("**/journeys/")


@pytest.mark.parametrize("phone", [False, True])
def test_the_page_of_a_customer_reads_on_desk_and_phone(visit, phone):
    page = visit("Lin", "/customers/?sort=-orders", phone=phone)
    page.locator("tbody tr a").first.click()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    assert page.locator(".strip").count() == 5
    page.locator("#tab .tabs a", has_text="Orders").click()
    page.locator("#tab table tbody tr").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.go_back()
    page.locator("#tab .line").wait_for()
    assert page.told == []


def test_language_and_theme_switch_and_stay(visit):
    page = visit("Vera", "/segments/")
    page.locator("[data-language]").click()
    page.locator("h1", has_text="价值分群").wait_for()
    root = page.locator("html")
    assert root.get_attribute("lang") == "zh-Hans"
    for chosen in ("light", "dark", "auto"):
        if root.get_attribute("data-theme") != chosen:
            with page.expect_response("**/theme/"):
                page.locator("[data-theme-switch] button.on").click()
        if chosen == "dark":
            assert root.get_attribute("data-bs-theme") == "dark"
            page.reload()
            assert root.get_attribute("data-bs-theme") == "dark"
            assert page.locator("[data-chart] svg").count() == 1
    page.locator("[data-language]").click()
    page.locator("h1", has_text="Value segments").wait_for()
    assert page.told == []
