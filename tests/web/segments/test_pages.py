"""The segments' pages: sizes, shares, movement, advice."""

from typing import Any

import pytest

from tests.web.stages.conftest import stays  # noqa: F401

pytestmark = pytest.mark.usefixtures("stays")


@pytest.fixture(autouse=True)
def states(stays: Any) -> None:  # noqa: F811
    from tenure_web.customers.labels import label_id
    from tenure_web.customers.models import State

    for key, segment, revenue in ((1, "champion", 30000), (2, "at_risk", 10000), (3, "prospect", 0)):
        State.objects.create(customer_key=key, segment=label_id("segment", segment), revenue=revenue)


def test_it_shows_the_eight_with_size_and_revenue_share(sign_in: Any, vera: Any) -> None:
    response = sign_in(vera).get("/segments/")
    lines = {line.segment.key: line for line in response.context["lines"]}
    assert len(lines) == 8
    assert (lines["champion"].customers, lines["champion"].revenue_share) == (1, 0.75)
    assert response.context["prospects"].customers == 1


def test_it_shows_who_moved_between_the_months(sign_in: Any, vera: Any) -> None:
    moves = sign_in(vera).get("/segments/").context["matrix"]
    row = next(cells for start, cells in moves.rows if start and start.key == "champion")
    found = {column.key: cell.customers for column, cell in zip(moves.columns, row, strict=True) if cell.customers}
    assert found == {"champion": 20, "at_risk": 20}


def test_one_segment_says_where_its_customers_came_from(sign_in: Any, vera: Any, mona: Any) -> None:
    response = sign_in(vera).get("/segments/at_risk/")
    came = [(start.key if start else None, cell.customers) for start, cell in response.context["came"]]
    assert came == [("champion", 20), (None, 2)]
    page = response.content.decode()
    assert 'href="/customers/?segment=at_risk"' in page
    assert "Advertising audience" not in page
    assert "/segments/at_risk/audience/" in sign_in(mona).get("/segments/at_risk/").content.decode()


def test_every_number_of_the_moves_opens_the_customers_behind_it(sign_in: Any, bob: Any) -> None:
    browser = sign_in(bob)
    moves = browser.get("/segments/").context["matrix"]
    cells = [cell for _start, row in moves.rows for cell in row if cell.customers]
    assert len(cells) == 3
    for cell in cells:
        assert browser.get(cell.href).context["found"].total == cell.customers
    second = browser.get(f"{cells[0].href}&page=2")
    assert second.context["people"] == []


def test_every_month_of_a_size_opens_who_was_there(sign_in: Any, bob: Any) -> None:
    browser = sign_in(bob)
    chart = browser.get("/segments/at_risk/").context["chart"]["series"][0]
    assert chart["values"] == [0, 22]
    assert [browser.get(href).context["found"].total for href in chart["hrefs"]] == [0, 22]
    assert browser.get("/segments/customers-behind/?segment=nobody&day=2026-01-01").status_code == 404
    assert browser.get("/segments/customers-behind/?segment=at_risk&day=soon").status_code == 404


def test_the_pages_read_in_chinese(sign_in: Any, vera: Any) -> None:
    page = sign_in(vera).get("/segments/", headers={"Accept-Language": "zh-CN"}).content.decode()
    for words in ("价值分群", "冠军", "不可流失", "即将流失", "销售额占比"):
        assert words in page
