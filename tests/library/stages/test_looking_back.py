"""In a workspace, a lifecycle that looks back gives one answer: standing, history, explanation, the pieces alike."""

from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure.stages import compute_history
from tests.engine import on_duckdb

LIFECYCLE = """
lifecycle: tea
title: {en: Tea, zh: 茶}
meaning: {en: How close., zh: 有多近。}
rule_order: [away, regular, guest]
stages:
  guest:
    title: {en: Guest, zh: 茶客}
    meaning: {en: Now and then., zh: 偶尔。}
  regular:
    title: {en: Regular, zh: 常客}
    meaning: {en: Often., zh: 常来。}
    rule: orders_30d >= 2
    minimum_stay: 40
    leave: days_since_last_order > 60
  away:
    title: {en: Away, zh: 久未到店}
    meaning: {en: Gone., zh: 离开。}
    rule: days_since_last_order > 50
    leaving: true
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("looking") / "shop"
    made = tenure.init(folder, zone="UTC", clock="2024-06-01")
    (folder / "definitions/lifecycles/tea.yml").write_text(LIFECYCLE, "utf-8")
    file = Path(folder) / "orders.csv"
    days = {
        "lin": ["2024-01-01", "2024-01-05"],
        "bob": ["2024-01-01", "2024-01-05", "2024-04-01"],
        "charlie": ["2024-02-01"],
    }
    lines = [f"{who},{day},{who}-{day},10" for who, found in days.items() for day in found]
    file.write_text("\n".join(["customer,time,order,amount", *lines]))
    columns = {name: name for name in ("customer", "time", "order", "amount")}
    made.collect.load_orders(file, columns=columns)
    return made


def stages(shop: Any, day: str) -> dict[str, str]:
    return {customer: stage for _key, customer, stage in shop.stages("tea", as_of=day).rows}


def tea(shop: Any, day: str) -> Any:
    """Why Lin is where she is."""
    explained = shop.explain("lin", day, look_ahead=False)
    return next(each for each in explained.lifecycles if each.lifecycle.key == "tea")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024-01-06", "regular"),  # entered on 5 January
        pytest.param("2024-02-13", "regular", marks=pytest.mark.thorough),  # kept by the stay's 40 days
        pytest.param(
            "2024-03-05", "regular", marks=pytest.mark.thorough
        ),  # silent for 60 days: the rules say away, the leave rule is not true yet
        pytest.param("2024-03-06", "away", marks=pytest.mark.thorough),
    ],
)
def test_a_stage_as_of_a_day_is_that_of_the_history(shop: Any, day: str, expected: str) -> None:
    assert stages(shop, day)["lin"] == expected
    last = [stay for stay in shop.history(shop.find("lin"), day) if stay.lifecycle == "tea"][-1]
    assert last.stage == expected


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("day", "expected"), [("2024-01-06", "regular"), ("2024-03-05", "regular"), ("2024-03-06", "away")]
)
def test_an_explanation_as_of_a_day_has_the_stage_of_the_history(shop: Any, day: str, expected: str) -> None:
    assert tea(shop, day).stage.key == expected


@pytest.mark.thorough
def test_an_explanation_says_until_when_a_stay_keeps_a_customer(shop: Any) -> None:
    february = tea(shop, "2024-02-10").held
    assert (february.by, str(february.until)) == ("minimum_stay", "2024-02-14")


def test_an_explanation_says_what_keeps_a_customer(shop: Any) -> None:
    march = tea(shop, "2024-03-01").held
    assert (march.by, march.wanted.key) == ("leave", "away")
    assert [reason.met for reason in march.waiting] == [False]


@pytest.mark.thorough
def test_nothing_keeps_a_customer_who_has_moved(shop: Any) -> None:
    assert tea(shop, "2024-03-06").held is None


@pytest.mark.thorough
def test_a_few_customers_are_where_everybody_has_them(shop: Any) -> None:
    moment = shop.clock.as_of("2024-03-01")
    few = shop.standing_of([shop.find("lin"), shop.find("charlie")], moment).con
    rows = few.execute("SELECT customer_key, stage_tea, since_tea FROM standing ORDER BY 1").fetchall()
    whole = shop.standing("2024-03-01").con
    all_rows = whole.execute("SELECT customer_key, stage_tea, since_tea FROM standing ORDER BY 1").fetchall()
    assert rows == [row for row in all_rows if row[0] in {each[0] for each in rows}]
    assert len(rows) == 2


def test_what_is_wrong_with_an_option_is_told_with_its_line(shop: Any, tmp_path: Path) -> None:
    from tenure.definitions import check

    folder = tmp_path / "lifecycles"
    folder.mkdir()
    bad = LIFECYCLE.replace("minimum_stay: 40", "minimum_stay: soon").replace(
        "days_since_last_order > 60", "silent > 60"
    )
    (folder / "tea.yml").write_text(bad, "utf-8")
    found = check(tmp_path)
    assert any("line 14" in each and "minimum_stay" in each for each in found)
    assert any('line 15: the "leave" rule of stage "regular" is wrong' in each for each in found)


@pytest.mark.thorough
def test_a_run_follows_a_lifecycle_once_for_the_stage_and_for_the_history(shop: Any) -> None:
    shop = on_duckdb(shop)  # Spark follows it for each
    standing = shop.standing_now(shop.clock.as_of("2024-05-01"))
    assert standing.folded == {key for key, each in shop.definitions.lifecycles.items() if each.looks_back}
    assert standing.folded
    shop.add_stays(standing)
    again = 'SELECT * FROM stays ORDER BY customer_key, lifecycle, entered, "left", stage'
    once = standing.con.execute(again).fetchall()
    compute_history(standing.con, shop.definitions, standing.as_of)
    assert once == standing.con.execute(again).fetchall()
