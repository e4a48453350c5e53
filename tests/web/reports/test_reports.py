"""The reports: every number on a page opens exactly the customers it counts."""

import re
from html import unescape
from typing import Any

import pytest

CELL = re.compile(r'href="(/reports/customers/[^"]+)"[^>]*>\s*−?([\d,]+)<')
REPORTS = ("", "survival/", "cohorts/", "flow/", "funnel/")


def numbers(page: str) -> list[tuple[str, int]]:
    """(address, number) of every number that leads to customers."""
    return [(unescape(href), int(text.replace(",", ""))) for href, text in CELL.findall(page)]


def test_the_map_of_moves_counts_the_period(sign_in: Any, vera: Any, stays: Any) -> None:
    lines = sign_in(vera).get("/reports/").context["lines"]
    found = {(line.move.from_stage, line.move.to_stage): (line.move.moves, line.move.stays) for line in lines}
    assert found == {
        (None, "acquisition"): (10, None),
        ("acquisition", "conversion"): (4, 10),
        ("conversion", "churn"): (1, 4),
    }
    near = sign_in(vera).get("/reports/", {"days": "30"}).context["lines"]
    assert {(line.move.from_stage, line.move.to_stage) for line in near} == set(found) - {(None, "acquisition")}


def test_a_report_without_anything_leads_to_where_data_comes_in(sign_in: Any, vera: Any) -> None:
    assert '<a class="btn btn-primary" href="/collect/"' in sign_in(vera).get("/reports/").content.decode()


@pytest.mark.parametrize("report", ["", *(pytest.param(name, marks=pytest.mark.thorough) for name in REPORTS[1:])])
def test_a_number_leads_to_a_page_and_not_into_the_report(sign_in: Any, vera: Any, stays: Any, report: str) -> None:
    page = sign_in(vera).get(f"/reports/{report}").content.decode()
    tools, numbers_part = page.split('hx-boost="false"', 1)
    assert 'hx-boost="true"' in tools  # tabs and tools change the report in place; what a number opens has no #report
    assert "/reports/customers/" not in tools
    assert 'hx-boost="true"' not in numbers_part


def test_a_number_of_moves_opens_its_customers_masked_without_the_right(
    sign_in: Any, vera: Any, bob: Any, stays: Any
) -> None:
    address = "/reports/customers/moves/?from=acquisition&to=conversion"
    assert [each.title for each in sign_in(bob).get(address).context["people"]] == ["客户1", "客户2", "客户3", "客户4"]
    page = sign_in(vera).get(address)
    assert page.context["found"].total == 4
    assert "客户1" not in page.content.decode()


@pytest.mark.parametrize("report", ["survival/", pytest.param("funnel/", marks=pytest.mark.thorough)])
def test_numbers_of_stages_open_as_many_customers(sign_in: Any, vera: Any, stays: Any, report: str) -> None:
    browser = sign_in(vera)
    found = numbers(browser.get(f"/reports/{report}").content.decode())
    assert len(found) > 5
    for href, count in found:  # one stay a customer and stage here, so that stays are customers
        assert browser.get(href).context["found"].total == count, href


@pytest.mark.parametrize(
    "address",
    [
        "cohorts/",
        pytest.param("cohorts/?by=touch&step=week&days=0", marks=pytest.mark.thorough),
        pytest.param("flow/", marks=pytest.mark.thorough),
        pytest.param("flow/?step=week", marks=pytest.mark.thorough),
        "funnel/?event=Order+Completed&event=Order+Completed&days=0&within=365",
    ],
)
def test_numbers_of_events_open_as_many_customers(sign_in: Any, vera: Any, tea: None, address: str) -> None:
    browser = sign_in(vera)
    response = browser.get(f"/reports/{address}")
    found = numbers(response.content.decode())
    if "cohorts" in address:
        cells = [each for row in response.context["rows"] for each in row.cells]
        found += [(href, cell.active) for cell, _share, href in cells]
    assert sum(count for _href, count in found) >= 3
    seen = {href: browser.get(href).context["found"].total for href, count in found if count}
    assert seen == {href: count for href, count in found if count}


def test_every_report_reads_well_in_chinese(sign_in: Any, vera: Any, tea: None) -> None:
    browser = sign_in(vera)
    for report in REPORTS:
        page = browser.get(f"/reports/{report}", headers={"Accept-Language": "zh-CN"}).content.decode()
        assert "报表" in page
        assert "每个数字都可以点开" in page


def test_every_report_says_what_belongs_where_nothing_is(sign_in: Any, vera: Any, db: None) -> None:
    for report in REPORTS:
        assert "Choose a longer period" in sign_in(vera).get(f"/reports/{report}").content.decode()


@pytest.mark.parametrize(
    "address",
    ["moves/?from=no&to=churn", "moves/?to=no", "survival/?stage=no", "survival/?stage=churn&low=x",
     "survival/?stage=churn&outcome=no", "cohorts/?cohort=soon", "flow/?period=2026-01-01&kind=no",
     "funnel/?place=99&outcome=reached", "funnel/?place=1&outcome=no", "moves/?lifecycle=no&to=churn"],
)  # fmt: skip
def test_a_cell_that_no_report_has_is_404(sign_in: Any, vera: Any, db: None, address: str) -> None:
    assert sign_in(vera).get(f"/reports/customers/{address}").status_code == 404
