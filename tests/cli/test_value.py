"""`tenure value`: report, fit and score of a small shop."""

import shutil

import pytest


@pytest.fixture
def copied(tmp_path, shop):
    """The shop, to write into."""
    return shutil.copytree(shop, tmp_path / "shop")


@pytest.mark.thorough
def test_the_report_names_the_baseline_and_what_is_used(tell, shop):
    told = tell("value", "report", "--workspace", shop, "--json").document
    assert told["rows"][0]["model"] == "naive"
    assert sum(row["chosen"] for row in told["rows"]) == 1
    assert told["customers"] > 0
    shown = tell("value", "report", "--workspace", shop).out
    assert "← used" in shown
    assert "naive" in shown
    assert "朴素基线" in tell("value", "report", "--workspace", shop, LANG="zh_CN.UTF-8").out


@pytest.mark.thorough
def test_fit_and_score_say_what_they_did(tell, copied):
    fitted = tell("value", "fit", "--workspace", copied, "--json").document
    scored = tell("value", "score", "--workspace", copied, "--json").document
    assert (fitted["refitted"], scored["refitted"]) == (True, False)
    assert fitted["customers"] == scored["customers"] > 100
    assert "customers scored as of 2026-01-01" in tell("value", "score", "--workspace", copied).out


def test_a_shop_without_orders_is_told_in_a_line(tell, empty):
    told = tell("value", "fit", "--workspace", empty, code=1)
    assert "Import orders first" in told.err
    assert told.err.count("\n") == 1
