"""Cutting one definition out of its file, changing it, and putting it back."""

from pathlib import Path

import pytest

from tenure.definitions import Patch, Rfm, draft, find, parse, plain, put, remove, rows_of
from tenure.definitions import load as load_definitions
from tenure.definitions.loader import built_in
from tenure.errors import DefinitionError, NotFound
from tests.examples import examples

TWO = """\
# our own
features:
  teas:
    title: {en: Teas, zh: 茶}
    meaning: {en: How many teas., zh: 多少种茶。}   # a remark
    kind: count
    events: Order Completed

  # pots are counted apart
  pots:
    title: {en: Pots, zh: 壶}
    meaning: {en: How many pots., zh: 多少把壶。}
    kind: count
    events: Pot Bought
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "own.yml").write_text(TWO, "utf-8")
    return tmp_path


def test_it_cuts_one_entry_out_of_a_file_of_several(folder: Path) -> None:
    assert find(folder, "features", "teas").text == "features:\n" + "\n".join(TWO.splitlines()[2:7]) + "\n"
    assert not find(folder, "features", "teas").built_in


def test_it_finds_a_built_in_one_where_there_is_no_own(folder: Path) -> None:
    assert find(folder, "lifecycles", "growth").built_in
    assert find(folder, "features", "orders").text.startswith("features:\n  orders:\n")
    with pytest.raises(NotFound):
        find(folder, "segments", "no_such")


def test_a_changed_entry_goes_back_to_its_lines_and_nothing_else_moves(folder: Path) -> None:
    text = find(folder, "features", "teas").text.replace("How many teas.", "How many sorts of tea.")
    assert put(folder, "features", "teas", text) == folder / "features" / "own.yml"
    assert (folder / "features" / "own.yml").read_text("utf-8") == TWO.replace("many teas.", "many sorts of tea.")


def test_every_built_in_definition_comes_back_as_it_went(tmp_path: Path) -> None:
    shipped = built_in("CNY")
    for sort in ("features", "lifecycles"):
        keys = [key for key in getattr(shipped, sort) if "." not in key]  # scores are not for writing
        for key in keys[:: examples(5, 1)]:
            put(tmp_path, sort, key, find(tmp_path, sort, key).text)  # type: ignore[arg-type]
    own = load_definitions(tmp_path, "CNY")
    assert {key: feature.kind for key, feature in own.features.items()} == {
        key: feature.kind for key, feature in shipped.features.items()
    }
    assert [own.lifecycles[key].rule_order for key in shipped.lifecycles] == [
        each.rule_order for each in shipped.lifecycles.values()
    ]


def test_taking_an_own_one_away_lets_the_built_in_one_count_again(folder: Path) -> None:
    put(folder, "lifecycles", "growth", find(folder, "lifecycles", "growth").text)
    assert remove(folder, "lifecycles", "growth")
    assert find(folder, "lifecycles", "growth").built_in
    assert not remove(folder, "lifecycles", "growth")
    assert remove(folder, "features", "teas")
    assert "teas" not in (folder / "features" / "own.yml").read_text("utf-8")
    assert "# pots are counted apart" in (folder / "features" / "own.yml").read_text("utf-8")


def test_a_draft_tells_what_is_wrong_by_its_own_lines(folder: Path) -> None:
    text = find(folder, "features", "pots").text.replace("kind: count", "kind: coun")
    found = draft(folder, "features", "pots", text, "CNY")
    assert found.definitions is None
    assert found.problems == ('pots.yml line 5: "coun" is not a kind that is known. Did you mean "count"?',)
    assert "kind: count" in find(folder, "features", "pots").text


def test_a_draft_tells_when_another_definition_would_break(folder: Path) -> None:
    put(folder, "segments", "tea_lovers", SEGMENT)
    text = find(folder, "features", "teas").text.replace("kind: count", "kind: last\n    of: category")
    found = draft(folder, "features", "teas", text, "CNY")
    assert any("tea_lovers" in problem for problem in found.problems)


SEGMENT = """\
segments:
  tea_lovers:
    title: {en: Tea lovers, zh: 茶客}
    meaning: {en: Many teas., zh: 买过多种茶。}
    rule: teas >= 3
"""


@pytest.mark.parametrize("text", ["features: {}", "features:\n  other:\n    kind: count\n", "lifecycle: x", "a: [", ""])
def test_a_text_of_another_key_is_refused(folder: Path, text: str) -> None:
    with pytest.raises(DefinitionError):
        put(folder, "features", "teas", text)


@pytest.mark.parametrize("key", ["../x", "A", "", "x y", "teas/../../x"])
def test_a_key_that_is_a_path_is_refused(folder: Path, key: str) -> None:
    with pytest.raises((DefinitionError, NotFound)):
        put(folder, "features", key, f"features:\n  {key}:\n    kind: count\n")


# patching


def test_a_patch_leaves_everything_it_was_not_asked_to_change(folder: Path) -> None:
    patch = Patch(TWO)
    patch.set(("features", "teas", "title", "en"), "Sorts: of tea, all")
    patch.set(("features", "pots", "within_days"), 30)
    expected = TWO.replace("{en: Teas,", "{en: 'Sorts: of tea, all',") + "    within_days: 30\n"
    assert patch.text() == expected
    assert plain(patch.text())["features"]["teas"]["title"]["en"] == "Sorts: of tea, all"


def test_a_patch_that_changes_nothing_gives_the_same_text_to_the_letter() -> None:
    patch = Patch(TWO)
    patch.set(("features", "teas", "title", "en"), "Teas")
    patch.set(("features", "teas", "within_days"), "")
    assert patch.text() is TWO


def test_a_plain_text_becomes_both_languages_when_the_other_is_added() -> None:
    patch = Patch("lifecycle: x\ntitle: 增长\n")
    patch.set(("title", "en"), "Growth")
    assert plain(patch.text())["title"] == {"zh": "增长", "en": "Growth"}


def test_entries_can_be_put_in_another_order() -> None:
    patch = Patch("stages:\n  a: {x: 1}\n  b: {x: 2}\n")
    patch.order(("stages",), ["b", "a"])
    assert list(plain(patch.text())["stages"]) == ["b", "a"]


# rows


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ("orders >= 2 AND revenue > 100.5", [("orders", ">=", "2"), ("revenue", ">", "100.5")]),
        ("country IN ('CN', 'DE') OR country IS NULL", [("country", "in", "CN, DE"), ("country", "unknown", "")]),
        ("country LIKE '%港%'", [("country", "contains", "港")]),
        ("NOT subscription_active", [("subscription_active", "no", "")]),
        ("days_since_last_order BETWEEN 30 AND 60", [("days_since_last_order", "between", "30, 60")]),
        ("country IS NOT NULL AND country <> 'US'", [("country", "known", ""), ("country", "<>", "US")]),
    ],
)
def test_a_simple_rule_is_shown_as_rows(rule: str, rows: list[tuple[str, str, str]]) -> None:
    found = rows_of(parse(rule, built_in().features))
    assert found is not None
    assert [(row.feature, row.operator, row.value) for row in found.rows] == rows
    assert found.joined == ("OR" if " OR " in rule else "AND")


@pytest.mark.parametrize(
    "rule",
    [
        "orders >= 2 AND (revenue > 100 OR refunds = 0)",
        "orders * 2 >= 4",
        "country LIKE 'D%'",
        "NOT (orders >= 2 AND refunds = 0)",
        "country = 'a, b'",
        "orders >= refunds",
    ],
)
def test_a_rule_that_says_more_than_rows_can_is_left_as_text(rule: str) -> None:
    assert rows_of(parse(rule, built_in().features)) is None


CUTS = """\
# whom we like
segments:
  buyers:
    title: {en: Buyers, zh: 买家}
    meaning: {en: Have ordered., zh: 下过单。}
    rule: orders >= 1

# agreed with finance
rfm:
  days: [10, 20, 30, 40]
"""


def test_the_cut_points_of_value_segments_are_a_definition_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "segments").mkdir()
    file = tmp_path / "segments" / "own.yml"
    file.write_text(CUTS, "utf-8")
    assert find(tmp_path, "rfm", "rfm").text == "rfm:\n  days: [10, 20, 30, 40]\n"
    assert put(tmp_path, "rfm", "rfm", "rfm:\n  days: [5, 10, 15, 20]\n") == file
    assert file.read_text("utf-8") == CUTS.replace("10, 20, 30, 40", "5, 10, 15, 20")
    assert load_definitions(tmp_path).rfm.days == (5, 10, 15, 20)
    assert remove(tmp_path, "rfm", "rfm")
    assert list(load_definitions(tmp_path).segments) == ["buyers"]
    assert put(tmp_path, "rfm", "rfm", "rfm: {few_days: [7, 14, 28]}\n") == tmp_path / "segments" / "rfm.yml"
    assert load_definitions(tmp_path).rfm.few_days == (7, 14, 28)


def test_without_cut_points_of_its_own_a_company_begins_with_those_that_count(tmp_path: Path) -> None:
    ours = find(tmp_path, "rfm", "rfm")
    assert ours.built_in
    put(tmp_path, "rfm", "rfm", ours.text)
    assert load_definitions(tmp_path).rfm == Rfm()
    patch = Patch(ours.text)
    patch.set(("rfm", "days"), [10, 20, 30, 40.5])
    assert "  days: [10, 20, 30, 40.5]\n" in patch.text()


def test_taking_the_last_segment_away_leaves_the_cut_points(tmp_path: Path) -> None:
    (tmp_path / "segments").mkdir()
    (tmp_path / "segments" / "own.yml").write_text(CUTS, "utf-8")
    assert remove(tmp_path, "segments", "buyers")
    kept = load_definitions(tmp_path)
    assert (dict(kept.segments), kept.rfm.days) == ({}, (10, 20, 30, 40))


def test_cut_points_in_two_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "segments").mkdir()
    for name in ("a.yml", "b.yml"):
        (tmp_path / "segments" / name).write_text("rfm: {days: [10, 20, 30, 40]}\n", "utf-8")
    with pytest.raises(DefinitionError, match=r'"rfm" is also written in a\.yml'):
        load_definitions(tmp_path)


def test_a_new_definition_never_takes_the_place_of_a_file_that_has_its_name(folder: Path) -> None:
    (folder / "features" / "own.yml").rename(folder / "features" / "cups.yml")
    cups = find(folder, "features", "teas").text.replace("teas:", "cups:")
    tried = draft(folder, "features", "cups", cups, "USD")
    assert tried.problems == ()
    assert tried.definitions is not None
    assert {"teas", "pots", "cups"} <= set(tried.definitions.features)
    put(folder, "features", "cups", cups)
    assert {"teas", "pots", "cups"} <= set(load_definitions(folder).features)
