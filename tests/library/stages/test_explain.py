"""What is kept beside a move says the same as the explanation in words."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from tenure.definitions import Feature, built_in
from tenure.stages import evidence, explain

BUILT_IN = built_in()


def row(chance: random.Random) -> dict[str, Any]:
    """A customer with a value of every feature, or none."""
    return {key: None if chance.random() < 0.2 else value(each, chance) for key, each in BUILT_IN.features.items()}


def value(feature: Feature, chance: random.Random) -> Any:
    if feature.type == "date":
        return date(2024, 1, 1) + timedelta(days=chance.randrange(900))
    one = {"integer": chance.randrange(300), "float": chance.random() * 5, "boolean": chance.random() < 0.5}
    return one.get(feature.type, "email")


@pytest.mark.parametrize("lifecycle", BUILT_IN.lifecycles.values(), ids=list(BUILT_IN.lifecycles))
def test_the_evidence_kept_with_a_move_is_that_of_the_explanation(lifecycle: Any) -> None:
    chance, met = random.Random(4), set()
    for _ in range(60):
        customer = row(chance)
        reason = explain(lifecycle, customer)
        assert evidence(lifecycle, reason.stage, customer) == reason.evidence
        met.add(reason.stage.key)
    assert len(met) > 2
