"""Templates of trades on the web: looked at, counted, taken over as one version beside what the company has."""

from typing import Any

import pytest

from tenure.definitions import trades, versions
from tenure.workspace import Workspace

OWN = """features:
  stays:
    title: {en: Our own stays, zh: 自家口径的入住次数}
    meaning: {en: Counted our way., zh: 按自家口径计数。}
    kind: count
    events: Stayed
"""


@pytest.fixture
def hotel(workspace: Workspace, db: None, changing: None) -> Workspace:
    """A company that already counts stays in its own way."""
    (workspace.folder / "definitions" / "features" / "own.yml").write_text(OWN, "utf-8")
    return workspace


@pytest.mark.thorough
def test_every_trade_is_shown_with_its_stages_in_both_languages(sign_in: Any, vera: Any, workspace: Any) -> None:
    browser = sign_in(vera)
    for language in ("en", "zh"):
        page = browser.get("/definitions/trades/", headers={"Accept-Language": language}).content.decode()
        assert all(getattr(trade.title, language) in page for trade in trades())
    page = browser.get("/definitions/trades/hotel/", headers={"Accept-Language": "zh-CN"}).content.decode()
    for words in ("酒店", "已订房", "前台团队", "模板内容"):
        assert words in page
    assert "trade_take" not in page
    assert 'name="board"' not in page


def test_lin_takes_a_trade_over_beside_what_the_company_has(sign_in: Any, lin: Any, hotel: Workspace) -> None:
    browser = sign_in(lin)
    before = browser.get("/definitions/trades/hotel/").context["new"]
    browser.post("/definitions/trades/hotel/take/", {"board": "yes"})
    folder = hotel.folder / "definitions"
    (version,) = versions.versions(folder)
    assert len(version.entries) == before
    assert (version.author, version.reason) == (str(lin), "Template: Hotel")
    assert [stage.key for stage in hotel.definitions.lifecycles["stays"].stages][:2] == ["inquiring", "booked"]
    assert hotel.definitions.features["stays"].title.en == "Our own stays"
    assert Workspace(hotel.folder).settings.lifecycle == "stays"
    assert "before-arrival" in browser.get("/journeys/").content.decode()
    browser.post("/definitions/trades/hotel/take/")
    assert len(versions.versions(folder)) == 1
    assert browser.get("/definitions/trades/").context["rows"][5][2:] == (True, True)
