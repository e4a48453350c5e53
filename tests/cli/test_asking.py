"""stages, segments, moves, explain: the documents have the promised shape, and their numbers add up."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

LIFECYCLES = ("relationship", "adoption", "purchase", "lifespan", "growth")


@pytest.mark.parametrize(
    "lifecycle",
    [LIFECYCLES[2], *(pytest.param(each, marks=pytest.mark.thorough) for each in LIFECYCLES if each != "purchase")],
)
def test_the_stages_of_every_lifecycle_add_up(tell: Any, shop: Path, lifecycle: str) -> None:
    found = tell("stages", "--lifecycle", lifecycle, "--json", "--workspace", shop).document
    assert list(found) == ["lifecycle", "as_of", "customers", "stages"]
    assert (found["lifecycle"], found["as_of"]) == (lifecycle, "2026-01-01T00:00:00Z")
    assert sum(stage["customers"] for stage in found["stages"]) == found["customers"] == 300
    for stage in found["stages"]:
        assert list(stage) == ["key", "title", "customers"]
        assert set(stage["title"]) == {"en", "zh"}


def test_the_default_lifecycle_is_the_workspaces(tell: Any, shop: Path) -> None:
    assert tell("stages", "--json", "--workspace", shop).document["lifecycle"] == "growth"


@pytest.mark.thorough
def test_as_of_answers_for_that_instant(tell: Any, shop: Path) -> None:
    early = tell("stages", "--json", "--as-of", "2024-06-01", "--workspace", shop).document
    again = tell("stages", "--json", "--as-of", "2024-06-01", "--workspace", shop).document
    assert early == again
    assert early["as_of"] == "2024-05-31T16:00:00Z"
    assert 0 < early["customers"] < 300
    assert sum(stage["customers"] for stage in early["stages"]) == early["customers"]


@pytest.mark.thorough
def test_the_goals_of_every_stage_have_target_actual_and_verdict(tell: Any, shop: Path) -> None:
    found = tell("goals", "--json", "--workspace", shop).document
    assert (found["lifecycle"], found["as_of"], len(found["goals"])) == ("growth", "2026-01-01T00:00:00Z", 10)
    for goal in found["goals"]:
        if goal["n"]:
            assert goal["behind"] == ((goal["actual"] > goal["target"]) == goal["at_most"]), goal
        else:
            assert goal["behind"] is None
    retention = next(each for each in found["goals"] if (each["stage"], each["kind"]) == ("retention", "outcome"))
    assert (retention["metric"], retention["target"], retention["at_most"]) == ("leaving_rate", 0.1, True)
    assert retention["n"] > 0
    assert "Reached" in tell("goals", "--workspace", shop).out


def test_before_anything_happened_there_is_nobody(tell: Any, shop: Path) -> None:
    found = tell("stages", "--json", "--as-of", "2001-01-01", "--workspace", shop).document
    assert found["customers"] == 0 == sum(stage["customers"] for stage in found["stages"])


def test_segments_add_up(tell: Any, shop: Path) -> None:
    found = tell("segments", "--json", "--workspace", shop).document
    assert list(found) == ["as_of", "customers", "segments", "own_segments", "profiles"]
    assert found["own_segments"] == []
    assert sum(segment["customers"] for segment in found["segments"]) == found["customers"] == 300
    assert {segment["key"] for segment in found["segments"]} >= {"champion", "cant_lose", "prospect"}
    for segment in found["segments"]:
        listed = tell("segments", "--members", segment["key"], "--json", "--workspace", shop).document["customers"]
        assert len(set(listed)) == len(listed) == segment["customers"]


@pytest.mark.thorough
def test_moves_explain_how_the_counts_changed(tell: Any, shop: Path) -> None:
    where = ("--workspace", shop, "--lifecycle", "growth", "--json")
    before = {s["key"]: s["customers"] for s in tell("stages", "--as-of", "2025-03-01", *where).document["stages"]}
    after = {s["key"]: s["customers"] for s in tell("stages", "--as-of", "2025-06-01", *where).document["stages"]}
    found = tell("moves", "--from", "2025-03-01", "--to", "2025-06-01", *where).document
    assert list(found) == ["lifecycle", "from", "to", "moves"]
    change = dict.fromkeys(before, 0)
    for move in found["moves"]:
        change[move["to"]] += move["moves"]
        if move["from"]:
            change[move["from"]] -= move["moves"]
        assert move["customers"] <= move["moves"]
        assert move["direction"] in ("first", "forward", "backward", "leaving")
    moved = {key: before[key] + change[key] for key in before}
    # A stage is counted at an instant, a stay by the day: those who change on the very day of the count may differ.
    assert all(abs(moved[key] - after[key]) <= 3 for key in before), (moved, after)


def test_a_period_that_ends_before_it_begins_is_refused(tell: Any, shop: Path) -> None:
    told = tell("moves", "--from", "2025-06-01", "--to", "2025-03-01", "--workspace", shop, code=1)
    assert "must come after" in told.err


def test_explain_says_stage_since_rule_and_values_for_every_lifecycle(tell: Any, shop: Path) -> None:
    found = tell("explain", "C0000003", "--json", "--workspace", shop).document
    assert found["customer"] == "C0000003"
    assert [each["lifecycle"] for each in found["lifecycles"]] == list(LIFECYCLES)[-1:] + list(LIFECYCLES)[:-1] or len(
        found["lifecycles"]
    ) == len(LIFECYCLES)
    for each in found["lifecycles"]:
        assert {"stage", "title", "since", "rule", "features", "history"} <= set(each)
        latest = each["history"][-1]
        assert (latest["stage"], latest["entered"], latest["left"]) == (each["stage"], each["since"], None)
        for move in each["history"]:
            assert move["direction"] in ("first", "forward", "backward", "leaving")
            assert {"from", "cause", "passed_through", "rule"} <= set(move)
            assert move["features"]
        assert each["features"]
    assert found["features"]["channel"]


@pytest.mark.thorough
def test_explain_says_how_long_a_customer_was_in_each_stage(tell: Any, shop: Path) -> None:
    found = tell("explain", "C0000003", "--json", "--workspace", shop).document
    today = date.fromisoformat(found["as_of"][:10])
    for each in found["lifecycles"]:
        stays = [(one["stage"], date.fromisoformat(one["entered"]), one["left"]) for one in each["history"]]
        days = [(stage, (date.fromisoformat(left) if left else today) - entered) for stage, entered, left in stays]
        assert {one["stage"]: (one["stays"], one["days"]) for one in each["totals"]} == {
            stage: (
                sum(other == stage for other, _ in days),
                sum(length.days for other, length in days if other == stage),
            )
            for stage, _ in days
        }
        assert sum(one["days"] for one in each["totals"]) == (today - stays[0][1]).days
        assert {one["stage"]: one["latest_days"] for one in each["totals"]} == {s: length.days for s, length in days}
    assert "Days in all: " in tell("explain", "C0000003", "--workspace", shop).out


def test_explain_finds_a_customer_by_address(tell: Any, shop: Path, files: dict[str, Path]) -> None:
    line = next(row for row in files["customers"].read_text("utf-8").splitlines() if "@" in row)
    customer, _, email, *_ = line.split(",")
    assert tell("explain", email.upper(), "--json", "--workspace", shop).document["customer"] == customer


def test_nobody_is_explained_in_plain_words(tell: Any, shop: Path) -> None:
    assert tell("explain", "nobody", "--workspace", shop, code=1).err.strip() == (
        'tenure: There is no customer "nobody".'
    )


@pytest.mark.parametrize("moment", ["yesterday", "2011-13-01"])
def test_a_time_that_is_none_is_refused(tell: Any, shop: Path, moment: str) -> None:
    assert "is not a time" in tell("stages", "--as-of", moment, "--workspace", shop, code=1).err


def test_an_unknown_lifecycle_lists_the_known_ones(tell: Any, shop: Path) -> None:
    told = tell("stages", "--lifecycle", "lifespam", "--workspace", shop, code=1)
    assert "lifespan" in told.err


def test_reading_needs_no_lock(tell: Any, shop: Path) -> None:
    import tenure

    with tenure.open(shop).writing():
        assert tell("stages", "--json", "--workspace", shop).document["customers"] == 300


def test_rules_on_scores_that_nobody_made_are_told_with_the_command_that_makes_them(tell: Any, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    tell("init", folder)
    (folder / "definitions" / "segments" / "own.yml").write_text(
        "segments:\n  dear:\n    title: {en: Dear, zh: 贵}\n    meaning: {en: Worth much., zh: 价值高。}\n"
        "    rule: value.expected >= 500 AND health.band = 'good'\n"
    )
    found = tell("check", "--json", "--workspace", folder).document
    assert found["notes"] == [
        "No health scores yet: no rule on them holds. Run: tenure risk score",
        "No value scores yet: no rule on them holds. Run: tenure value score",
    ]
