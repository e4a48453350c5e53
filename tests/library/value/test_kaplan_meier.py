"""Kaplan–Meier looks ahead: against a sum in small steps, and never beyond what anybody was followed for."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tenure.errors import UsageError
from tenure.value import KaplanMeier

DURATION, LOST = [3, 5, 5, 8, 9, 12, 14], [1, 1, 0, 1, 1, 0, 0]


@pytest.fixture(scope="module")
def found() -> KaplanMeier:
    return KaplanMeier(0.9).fit(DURATION, LOST)


def test_lasting_longer_is_the_ratio_of_two_parts(found):
    assert found.probability_alive([0, 4, 6], 5) == pytest.approx(
        [found.survival(5), found.survival(9) / found.survival(4), found.survival(11) / found.survival(6)]
    )


@pytest.mark.parametrize("discount", [0.0, 0.02])
def test_value_ahead_is_that_of_staying_day_by_day(found, discount):
    starts, ahead, steps = np.array([0.0, 4.0, 8.5]), 5.0, 20_000
    ages = (np.arange(steps) + 0.5) * ahead / steps
    slowly = [
        float((found.survival(at + ages) / found.survival(at) * (1 + discount) ** -ages).mean() * ahead) * 7
        for at in starts
    ]
    assert found.expected_value(ahead, starts, 7, discount) == pytest.approx(slowly, rel=1e-4)
    assert found.expected_lifetime(ahead, 0)[0] == found.expected_value(ahead, 0)[0] <= ahead


def test_where_all_were_lost_nothing_is_ahead():
    found = KaplanMeier().fit([1, 2], [1, 1])
    assert found.probability_alive([0, 1, 2], 0).tolist() == [1, 1, 0]
    assert found.expected_value(1, [0, 1]) == pytest.approx([1, 1])


def test_what_nobody_was_followed_for_is_not_told(found):
    assert found.probability_alive(9, 5)[0] == 1
    with pytest.raises(UsageError, match="Nobody was followed for longer than 14"):
        found.probability_alive(9, 6)
    with pytest.raises(UsageError, match="cannot be negative"):
        found.expected_value(-1, 3)


def test_it_comes_back_from_its_document(found):
    back = KaplanMeier.from_dict(json.loads(json.dumps(found.to_dict())))
    assert back.level == 0.9
    for name in ("times_", "survival_", "low_", "high_", "at_risk_", "lost_"):
        assert getattr(back, name).tolist() == getattr(found, name).tolist()
    assert back.expected_value(5, 4) == found.expected_value(5, 4)
    with pytest.raises(UsageError, match='holds "BetaGeo", not KaplanMeier'):
        KaplanMeier.from_dict({"model": "BetaGeo"})
