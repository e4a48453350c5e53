"""`tenure report`: the documents have the promised shape and agree with each other; tables are told in words."""

from pathlib import Path
from typing import Any

import pytest

PERIOD = ("--from", "2025-01-01", "--to", "2026-01-01")


def test_the_map_of_moves_agrees_with_moves(tell: Any, shop: Path) -> None:
    found = tell("report", "moves", *PERIOD, "--json", "--workspace", shop).document
    assert (found["from"], found["to"], found["day"]) == ("2025-01-01", "2025-12-31", "2026-01-01")
    assert set(found["meanings"]["move_rate"]) == {"en", "zh"}
    for move in found["moves"]:
        assert (move["from"] is None) == (move["rate"] is None) == (move["direction"] == "first")
        assert move["rate"] is None or move["rate"] == move["moves"] / move["stays"] <= 1


def test_survival_tells_every_stage_with_its_median(tell: Any, shop: Path) -> None:
    found = tell("report", "survival", "--json", "--workspace", shop).document
    assert found["stages"]
    for stage in found["stages"]:
        assert stage["stays"] == sum(point["ended"] + point["lasting"] for point in stage["points"])
        shares = [point["share"] for point in stage["points"]]
        assert shares == sorted(shares, reverse=True)
    assert "95 %" in tell("report", "survival", "--workspace", shop).out


@pytest.mark.parametrize("step", ["month", pytest.param("week", marks=pytest.mark.thorough)])
def test_buyers_of_the_flow_are_the_cells_of_the_cohorts(tell: Any, shop: Path, step: str) -> None:
    words = ("--step", step, "--from", "2020-01-01", "--json", "--workspace", shop)
    cohorts = tell("report", "cohorts", *words).document["cohorts"]
    for period in tell("report", "flow", *words).document["periods"]:
        cells = [cell for cohort in cohorts for cell in cohort["cells"] if cell["period"] == period["period"]]
        assert sum(cell["active"] for cell in cells) == period["new"] + period["returning"] + period["resurrected"]


def test_a_funnel_runs_over_stages(tell: Any, shop: Path) -> None:
    stages = tell("report", "funnel", *PERIOD, "--json", "--workspace", shop).document
    assert [step["step"] for step in stages["steps"]] == ["acquisition", "activation", "conversion", "retention"]


@pytest.mark.thorough
def test_a_funnel_runs_over_events_and_is_told_in_chinese(tell: Any, shop: Path) -> None:
    names = "Product Viewed, Order Completed"
    events = tell("report", "funnel", "--events", names, *PERIOD, "--json", "--workspace", shop).document
    assert (events["within_days"], events["steps"][0]["customers"]) == (30, events["customers"])
    assert events["customers"] > events["steps"][1]["customers"] > 0
    told = tell("report", "funnel", *PERIOD, "--workspace", shop, LANG="zh_CN.UTF-8").out
    assert "占上一步" in told


def test_a_report_of_the_past_knows_nothing_later(tell: Any, shop: Path) -> None:
    words = ("--json", "--workspace", shop, "--as-of", "2025-06-01")
    found = tell("report", "flow", *words).document
    assert found["day"] == "2025-05-31"
    assert found["periods"][-1]["period"] == "2025-05-01"


def test_a_period_that_ends_before_it_begins_is_refused(tell: Any, shop: Path) -> None:
    told = tell("report", "moves", "--from", "2025-06-01", "--to", "2025-05-01", "--workspace", shop, code=1)
    assert told.err == "tenure: The end of the period must come after its start.\n"
