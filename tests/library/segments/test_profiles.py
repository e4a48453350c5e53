"""Ideal customer profiles: the fit score, who belongs, and the figures by channel are what counting by hand gives."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure.definitions import check
from tenure.samples import Shop, to_store
from tenure.segments import compute_membership_history, followed, profile_figures
from tenure.workspace import Workspace

PROFILES = """
segments:
  metropolitans:
    title: {en: Metropolitans, zh: 都市客}
    meaning: {en: The customers we want more of., zh: 我们想要更多的客户。}
    fit: 50
    traits:
      area: {title: {en: lives in a big city, zh: 住在大城市}, rule: "city IN ('上海', '北京', 'London')", weight: 2}
      means: {title: {en: spends well, zh: 消费能力强}, rule: average_order >= 200}
      keen: {title: {en: buys often, zh: 常买}, rule: median_gap_days <= 60, weight: 3}
    exclude: orders = 0
    features:
      city:
        title: {en: City, zh: 城市}
        meaning: {en: The latest city that is known., zh: 最近得知的城市。}
        kind: last
        kinds: identify
        of: property:city
        type: text
  lately:
    title: {en: Lately, zh: 最近}
    meaning: {en: Fits and was here lately., zh: 契合且最近来过。}
    rule: fit_metropolitans >= 60 AND days_since_last_seen <= 90
"""
WEIGHTS = {"area": 2, "means": 1, "keen": 3}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A hundred and fifty customers."""
    made = tenure.init(tmp_path_factory.mktemp("profiles") / "shop", zone="Asia/Shanghai", clock="2026-01-01T08:00:00")
    (made.folder / "definitions" / "segments" / "own.yml").write_text(PROFILES, "utf-8")
    to_store(Shop(customers=150), made.store)
    return made


@pytest.fixture(scope="module")
def rows(shop: Workspace) -> list[dict[str, Any]]:
    """Everybody's standing."""
    cursor = shop.standing().con.execute("SELECT * FROM standing ORDER BY customer_key")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def by_hand(row: dict[str, Any]) -> int | None:
    """The slow way: traits asked one by one, unknown ones left out of both sums."""
    answers = {
        "area": None if row["city"] is None else row["city"] in ("上海", "北京", "London"),
        "means": None if row["average_order"] is None else row["average_order"] >= 200_00,
        "keen": None if row["median_gap_days"] is None else row["median_gap_days"] <= 60,
    }
    known = sum(WEIGHTS[key] for key, answer in answers.items() if answer is not None)
    met = sum(WEIGHTS[key] for key, answer in answers.items() if answer)
    return int(100 * met / known + 0.5) if known else None


def test_the_fit_is_the_weight_of_the_traits_that_are_met_of_those_that_are_known(rows: list[dict[str, Any]]) -> None:
    fits = {row["fit_metropolitans"] for row in rows}
    assert [row["fit_metropolitans"] for row in rows] == [by_hand(row) for row in rows]
    assert len(fits) >= 5


def test_who_fits_belongs_unless_left_out_and_other_rules_read_the_fit(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        fit = row["fit_metropolitans"]
        assert bool(row["in_segment_metropolitans"]) == (fit is not None and fit >= 50 and row["orders"] > 0)
        assert bool(row["in_segment_lately"]) == (fit is not None and fit >= 60 and row["days_since_last_seen"] <= 90)
    assert 0 < sum(bool(row["in_segment_metropolitans"]) for row in rows) < len(rows)


def test_a_few_customers_and_every_day_of_the_past_get_the_same_fit(
    shop: Workspace, rows: list[dict[str, Any]]
) -> None:
    keys = [row["customer_key"] for row in rows[:6]]
    few = shop.standing_of(keys, shop.clock.as_of()).con.execute("SELECT customer_key, fit_metropolitans FROM standing")
    assert dict(few.fetchall()) == {row["customer_key"]: row["fit_metropolitans"] for row in rows[:6]}
    assert followed(shop.definitions, shop.definitions.segments["lately"]) == "day"
    con = shop.store.snapshot().connect()
    compute_membership_history(con, shop.definitions, shop.clock, shop.clock.as_of())
    inside = con.execute("SELECT customer_key FROM memberships WHERE segment = 'metropolitans' AND \"left\" IS NULL")
    assert {key for (key,) in inside.fetchall()} == {
        row["customer_key"] for row in rows if row["in_segment_metropolitans"]
    }


def test_the_figures_count_those_who_fit_by_channel_and_what_is_known_of_each_trait(
    shop: Workspace, rows: list[dict[str, Any]]
) -> None:
    (found,) = shop.profiles()
    assert found == profile_figures(shop.standing().con, shop.definitions)[0]
    expected = defaultdict[str | None, list[int]](lambda: [0, 0, 0, 0])
    for row in rows:
        counted = expected[row["channel"]]
        counted[3] += 1
        if row["in_segment_metropolitans"]:
            counted[0] += 1
            counted[1] += row["orders"] > 0
            counted[2] += row["revenue"]
    assert {e.channel: [e.customers, e.buyers, e.revenue, e.everybody] for e in found.channels} == dict(expected)
    assert found.customers == sum(counts[0] for counts in expected.values())
    fits = [row["fit_metropolitans"] for row in rows if row["fit_metropolitans"] is not None]
    assert found.mean_fit == pytest.approx(sum(fits) / len(fits))
    cities = [row["city"] in ("上海", "北京", "London") for row in rows if row["city"] is not None]
    assert (found.traits[0].known, found.traits[0].share) == (len(cities), pytest.approx(sum(cities) / len(cities)))


def test_a_definition_that_is_wrong_is_told_by_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "segments"
    folder.mkdir()
    wrong = PROFILES.replace("average_order >= 200", "averge_order >= 200").replace("weight: 3", "weight: 0.5")
    wrong = wrong.replace("fit: 50", "fit: 500").replace("title: {en: lives in a big city, zh: 住在大城市}, ", "")
    (folder / "own.yml").write_text(wrong, "utf-8")
    problems = "\n".join(check(tmp_path))
    assert 'line 8: trait "area" needs a title in words' in problems
    assert 'line 9: the expression of "fit_metropolitans_means" is wrong: unknown feature "averge_order"' in problems
    assert 'line 10: "weight" of trait "keen"' in problems
    assert 'line 6: "fit" of segment "metropolitans" must be a number from 1 to 100.' in problems


def test_a_profile_is_said_in_words(shop: Workspace) -> None:
    segment = shop.definitions.segments["metropolitans"]
    assert segment.words("zh")[0] == "与「都市客」的契合度不低于 50 分"
    assert [said for _, said in segment.trait_words("en")][1] == "Average order is at least 200"
