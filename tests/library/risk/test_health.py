"""The health score: one query that equals a slow count by hand, told in words where the definition is wrong."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tenure
from tenure.collect.erasure import erase_facts
from tenure.definitions import Words, built_in
from tenure.errors import DefinitionError
from tenure.risk import HEALTH_BANDS, Health, HealthScore, Pulse, standing_pulses
from tenure.risk.health import Group, Measure, PulseRule
from tenure.risk.health_reading import load_health
from tenure.risk.health_sql import score_all
from tenure.workspace import Workspace
from tests.examples import examples

WORDS = Words("a", "甲")
DAY = date(2025, 1, 1)
STEPS = ((0.0, 100.0), (2.0, 60.0), (5.0, 10.0))
DEFINED = HealthScore(
    (
        Group("one", WORDS, WORDS, 2.0, (Measure("a", 3.0, STEPS), Measure("b", 1.0, (), "ascending")), {"loyal": 5.0}),
        Group("two", WORDS, WORDS, 1.0, (Measure("c", 1.0, (), "descending"),), {"recent": 0.0}, "orders"),
    ),
    PulseRule(WORDS, 1.5, 30),
)

values = st.one_of(st.none(), st.integers(-2, 7).map(float))
rows = st.lists(
    st.tuples(
        st.sampled_from([None, "loyal", "recent"]),
        values,
        values,
        values,
        st.one_of(st.none(), st.integers(1, 5)),
        st.booleans(),
    ),
    max_size=12,
)


def points(steps: tuple[tuple[float, float], ...], value: float) -> float:
    reached = [worth for floor, worth in steps if value >= floor]
    return reached[-1] if reached else steps[0][1]


def slow(people: list[Any], person: Any) -> float | None:
    """One customer's score, looked up and counted against each other one; the second group is of who ordered alone."""
    people = [(*other[:3], other[3] if other[5] else None) for other in people]
    segment, a, b, c, mark, ordered = person
    c = c if ordered else None

    def place(own: float | None, column: int) -> float | None:
        others = [other[column] for other in people if other[column] is not None]
        if own is None:
            return None
        return 100 * (sum(o < own for o in others) + sum(o == own for o in others) / 2) / len(others)

    def weighed(parts: list[tuple[float, float | None]]) -> float | None:
        there = [(weight, part) for weight, part in parts if part is not None]
        weight = sum(each for each, _ in there)
        return sum(each * part for each, part in there) / weight if weight else None

    down = place(c, 3)
    one = weighed([(3, None if a is None else points(STEPS, a)), (1, place(b, 2))])
    return weighed(
        [
            (5 if segment == "loyal" else 2, one),
            (0 if segment == "recent" else 1, None if down is None else 100 - down),
            (1.5, None if mark is None else (mark - 1) * 25.0),
        ]
    )


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@settings(max_examples=examples(5, 15), deadline=None)
@given(people=rows)
def test_the_query_equals_a_count_by_hand(con: duckdb.DuckDBPyConnection, people: list[Any]) -> None:
    columns = "customer_key BIGINT, segment VARCHAR, a DOUBLE, b DOUBLE, c DOUBLE, ordered BOOLEAN"
    con.execute(f"CREATE OR REPLACE TEMP TABLE k ({columns})")
    if people:
        told = [(n, *each[:4], each[5]) for n, each in enumerate(people)]
        con.executemany("INSERT INTO k VALUES (?, ?, ?, ?, ?, ?)", told)
    pulses = [Pulse(n, each[4], DAY) for n, each in enumerate(people) if each[4]]
    score_all(con, DEFINED, "k", standing_pulses(pulses, DEFINED.pulse, DAY), "scored")
    found = con.execute("SELECT score, band, groups, segment FROM scored ORDER BY customer_key").fetchall()
    assert len(found) == len(people)
    for (score, band, groups, segment), person in zip(found, people, strict=True):
        expected = slow(people, person)
        assert score == (None if expected is None else pytest.approx(expected, abs=1e-9))
        assert band == next(
            (name for name, floor in reversed(HEALTH_BANDS) if score is not None and score >= floor), None
        )
        again = DEFINED.score(json.loads(groups), segment)
        assert again == (None if expected is None else pytest.approx(expected, abs=1e-5))


def test_a_pulse_ages_out_and_the_latest_counts() -> None:
    given_ = [Pulse(1, 5, DAY), Pulse(1, 1, DAY + timedelta(days=10)), Pulse(2, 4, DAY)]
    rule = PulseRule(WORDS, 1.0, 30)
    assert standing_pulses(given_, rule, DAY) == {1: 100.0, 2: 75.0}
    assert standing_pulses(given_, rule, DAY + timedelta(days=29)) == {1: 0.0, 2: 75.0}
    assert standing_pulses(given_, rule, DAY + timedelta(days=30)) == {1: 0.0}
    assert standing_pulses(given_, rule, DAY + timedelta(days=40)) == {}
    assert standing_pulses(given_, None, DAY) == {}


def wrong(folder: Path, text: str) -> tuple[str, ...]:
    (folder / "health.yml").write_text(text, "utf-8")
    with pytest.raises(DefinitionError) as error:
        load_health(folder, built_in())
    return error.value.problems


GROUP = "groups:\n  a:\n    title: {en: A, zh: 甲}\n    meaning: {en: A, zh: 甲}\n    measures:\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GROUP.replace("    measures", "    of: contract\n    measures") + "      - {feature: orders}",
            "line 5: of is orders (who has ordered), contracts",
        ),
        (GROUP + "      - {feature: contract_run, percentile: ascending}", 'Did you mean "contract_runs"?'),
        (GROUP + "      - {feature: ordrs, percentile: ascending}", 'unknown feature "ordrs". Did you mean "orders"?'),
        (GROUP + "      - {feature: country, percentile: ascending}", 'line 6: feature "country" is neither'),
        (GROUP + "      - {feature: orders}", "needs either points or percentile"),
        (GROUP + "      - {feature: orders, percentile: upward}", 'line 6: "upward" is not a percentile'),
        (GROUP + "      - {feature: orders, points: {5: 10, 1: 90}}", "line 6: the values of points must rise"),
        (GROUP + "      - {feature: orders, points: {0: 0, 5: 120}}", "line 6: points run from 0"),
        (GROUP + "      - {feature: orders, points: many}", "line 6: points must be a mapping"),
        (GROUP + "      - {feature: orders, weight: -1, percentile: ascending}", "must lie between 0 and 1000"),
        (GROUP + "      []\n    weights: {champoin: 3}", 'Did you mean "champion"?'),
        (GROUP + "      []", "needs measures"),
        ("pulse: {title: {en: P, zh: 脉}, weight: 2}", "the pulse needs days"),
        ("grups: {}", 'unknown entry "grups" in health.yml. Did you mean "groups"?'),
        ("", "the file is empty"),
    ],
)  # fmt: skip
def test_a_wrong_definition_is_told_with_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    problems = wrong(tmp_path, text)
    assert any(said in problem and problem.startswith("health.yml") for problem in problems), problems


def test_money_is_written_in_whole_units(tmp_path: Path) -> None:
    (tmp_path / "health.yml").write_text(GROUP + "      - {feature: revenue, points: {0: 0, 50: 100}}", "utf-8")
    assert load_health(tmp_path, built_in("USD")).groups[0].measures[0].points == ((0.0, 0.0), (5000.0, 100.0))
    assert load_health(tmp_path, built_in("JPY")).groups[0].measures[0].points == ((0.0, 0.0), (50.0, 100.0))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Sixty weekly buyers, of whom every third stops half a year before the end; sixty who bought once, long ago."""
    made = tenure.init(tmp_path_factory.mktemp("health") / "shop", zone="UTC", currency="USD", clock=DAY.isoformat())
    lines, number = ["customer,time,order,amount"], 0
    for person in range(120):
        first = DAY - timedelta(days=360 - person % 7)
        last = first + timedelta(days=1) if person >= 60 else DAY - timedelta(days=180) if person % 3 == 0 else DAY
        day = first
        while day < last:
            lines.append(f"c{person},{day},{number},20")
            day, number = day + timedelta(days=7), number + 1
    file = made.folder / "orders.csv"
    file.write_text("\n".join(lines))
    with made.writing():
        made.collect.load_orders(file, {name: name for name in ("customer", "time", "order", "amount")})
        assert made.health.renew(pulses=[Pulse(1, 5, DAY - timedelta(days=3))]) == 120
    return made


def test_everybody_has_a_score_and_one_of_thirty_days_before(shop: Workspace) -> None:
    con = shop.store.snapshot().connect()
    kept = con.execute("SELECT score, before, band, groups FROM health ORDER BY customer_key").fetchall()
    assert len(kept) == 120
    assert (scored := shop.health.scored()) is not None
    assert scored.day == DAY
    assert all(0 <= score <= 100 and before is not None for score, before, _, _ in kept)
    assert "pulse" in json.loads(kept[0][3])
    assert [json.loads(row[3])["pulse"] for row in kept].count(None) == 119
    earlier = shop.health.report(DAY - timedelta(days=30))
    assert sum(earlier.now.values()) == 120
    again = con.execute("SELECT count(*) FROM health WHERE before >= 70").fetchall()[0][0]
    assert again == earlier.now["good"]


def test_one_customers_condition_adds_up(shop: Workspace) -> None:
    found = shop.health.one(1)
    assert found is not None
    assert shop.health.definition.score(found.groups, found.segment) == pytest.approx(found.score, abs=1e-5)
    assert (found.groups["engagement"], found.groups["experience"]) == (None, 100)
    assert (found.groups["contract"], found.groups["use"]) == (None, None)
    assert shop.health.one(999) is None


def test_the_bands_are_set_against_what_then_happened(shop: Workspace) -> None:
    told = shop.health.report(days=30)
    assert told.cut is not None
    assert told.cut.day == DAY - timedelta(days=30)
    fared = {each.band: each for each in told.fared}
    assert sum(each.customers for each in told.fared) == 120
    assert sum(each.lost for each in told.fared) == 80  # twenty stopped, sixty bought once
    assert fared["good"].share == 0
    poor = fared["poor"]
    assert poor.share == pytest.approx(poor.lost / poor.customers)
    assert poor.lift == pytest.approx(poor.share / (80 / 120))
    assert sum(each.caught or 0 for each in told.fared) == pytest.approx(1)
    assert told.auc == 1.0


def test_without_a_past_only_the_present_is_told(shop: Workspace) -> None:
    told = shop.health.report(days=400)
    assert "there is no complete span of 400 days" in told.refused
    assert (told.fared, told.cut, sum(told.now.values())) == ((), None, 120)


def test_weights_by_segment_read_the_standing(shop: Workspace) -> None:
    own = shop.folder / "definitions" / "health.yml"
    text = GROUP + "      - {feature: orders, points: {0: 90}}\n    weight: 0\n    weights: {about_to_lose: 1}\n"
    own.write_text(text + "  b:\n    title: {en: B, zh: 乙}\n    meaning: {en: B, zh: 乙}\n"
                   "    measures:\n      - {feature: orders, points: {0: 10}}\n", "utf-8")  # fmt: skip
    try:
        con = shop.health._scored(shop.clock.as_of(), ())
        found = con.execute("SELECT DISTINCT segment, score FROM scored").fetchall()
    finally:
        own.unlink()
    assert dict(found)["about_to_lose"] == 50
    assert {score for segment, score in found if segment != "about_to_lose"} == {10}


def test_a_shop_without_orders_has_no_health(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # it comes for notebooks alone, and nobody's day needs it
    made = tenure.init(tmp_path / "shop", zone="UTC", currency="USD", clock=DAY.isoformat())
    with made.writing():
        assert isinstance(made.health, Health)
        assert made.health.renew() == 0
    assert made.health.report().refused


@pytest.mark.parametrize("guide", ["risk.md", "risk.zh.md"])
def test_the_guides_example_is_sound(tmp_path: Path, guide: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / "guides" / guide).read_text("utf-8")
    (tmp_path / "health.yml").write_text(text.split("```yaml\n")[1].split("```")[0], "utf-8")
    assert load_health(tmp_path, built_in()).warnings == ()


def test_an_erased_customer_has_no_health(shop: Workspace, tmp_path: Path) -> None:
    made = tenure.open(shutil.copytree(shop.folder, tmp_path / "copy"))
    key, other = made.find("c1"), made.find("c2")
    with made.writing():
        erase_facts(made.store, made.collect.loader.index, key, [key], tmp_path / "none")
    assert made.health.one(key) is None
    assert made.health.one(other) is not None
    con = made.store.snapshot().connect()
    for name in ("health", "health_scores", "health_history"):
        left = {who for (who,) in con.execute(f"SELECT customer_key FROM {name}").fetchall()}
        assert other in left, name
        assert key not in left, name


@pytest.mark.thorough
def test_an_erased_customer_leaves_every_derived_table(shop: Workspace, tmp_path: Path) -> None:
    folder = shutil.copytree(shop.folder, tmp_path / "copy")
    made = tenure.open(folder)
    key = made.find("c1")
    with made.writing():
        made.keep_history()
        erase_facts(made.store, made.collect.loader.index, key, [key], folder / "store" / "restatements")
    assert made.health.one(key) is None
    for name, table in made.store.tables.items():
        if "customer_key" in table.spec.columns and table.version() >= 0:
            left = made.store.snapshot().connect().execute(f"SELECT count(*) FROM {name} WHERE customer_key = ?", [key])
            assert left.fetchall() == [(0,)], name
