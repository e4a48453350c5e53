"""Reading a journey's tree, and the edits the web editor makes on it."""

import pytest

from tenure import journeys
from tenure.errors import DefinitionError, NotFound, UsageError


def parse(text):
    if "(" in text:
        raise UsageError(f'"{text}" is not a rule.')
    return text


TREE = {
    "key": "back",
    "title": {"en": "We miss you", "zh": "好久不见"},
    "trigger": {"segment": "at_risk"},
    "again": {"days": 90},
    "holdout": 10,
    "steps": [
        {"wait": {"days": 2}},
        {"check": "orders > 1", "otherwise": [{"email": "a"}]},
        {"branch": [{"when": "orders > 5", "steps": [{"email": "b"}]}], "otherwise": [{"email": "c", "id": "email-1"}]},
    ],
}


def test_the_same_tree_gives_the_same_journey_with_ids_or_without():
    assert journeys.read(TREE, parse) == journeys.read(journeys.numbered(TREE), parse)


def test_all_problems_are_told_together():
    tree = {
        "key": "x",
        "title": {"en": "X"},
        "colour": "red",
        "trigger": {"segment": "a", "lifecycle": "b", "stage": "c"},
        "holdout": 100,
        "goal": {"days": 3},
        "steps": [{"wait": {"weeks": 1}}, {"check": "f("}, {"email": ""}, {"fax": 1}, {"branch": []}],
    }
    with pytest.raises(DefinitionError) as caught:
        journeys.read(tree, parse)
    told = "\n".join(caught.value.problems)
    for words in ("colour", "trigger", "holdout", "goal", "step 1", "step 2", "step 3", "step 4", "step 5"):
        assert words in told
    assert len(caught.value.problems) == 9


def test_a_step_is_inserted_in_any_list_and_gets_a_free_id():
    tree, added = journeys.insert(TREE, "branch-1.0", 1, {"wait": {"hours": 1}})
    assert added == "wait-2"
    assert journeys.step_of(tree, "branch-1")["branch"][0]["steps"][1]["id"] == "wait-2"
    assert "id" not in TREE["steps"][0], "the old tree is never changed"
    tree, added = journeys.insert(tree, "check-1.otherwise", 0, {"branch": [{"when": "orders > 2"}]})
    assert journeys.step_of(tree, added)["otherwise"] == []
    assert journeys.insert(TREE, "steps", 0, {"wait": {"hours": 1}}, taken={"wait-2", "wait-3"})[1] == "wait-4"


def test_a_step_is_removed_with_all_that_hangs_under_it():
    tree = journeys.remove(TREE, "branch-1")
    assert [step["id"] for _, steps in journeys.lists(tree) for step in steps] == ["wait-1", "check-1", "email-2"]


def test_a_change_keeps_the_id_and_the_steps_below():
    tree = journeys.change(TREE, "check-1", {"check": "orders > 3", "id": "other"})
    assert journeys.step_of(tree, "check-1") == {
        "id": "check-1",
        "check": "orders > 3",
        "otherwise": [{"email": "a", "id": "email-2"}],
    }


@pytest.mark.parametrize(
    "edit", [lambda: journeys.remove(TREE, "no"), lambda: journeys.insert(TREE, "no", 0, {"email": "a"})]
)
def test_what_is_not_there_is_named(edit):
    with pytest.raises(NotFound, match="no"):
        edit()
