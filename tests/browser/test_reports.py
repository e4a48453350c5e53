"""Stories of somebody who asks what stands behind a number, in both languages."""

import re

import pytest


@pytest.mark.parametrize(
    ("language", "moves", "back"), [("en-GB", "Map of moves", "Reports"), ("zh-CN", "转移图", "报表")]
)
def test_lin_opens_the_customers_behind_a_number_of_a_report(visit, language, moves, back):
    page = visit("Lin", "/reports/", language=language)
    page.get_by_text(moves).first.wait_for()
    number = page.locator("td.num a").first
    shown = int(re.sub(r"\D", "", number.inner_text()))
    number.click()
    page.wait_for_url("**/reports/customers/**")
    assert page.locator("tbody tr").count() <= min(shown, 50)
    assert page.locator("tbody tr").count() > 0
    page.get_by_role("link", name=back).first.click()
    page.wait_for_url(re.compile(r"/reports/(\?|$)"))
    assert page.told == []
