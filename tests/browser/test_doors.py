"""Coming in, in both languages, on a desk and on a phone."""

import pytest

from tests.browser.site import PASSWORD


@pytest.mark.parametrize(("language", "word"), [("en-GB", "Sign in"), ("zh-CN", "登录")])
def test_a_stranger_is_shown_the_door_in_the_language_of_the_browser(visit, language, word):
    page = visit(None, "/customers/", language=language)
    assert page.url.split("?")[0].endswith("/sign-in/")
    assert word in page.locator("h1").inner_text()
    assert page.told == []


def test_charlie_whom_nobody_knows_stays_outside(visit):
    page = visit(None, "/sign-in/")
    page.locator("input[name=email]").fill("charlie@example.com")
    page.locator("input[name=password]").fill("let me in please")
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_load_state()
    assert "/sign-in/" in page.url
    assert page.locator("[role=alert], .alert").count()


@pytest.mark.parametrize("phone", [False, True])
def test_lin_comes_in_and_nothing_is_wider_than_the_window(visit, phone):
    page = visit("Lin", "/", phone=phone)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.told == []


def test_bob_who_asked_for_a_page_lands_on_it_after_signing_in(visit):
    page = visit(None, "/customers/")
    page.locator("input[name=email]").fill("bob@example.com")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_url("**/customers/")
