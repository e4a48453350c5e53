"""`tenure report`: the documents have the promised shape and agree with each other; tables are told in words."""

from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure import reports

EVERY = pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.thorough)])
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


def some(rows: list[Any], every: bool) -> list[Any]:
    """All rows, or the last of them."""
    assert rows
    return rows if every else rows[-1:]


@EVERY
def test_the_customers_behind_a_move_are_as_many_as_it_counts(tell: Any, shop: Path, every: bool) -> None:
    words = ("report", "moves", *PERIOD, "--json", "--workspace", shop)
    for move in some(tell(*words).document["moves"], every):
        number = {word: move[word] for word in ("from", "to") if move[word]}
        address = ",".join(f"{word}={stage}" for word, stage in number.items())
        found = tell(*words, "--customers", address).document
        assert len(set(found["customers"])) == len(found["customers"]) == move["customers"]
        assert found["number"] == number
    told = tell("report", "moves", *PERIOD, "--customers", address, "--workspace", shop).out
    assert told.splitlines() == found["customers"]


@pytest.mark.thorough
@EVERY
def test_the_customers_behind_a_curve_are_those_of_its_stays(tell: Any, shop: Path, every: bool) -> None:
    words = ("report", "survival", "--json", "--workspace", shop)
    report, workspace = tell(*words).document, tenure.open(shop)
    con = reports.restate(workspace.store.snapshot(), workspace.definitions, workspace.clock.as_of(), ["growth"])
    for stage in some(report["stages"], every):
        stays = con.execute(
            "SELECT count(*), count(DISTINCT customer_key) FROM stage_history WHERE lifecycle = 'growth'"
            " AND stage = ? AND entered BETWEEN ? AND ?",
            [stage["stage"], report["from"], report["to"]],
        ).fetchall()[0]
        parts = [
            tell(*words, "--customers", f"stage={stage['stage']},outcome={outcome}").document["customers"]
            for outcome in ("all", "ended", "lasting")
        ]
        assert (stage["stays"], len(parts[0])) == stays
        assert set(parts[0]) == set(parts[1]) | set(parts[2])
        assert len(parts[2]) == stage["lasting"]


@EVERY
def test_the_customers_behind_a_cell_of_the_cohorts_are_as_many(tell: Any, shop: Path, every: bool) -> None:
    words = ("report", "cohorts", "--from", "2025-09-01", "--json", "--workspace", shop)
    for cohort in some(tell(*words).document["cohorts"], every):
        name = cohort["period"][:7]
        assert len(tell(*words, "--customers", f"cohort={name}").document["customers"]) == cohort["customers"]
        for cell in cohort["cells"]:
            ids = tell(*words, "--customers", f"cohort={name}, period={cell['period']}").document["customers"]
            assert len(ids) == cell["active"]


@pytest.mark.thorough
@EVERY
def test_the_customers_behind_a_bar_of_the_flow_are_as_many(tell: Any, shop: Path, every: bool) -> None:
    words = ("report", "flow", "--from", "2025-09-01", "--json", "--workspace", shop)
    for period in some(tell(*words).document["periods"], every):
        for kind in ("new", "returning", "resurrected", "dormant"):
            ids = tell(*words, "--customers", f"period={period['period']},kind={kind}").document["customers"]
            assert len(ids) == period[kind]


@pytest.mark.thorough
@EVERY
@pytest.mark.parametrize("more", [(), ("--events", "Product Viewed,Order Completed", "--within", "30")])
def test_the_customers_behind_a_step_of_a_funnel_are_as_many(
    tell: Any, shop: Path, more: tuple[str, ...], every: bool
) -> None:
    words = ("report", "funnel", *PERIOD, *more, "--json", "--workspace", shop)
    found = tell(*words).document
    assert len(tell(*words, "--customers", "outcome=reached").document["customers"]) == found["customers"]
    before = [found["customers"], *(step["customers"] for step in found["steps"])]
    for step, earlier in some(list(zip(found["steps"], before, strict=False)), every):
        name = f"step={step['step']}"
        assert len(tell(*words, "--customers", name).document["customers"]) == step["customers"]
        lost = tell(*words, "--customers", f"{name},outcome=lost").document["customers"]
        assert len(lost) == earlier - step["customers"]
        if every and not more:
            skipped = tell(*words, "--customers", f"{name},outcome=skipped").document["customers"]
            assert len(skipped) == step["passed_through"]


@pytest.mark.parametrize(
    ("report", "number", "sentence"),
    [
        ("moves", "frm=conversion", '"frm=conversion" names no number here. Such as: from=conversion,to=retention'),
        ("moves", "to=nowhere", '"nowhere" is none of: acquisition,'),
        ("survival", "outcome=ended", "names no number here. Such as: stage=conversion"),
        ("survival", "stage=churn,low=few", "names no number here."),
        ("cohorts", "cohort=2026-13", '"cohort=2026-13" names no number here.'),
        ("flow", "period=2025-11,kind=old", '"old" is none of: new, returning, resurrected, dormant.'),
        ("funnel", "step=Tea", '"Tea" is none of: acquisition,'),
    ],
)
def test_a_number_that_no_report_has_is_refused(tell: Any, shop: Path, report: str, number: str, sentence: str) -> None:
    assert sentence in tell("report", report, "--customers", number, "--workspace", shop, code=1).err


def test_the_customers_of_every_stage_are_as_many_as_it_counts(tell: Any, shop: Path) -> None:
    counted = ("stages", "--json", "--workspace", shop, "--as-of", "2025-06-01")
    for stage in tell(*counted).document["stages"]:
        found = tell(*counted, "--customers", stage["key"]).document
        assert len(set(found["customers"])) == len(found["customers"]) == stage["customers"]
    assert "is none of" in tell("stages", "--customers", "nowhere", "--workspace", shop, code=1).err
