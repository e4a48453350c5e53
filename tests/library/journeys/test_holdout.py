"""Holdouts are fixed by a hash, and small groups are not compared."""

import pytest

from tenure import journeys


def test_the_share_held_out_is_the_percentage_asked_for():
    held = sum(journeys.held_out(customer, "thanks", 10) for customer in range(20_000))
    assert held == pytest.approx(2000, abs=150)


def test_a_larger_holdout_only_adds_people():
    small = {customer for customer in range(3000) if journeys.held_out(customer, "thanks", 5)}
    large = {customer for customer in range(3000) if journeys.held_out(customer, "thanks", 20)}
    assert small < large


def test_two_journeys_hold_out_different_people():
    one = {customer for customer in range(5000) if journeys.held_out(customer, "one", 20)}
    other = {customer for customer in range(5000) if journeys.held_out(customer, "other", 20)}
    assert len(one & other) == pytest.approx(200, abs=60)


def test_the_interval_is_newcombes_own(monkeypatch):
    """Newcombe 1998, table II (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339."""
    monkeypatch.setattr("tenure.journeys.holdout.ENOUGH", 1)
    found = journeys.difference(70, 56, 80, 48)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


def test_few_people_are_not_enough_to_tell():
    assert not journeys.difference(99, 50, 500, 100).enough
    assert not journeys.difference(5000, 3, 500, 1).enough
