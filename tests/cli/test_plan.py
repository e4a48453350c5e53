"""plan, apply, versions, backtest: a change of definitions from its preview to its undoing."""

import json
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure import definitions
from tenure.plan import plan
from tenure.reports.trial import walk_lifecycle

GROWTH = files("tenure.definitions").joinpath("builtin/lifecycles/growth.yml").read_text("utf-8")
SEGMENT = """segments:
  buyers:
    title: {en: Buyers, zh: 买家}
    meaning: {en: Have ordered., zh: 下过单。}
    rule: orders >= 1
"""


@pytest.fixture
def mine(shop: Path, tmp_path: Path) -> Path:
    """A copy of the shop of 300 customers whose definitions may be changed."""
    return Path(shutil.copytree(shop, tmp_path / "mine"))


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """Churn after 90 days instead of 180, and a new segment."""
    folder = tmp_path / "draft"
    (folder / "lifecycles").mkdir(parents=True)
    (folder / "segments").mkdir()
    (folder / "lifecycles" / "growth.yml").write_text(
        GROWTH.replace("days_since_last_order > 180", "days_since_last_order > 90")
    )
    (folder / "segments" / "buyers.yml").write_text(SEGMENT)
    return folder


def stages(tell: Any, workspace: Path) -> dict[str, int]:
    found = tell("stages", "--json", "--workspace", workspace).document["stages"]
    return {stage["key"]: stage["customers"] for stage in found}


def test_a_plan_names_who_would_be_elsewhere_and_changes_nothing(tell: Any, mine: Path, draft: Path) -> None:
    before = stages(tell, mine)
    found = tell("plan", draft, "--json", "--workspace", mine).document
    assert {(each["sort"], each["key"], each["new"]) for each in found["changes"]} == {
        ("lifecycles", "growth", False),
        ("segments", "buyers", True),
    }
    changed = next(each for each in found["changes"] if each["key"] == "growth")["diff"]
    assert [line[0] for line in changed if line[0] in "+-"] == ["-", "+"]
    (growth,) = found["lifecycles"]
    assert growth["before"] == before
    for stage in growth["after"]:
        gained = sum(each["customers"] for each in growth["relocations"] if each["to"] == stage)
        lost = sum(each["customers"] for each in growth["relocations"] if each["from"] == stage)
        assert growth["after"][stage] == before[stage] + gained - lost
    assert growth["relocated"] > 0
    (buyers,) = found["segments"]
    assert (buyers["before"], buyers["entering"], buyers["leaving"]) == (None, buyers["after"], 0)
    assert stages(tell, mine) == before


@pytest.mark.thorough
def test_the_examples_are_customers_who_are_there_now(tell: Any, mine: Path, draft: Path) -> None:
    growth = tell("plan", draft, "--json", "--workspace", mine).document["lifecycles"][0]
    for each in growth["relocations"][:2]:
        told = tell("explain", each["examples"][0], "--json", "--workspace", mine).document
        assert next(one for one in told["lifecycles"] if one["lifecycle"] == "growth")["stage"] == each["from"]


def test_an_applied_draft_is_at_work_under_a_number(tell: Any, mine: Path, tmp_path: Path) -> None:
    (tmp_path / "buyers.yml").write_text(SEGMENT)
    assert "Version 1 is at work" in tell("apply", tmp_path / "buyers.yml", "--yes", "--workspace", mine).out
    found = tell("segments", "--json", "--workspace", mine).document["own_segments"]
    assert [(each["key"], each["customers"] > 100) for each in found] == [("buyers", True)]


@pytest.mark.thorough
def test_applied_the_plan_comes_true(tell: Any, mine: Path, draft: Path) -> None:
    planned = tell("plan", draft, "--json", "--workspace", mine).document["lifecycles"][0]["after"]
    assert "Version 1 is at work" in tell("apply", draft, "--yes", "--workspace", mine).out
    assert stages(tell, mine) == planned


@pytest.mark.thorough
def test_a_version_brings_the_definitions_back(tell: Any, mine: Path, draft: Path) -> None:
    before = stages(tell, mine)
    said = ("--reason", "quarterly", "--author", "Lin", "--yes", "--workspace", mine)
    tell("apply", draft, *said)
    planned = stages(tell, mine)
    again = tell("apply", draft, *said)
    assert "Nothing was changed." in again.out
    smaller = draft.parent / "one.yml"
    smaller.write_text(SEGMENT.replace("orders >= 1", "orders >= 2"))
    tell("apply", smaller, *said)
    tell("apply", "--version", "1", "--yes", "--workspace", mine)
    found = tell("versions", "--json", "--workspace", mine).document["versions"]
    assert [(each["number"], each["reason"]) for each in found] == [
        (3, "Back to version 1"),
        (2, "quarterly"),
        (1, "quarterly"),
    ]
    assert found[1]["author"] == "Lin"
    assert "orders >= 1" in (mine / "definitions" / "segments" / "buyers.yml").read_text()
    assert stages(tell, mine) == planned != before


@pytest.mark.thorough
def test_without_somebody_to_ask_it_wants_yes(tell: Any, mine: Path, draft: Path, monkeypatch: Any) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO())
    told = tell("apply", draft, "--workspace", mine, code=1)
    assert "add --yes" in told.err
    assert not (mine / "definitions" / "lifecycles" / "growth.yml").exists()


def test_a_draft_that_is_wrong_is_refused_with_file_and_line(tell: Any, mine: Path, draft: Path) -> None:
    file = draft / "lifecycles" / "growth.yml"
    file.write_text(file.read_text().replace("days_since_last_order > 90", "days_since_last_ordr > 90"))
    told = tell("apply", draft, "--yes", "--workspace", mine, code=1)
    assert "growth.yml line " in told.err
    assert "days_since_last_order" in told.err
    assert tell("versions", "--json", "--workspace", mine).document["versions"] == []


def test_one_of_draft_and_version_must_be_named(tell: Any, mine: Path, draft: Path) -> None:
    for words in ((), (draft, "--version", "1")):
        assert "one of the two" in tell("apply", *words, "--yes", "--workspace", mine, code=1).err
    assert "no file or folder" in tell("plan", "nowhere", "--workspace", mine, code=1).err


@pytest.mark.thorough
def test_a_backtest_judges_the_draft_beside_the_present(tell: Any, mine: Path, draft: Path) -> None:
    found = tell("backtest", draft, "--json", "--workspace", mine).document
    (growth,) = found["lifecycles"]
    present, drafted = growth["present"], growth["draft"]
    assert present["customers"] == drafted["customers"] > 1000
    assert present["left_out"] == ["2025-11-01", "2025-12-01", "2026-01-01"]
    for each in (present, drafted):
        assert 0.5 < each["separation"]["order_loss"] < 1
        assert 0 <= each["taken_back_rate"] <= 1
    churn = [next(s for s in each["stages"] if s["stage"] == "churn")["customers"] for each in (present, drafted)]
    assert churn[0] < churn[1]
    told = tell("backtest", draft, "--workspace", mine, LANG="zh_CN.UTF-8").out
    assert "未计入（90 天尚未结束）" in told
    assert "期间的阶段转移" in told
    for each in (present, drafted):
        assert sum(flow["moves"] for flow in each["flows"]) > each["moves"] > 0
    assert json.dumps(drafted)


def test_other_cut_points_of_value_segments_are_planned_applied_and_taken_back(
    tell: Any, mine: Path, tmp_path: Path
) -> None:
    file = tmp_path / "cuts.yml"
    file.write_text("rfm:\n  few_days: [7, 14, 28]\n")
    before = tell("segments", "--json", "--workspace", mine).document["segments"]
    found = tell("plan", file, "--json", "--workspace", mine).document
    assert [(each["sort"], each["new"]) for each in found["changes"]] == [("rfm", False)]
    value = found["value_segments"]
    assert value["before"] == {each["key"]: each["customers"] for each in before}
    assert value["relocated"] == sum(each["customers"] for each in value["relocations"]) > 0
    assert all(each["examples"] for each in value["relocations"])
    told = tell("apply", file, "--yes", "--workspace", mine).out
    assert "would be in another value segment" in told
    after = tell("segments", "--json", "--workspace", mine).document["segments"]
    assert value["after"] == {each["key"]: each["customers"] for each in after}
    smaller = tmp_path / "few.yml"
    smaller.write_text("rfm:\n  few_days: [7, 14, 99]\n")
    tell("apply", smaller, "--yes", "--workspace", mine)
    tell("apply", "--version", "1", "--yes", "--workspace", mine)
    assert tell("segments", "--json", "--workspace", mine).document["segments"] == after


@pytest.mark.thorough
def test_a_list_beside_a_drafted_segment_goes_with_it(tell: Any, mine: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft" / "segments"
    draft.mkdir(parents=True)
    (draft / "guests.yml").write_text(
        "segments:\n  guests:\n    title: {en: Guests, zh: 贵宾}\n    meaning: {en: By hand., zh: 手工名单。}\n"
        "    file: guests.csv\n"
    )
    customers = [customer for _key, customer, _stage in tenure.open(mine).stages("growth").rows if customer][:2]
    (draft / "guests.csv").write_text("customer\n" + "\n".join(customers) + "\n")
    (guests,) = tell("plan", draft.parent, "--json", "--workspace", mine).document["segments"]
    assert (guests["after"], sorted(guests["examples"])) == (2, sorted(customers))
    assert not (mine / "definitions/segments/guests.csv").exists()
    tell("apply", draft.parent, "--yes", "--workspace", mine)
    assert tell("segments", "--members", "guests", "--json", "--workspace", mine).document["customers"] == customers
    (draft / "guests.csv").write_text(f"customer\n{customers[0]}\n")
    told = tell("apply", draft.parent, "--yes", "--workspace", mine).out
    assert "Lists of customers put in place: guests.csv" in told
    assert "Nothing was changed." in tell("apply", draft.parent, "--yes", "--workspace", mine).out
    back = tell("apply", "--version", "1", "--json", "--yes", "--workspace", mine).document
    assert (back["version"], [each["entering"] for each in back["segments"]]) == (3, [1])
    assert tell("segments", "--members", "guests", "--json", "--workspace", mine).document["customers"] == customers


def test_the_exact_count_of_the_editor_is_that_of_the_plan(shop: Path) -> None:
    workspace = tenure.open(shop)
    folder, moment = workspace.folder / "definitions", workspace.clock.as_of("2025-12-01")
    text = definitions.find(folder, "lifecycles", "growth").text + "forward_only: true\n"
    drafted = definitions.draft(folder, "lifecycles", "growth", text, workspace.settings.currency).definitions
    assert drafted is not None
    (planned,) = plan(workspace, drafted, moment).lifecycles
    found = walk_lifecycle(workspace.store.snapshot(), "growth", drafted, workspace.definitions, moment)
    assert (found.before, found.after, found.shifted) == (planned.before, planned.after, planned.relocated)
    assert found.shifted > 0
    assert {(each.before, each.after): each.customers for each in found.shifts} == {
        (each.from_stage, each.to_stage): each.customers for each in planned.relocations
    }
