"""The story of the moves behind a band: from the board on a phone to a customer, nothing hidden beside the screen."""

import re

import pytest

pytestmark = pytest.mark.thorough


def test_the_moves_of_a_band_fit_a_phone_and_open_the_customer(visit):
    page = visit("Lin", "/?days=365", phone=True)
    page.locator(".column-moves a").first.click()
    page.wait_for_url(re.compile(r"/stages/moves/"))
    table = page.locator(".moves-table")
    assert table.locator("thead th").count() == 3
    assert table.evaluate("it => it.scrollWidth <= it.parentElement.clientWidth")
    first = table.locator("tbody a").first
    name = first.inner_text()
    first.click()
    page.wait_for_url(re.compile(r"/customers/"))
    page.get_by_role("heading", name=name).first.wait_for()
    assert page.told == []
