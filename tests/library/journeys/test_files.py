"""`tenure check` reads journeys in files: every problem with its file, its line and the nearest known word."""

from pathlib import Path

import pytest

from tenure.definitions import built_in, load, trade_folder, trades
from tenure.journeys import check_files

JOURNEY = """journey:
  key: care
  title: {en: Care, zh: 关怀}
  trigger: {segment: loyal}
  goal: {event: Order Completed, days: 30}
  exit: {leaves: true}
  steps:
    - wait: {days: 1}
    - id: check-1
      check: orders >= 2
      otherwise:
        - email: care
    - branch:
        - title: {en: Many, zh: 多}
          when: orders >= 6
          steps:
            - wait: {hours: 2}
            - check: stage_growth = 'retention' AND segment = 'loyal'
      otherwise:
        - email: care
templates:
  - key: care
    name: Care
    subject_en: Thanks
    body_en: Thank you.
"""


def check(folder: Path, text: str) -> list[str]:
    (folder / "journeys").mkdir(exist_ok=True)
    (folder / "journeys" / "care.yml").write_text(text, "utf-8")
    return check_files(folder, built_in())


def test_a_sound_journey_has_no_problem(tmp_path: Path) -> None:
    assert check(tmp_path, JOURNEY) == []
    assert check_files(tmp_path / "nowhere", built_in()) == []


def test_the_journeys_of_every_trade_are_sound() -> None:
    for trade in trades():
        folder = trade_folder(trade.key)
        assert list((folder / "journeys").glob("*.yml"))
        assert check_files(folder, load(folder)) == []


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("orders >= 2", "ordrs >= 2", 'line 10: step 2: unknown feature "ordrs". Did you mean "orders"?'),
        ("orders >= 6", "ordrs >= 6", 'line 15: step 3 way 1: unknown feature "ordrs". Did you mean "orders"?'),
        ("{hours: 2}", "{weeks: 2}", "line 17: step 3 way 1 1: say how long to wait in minutes, hours, days."),
        ("  - email: care", "  - fax: care", "line 12: step 2 otherwise 1: must be exactly one of"),
        ("segment: loyal", "segment: loial", 'line 4: trigger: there is no segment "loial". Did you mean "loyal"?'),
        (
            "segment: loyal",
            "lifecycle: growth, stage: chrun",
            'line 4: trigger: there is no stage "chrun" in a lifecycle "growth". Did you mean "churn"?',
        ),
        ("days: 30", "day: 30", 'line 5: unknown entry "day" in "goal". Did you mean "days"?'),
        ("  key: care\n  title", "  title", "line 2: give the journey a key."),
        ("name: Care", "nmae: Care", 'line 23: unknown entry "nmae" in template of care.yml. Did you mean "name"?'),
        ("    body_en: Thank you.\n", "", "line 22: write the template's subject and text in at least one language."),
        ("journey:", "jorney:", 'line 1: unknown entry "jorney" in care.yml. Did you mean "journey"?'),
        ("loyal}", "loyal", "it cannot be read as YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, was: str, now: str, said: str) -> None:
    problems = check(tmp_path, JOURNEY.replace(was, now, 1))
    assert [each for each in problems if said in each], problems
    assert all(each.startswith("care.yml line ") for each in problems)


def test_all_that_is_wrong_is_told_together(tmp_path: Path) -> None:
    text = JOURNEY.replace("orders >=", "ordrs >=").replace("days: 30", "day: 30").replace("days: 1", "weeks: 1")
    assert len(check(tmp_path, text)) == 4


def test_branches_may_be_nested_as_deep_as_the_application_reads_them(tmp_path: Path) -> None:
    nested = "- email: care"
    for _ in range(11):
        inner = nested.replace("\n", "\n      ")
        nested = f"- branch:\n  - when: orders >= 2\n    steps:\n      {inner}"
    steps = "    " + nested.replace("\n", "\n    ")
    head = "journey:\n  key: care\n  title: {en: Care, zh: 关怀}\n  trigger: {segment: loyal}\n  steps:\n"
    assert check(tmp_path, head + steps + "\n") == []
