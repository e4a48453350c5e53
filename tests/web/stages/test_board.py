"""The board: who is where, who moved, what changed while one looked."""

from datetime import timedelta
from typing import Any

import pytest

from tenure_web.customers.labels import label_id
from tenure_web.customers.models import ObservedMove, Place, SyncMark
from tests.examples import examples

pytestmark = pytest.mark.usefixtures("stays")


def columns(response: Any) -> dict[str, Any]:
    return {column.stage.key: column for column in response.context["board"].columns}


def test_it_shows_every_stage_with_its_customers_and_the_period_before(sign_in: Any, vera: Any) -> None:
    response = sign_in(vera).get("/")
    found = columns(response)
    assert {key: (column.customers, column.before) for key, column in found.items() if column.customers} == {
        "acquisition": (6, 10),
        "conversion": (3, 0),
        "churn": (1, 0),
    }
    assert found["acquisition"].share == pytest.approx(0.6)
    assert found["conversion"].days == 5
    totals = response.context["board"].totals
    assert (totals.customers, totals.forward, totals.backward) == (10, 4, 1)


def test_the_bands_are_the_moves_of_the_period(sign_in: Any, vera: Any) -> None:
    drawing = sign_in(vera).get("/").context["board"].drawing
    assert [(band.flow.from_stage, band.flow.to_stage, band.flow.moves) for band in drawing.above] == [
        ("acquisition", "conversion", 4)
    ]
    assert [(band.flow.from_stage, band.flow.to_stage) for band in drawing.below] == [("conversion", "churn")]


def test_another_day_is_told_from_history(sign_in: Any, vera: Any, stays: Any) -> None:
    day = stays.clock.as_of().day - timedelta(days=1)
    response = sign_in(vera).get("/", {"day": day.isoformat(), "days": "7"})
    assert columns(response)["conversion"].customers == 4
    assert 'id="live"' not in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"day": "yesterday", "days": "x"},
        {"day": "0001-01-01"},
        *(pytest.param(each, marks=pytest.mark.thorough) for each in ({"days": "8"}, {"day": "9999-01-01"})),
    ],
)
def test_what_cannot_be_read_is_the_usual(sign_in: Any, vera: Any, query: dict[str, str]) -> None:
    choice = sign_in(vera).get("/", query).context["choice"]
    assert (choice.day, choice.days) == (choice.today, 30)


def test_an_unknown_lifecycle_is_404(sign_in: Any, vera: Any) -> None:
    assert sign_in(vera).get("/", {"lifecycle": "no-such"}).status_code == 404


OTHERS = ("purchase", "adoption", "lifespan", "relationship")


@pytest.mark.parametrize(
    "key",
    [
        "growth",
        *(pytest.param(key, marks=pytest.mark.thorough) for key in OTHERS),
    ],
)
def test_every_lifecycle_has_a_board_and_a_page_of_meanings(sign_in: Any, vera: Any, key: str) -> None:
    browser = sign_in(vera)
    assert browser.get("/", {"lifecycle": key}).status_code == 200
    response = browser.get(f"/stages/{key}/", headers={"Accept-Language": "zh-CN"})
    assert all(each["rule"] for each in response.context["stages"])
    assert any(campaign for each in response.context["stages"] for _strategy, campaign in each["strategies"])
    assert "客户需要什么" in response.content.decode()


def test_a_page_that_knows_the_version_gets_nothing(sign_in: Any, vera: Any) -> None:
    response = sign_in(vera).get("/stages/live/", {"since": "7"})
    assert (response.status_code, response.content) == (204, b"")


def test_a_move_reaches_the_open_page(sign_in: Any, vera: Any, stays: Any) -> None:
    conversion, retention = (label_id("stage", "growth", key) for key in ("conversion", "retention"))
    Place.objects.filter(customer_key=2).update(stage=retention)
    ObservedMove.objects.create(
        customer_key=2,
        lifecycle=label_id("lifecycle", "growth"),
        from_stage=conversion,
        to_stage=retention,
        at=stays.clock.now(),
        cause="event",
    )
    SyncMark.objects.update(version=8)
    part = sign_in(vera).get("/stages/live/", {"since": "7"}).content.decode()
    assert "since=8" in part
    assert 'id="count-retention" hx-swap-oob="true">1<' in part
    assert 'id="count-conversion" hx-swap-oob="true">2<' in part
    assert "客**" in part
    assert "客户2" not in part


def test_the_customers_behind_a_band(sign_in: Any, bob: Any) -> None:
    response = sign_in(bob).get("/stages/moves/", {"from": "acquisition", "to": "conversion"})
    assert {row["person"].title for row in response.context["rows"]} == {"客户1", "客户2", "客户3", "客户4"}
    assert {row["mover"].days for row in response.context["rows"]} == {95}


def test_the_customers_behind_a_band_come_page_by_page(sign_in: Any, bob: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenure_web.reports.people.PAGE", 3)
    browser, asked = sign_in(bob), "/stages/moves/?from=acquisition&to=conversion"
    first = browser.get(asked)
    second = browser.get(first.context["after"])
    names = [[row["person"].title for row in part.context["rows"]] for part in (first, second)]
    assert names == [["客户1", "客户2", "客户3"], ["客户4"]]
    assert (first.context["total"], first.context["before"], second.context["after"]) == (4, "", "")
    assert "from 4 of 4 moves" in second.content.decode()
    assert browser.get(second.context["before"]).context["rows"] == first.context["rows"]
    beyond = browser.get(f"{asked}&page=9")
    assert "There is no such page" in beyond.content.decode()
    assert browser.get(beyond.context["before"]).context["rows"] == second.context["rows"]


def test_every_figure_of_the_board_opens_the_customers_behind_it(sign_in: Any, bob: Any, stays: Any) -> None:
    browser = sign_in(bob)

    def behind(what: str, stage: str = "", **more: str) -> int:
        asked = {"lifecycle": "growth", "days": "30", "what": what, "stage": stage, **more}
        return int(browser.get("/stages/customers-behind/", asked).context["found"].total)

    board = browser.get("/").context["board"]
    assert (behind("forward"), behind("back")) == (board.totals.forward, board.totals.backward)
    for column in examples(board.columns[:2], thorough=board.columns):
        key = column.stage.key
        counts = (column.customers, column.entered, column.left)
        assert (behind("here", key), behind("entered", key), behind("left", key)) == counts
    goal = next(goal for column in board.columns for goal in column.goals if goal.measured and goal.is_rate)
    stage = next(column.stage.key for column in board.columns if goal in column.goals)
    parts = [behind(goal.kind, stage, reached=reached) for reached in ("", "yes", "no")]
    assert parts[0] == goal.reached.customers == parts[1] + parts[2]
    assert parts[1] / parts[0] == pytest.approx(goal.reached.value)
    point = board.timeline["series"][0]
    assert browser.get(point["hrefs"][0]).context["found"].total == point["values"][0] == 10
    assert behind("all") == board.totals.customers == 10


def test_the_revenue_of_the_board_opens_who_paid_it(sign_in: Any, bob: Any, stays: Any) -> None:
    browser = sign_in(bob)
    page = browser.get("/").content.decode()
    for stage in ("", "retention"):
        asked = {"days": "30", "what": "revenue", "stage": stage}
        assert browser.get("/stages/customers-behind/", asked).context["found"].total == 0
        assert f"what=revenue{'&amp;stage=' * bool(stage)}{stage}" in page


def test_those_slipping_away_on_a_past_day_are_those_of_its_month(sign_in: Any, bob: Any, stays: Any) -> None:
    first = stays.clock.as_of().day.replace(day=1)
    asked = {"what": "slipping", "day": first.isoformat()}
    assert sign_in(bob).get("/stages/customers-behind/", asked).context["found"].total == 22
    assert sign_in(bob).get("/stages/customers-behind/", {**asked, "day": "2001-01-01"}).status_code == 404


def test_the_count_of_a_past_day_opens_those_of_that_day(sign_in: Any, bob: Any, stays: Any) -> None:
    day = stays.clock.as_of().day - timedelta(days=1)
    browser = sign_in(bob)
    page = browser.get("/", {"day": day.isoformat()}).content.decode()
    assert f"/stages/customers-behind/?lifecycle=growth&amp;days=30&amp;day={day}&amp;what=here&amp;stage=churn" in page
    asked = {"lifecycle": "growth", "day": day.isoformat(), "what": "here", "stage": "conversion"}
    people = browser.get("/stages/customers-behind/", asked).context["people"]
    assert [person.title for person in people] == ["客户1", "客户2", "客户3", "客户4"]


def test_it_says_what_needs_attention(sign_in: Any, vera: Any) -> None:
    titles = [each.title for each in sign_in(vera).get("/").context["board"].attention]
    assert any("Champion shrank by 50%" in title for title in titles)


def test_the_fragment_is_only_the_board(sign_in: Any, vera: Any) -> None:
    response = sign_in(vera).get("/", headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert "HX-Request" in response["Vary"]


def test_an_empty_workspace_says_what_to_do(sign_in: Any, lin: Any, stays: Any) -> None:
    browser = sign_in(lin)
    page = browser.get("/", {"lifecycle": "purchase"}).content.decode()
    assert "No customers yet" in page
    assert "slipping away" not in page, "figures of nobody say nothing"
    assert "&empty=1" in page
    still = browser.get("/stages/live/", {"lifecycle": "purchase", "since": "-1", "empty": "1"})
    assert "&empty=1" in still.content.decode()
    came = browser.get("/stages/live/", {"lifecycle": "growth", "since": "-1", "empty": "1"})
    assert came["HX-Refresh"] == "true", "the first customers load the page anew"
