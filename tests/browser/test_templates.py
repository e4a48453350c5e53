"""The story of a template: written, seen as a reader sees it, saved, and found in the list."""

import pytest

pytestmark = pytest.mark.thorough


def test_a_template_is_written_previewed_saved_and_listed(visit):
    page = visit("Lin", "/messages/templates/new/")
    page.locator("input[name=name]").fill("Spring tea")
    page.locator("input[name=subject_en]").fill("The first leaves are here")
    page.locator("textarea[name=body_en]").fill('Dear {{ customer.first_name | default: "friend" }}, the kettle is on.')
    page.locator("select[name=language]").select_option("en")
    page.locator("[data-preview-button]").click()
    page.frame_locator("iframe[name=preview]").get_by_text("the kettle is on.").wait_for()
    assert "{{" not in page.frame_locator("iframe[name=preview]").locator("body").inner_text()
    page.locator("form.writing button.btn-primary").click()
    page.get_by_role("heading", name="Spring tea").first.wait_for()
    page.goto("/messages/templates/")
    row = page.locator("tr", has_text="Spring tea")
    assert "The first leaves are here" in row.inner_text()
    assert page.told == []
