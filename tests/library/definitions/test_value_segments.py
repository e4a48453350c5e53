"""The eight value segments cover every score once, as the mission writes them."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from tenure.definitions import PROSPECT, VALUE_SEGMENTS, value_segment, value_segment_few
from tenure.errors import UsageError

SCORES = range(1, 6)


def test_every_one_of_125_scores_has_exactly_one_segment() -> None:
    counts = Counter(value_segment(*scores) for scores in product(SCORES, repeat=3))
    assert sum(counts.values()) == 125
    assert set(counts) == set(VALUE_SEGMENTS)


@pytest.mark.parametrize(
    ("scores", "segment"),
    [
        ((5, 5, 5), "champion"),
        ((4, 4, 4), "champion"),
        ((4, 4, 3), "loyal"),
        ((5, 3, 5), "loyal"),
        ((4, 2, 4), "high_potential"),
        ((4, 2, 3), "recent"),
        ((3, 3, 1), "high_potential"),
        ((3, 1, 4), "high_potential"),
        ((3, 2, 3), "nurture"),
        ((2, 4, 1), "cant_lose"),
        ((1, 1, 4), "cant_lose"),
        ((2, 3, 3), "at_risk"),
        ((1, 3, 3), "about_to_lose"),
    ],
)
def test_scores_on_the_edges(scores: tuple[int, int, int], segment: str) -> None:
    assert value_segment(*scores) == segment


def test_a_score_outside_one_to_five_is_refused() -> None:
    with pytest.raises(UsageError, match="from 1 to 5"):
        value_segment(0, 3, 3)


@pytest.mark.parametrize(
    ("days", "orders", "high", "segment"),
    [
        (None, 0, False, PROSPECT),
        (0, 1, False, "recent"),
        (39, 2, False, "loyal"),
        (39, 2, True, "champion"),
        (39, 1, True, "high_potential"),
        (40, 1, False, "nurture"),
        (89, 2, False, "high_potential"),
        (90, 1, False, "at_risk"),
        (90, 2, False, "cant_lose"),
        (179, 1, False, "at_risk"),
        (180, 1, True, "cant_lose"),
        (180, 1, False, "about_to_lose"),
    ],
)
def test_few_data_go_by_days(days: int | None, orders: int, high: bool, segment: str) -> None:
    assert value_segment_few(days, orders, high) == segment
