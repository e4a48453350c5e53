"""Survival in a stage: against a published table, and against stays counted one by one."""

from datetime import date

import duckdb
import pytest

from tenure.reports import kaplan_meier, stay_customers, survival

from .cast import LAST, stays

# Freireich et al. (1963), remission of 21 leukemia patients on 6-MP: the textbook example of Kaplan-Meier.
REMISSION = [(6, 3, 1), (7, 1, 0), (9, 0, 1), (10, 1, 1), (11, 0, 1), (13, 1, 0), (16, 1, 0), (17, 0, 1), (19, 0, 1),
             (20, 0, 1), (22, 1, 0), (23, 1, 0), (25, 0, 1), (32, 0, 2), (34, 0, 1), (35, 0, 1)]  # fmt: skip
PUBLISHED = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
START, END = date(2025, 11, 15), date(2026, 2, 10)


def test_the_textbook_table_comes_out() -> None:
    found = kaplan_meier("remission", REMISSION)
    assert {point.days: round(point.share, 3) for point in found.points if point.ended} == PUBLISHED
    assert (found.stays, found.lasting, found.median) == (21, 12, 23)
    # R's survfit(conf.type = "log-log") on the same data: median 23, interval 13 to none
    assert found.median_interval == (13, None)
    last = next(point for point in found.points if point.days == 23)
    assert (last.low, last.high) == (pytest.approx(0.1881, abs=1e-4), pytest.approx(0.6801, abs=1e-4))


def test_a_stay_that_none_outlasts_ends_at_zero_without_an_interval() -> None:
    found = kaplan_meier("short", [(2, 3, 0)])
    assert (found.points[0].share, found.points[0].low, found.median) == (0.0, None, 2)


def test_stays_of_which_none_ended_are_not_sure_to_last() -> None:
    found = kaplan_meier("calm", [(3, 0, 10), (9, 0, 10)])
    assert [(point.share, point.high) for point in found.points] == [(1.0, 1.0), (1.0, 1.0)]
    # Clopper and Pearson's tables: none of 20 leaves up to 0.1684 open, none of 10 up to 0.3085
    assert [1 - (point.low or 0) for point in found.points] == pytest.approx([0.1684, 0.3085], abs=5e-5)


def test_every_curve_is_the_product_counted_stay_by_stay(shop: duckdb.DuckDBPyConnection) -> None:
    found = survival(shop, "growth", START, END, LAST)
    for stage, curve in found.items():
        mine = [s for s in stays() if s.stage == stage and START < s.entered <= END]
        ended = [(s.left - s.entered).days for s in mine if s.left and s.left <= LAST]
        lasting = [(LAST - s.entered).days for s in mine if not s.left or s.left > LAST]
        assert (curve.stays, curve.lasting) == (len(mine), len(lasting))
        share = 1.0
        for day in sorted(set(ended)):
            at_risk = sum(length >= day for length in ended + lasting)
            share *= 1 - ended.count(day) / at_risk
            assert curve.at(day) == pytest.approx(share)


def test_the_customers_behind_a_curve_are_those_of_its_stays(shop: duckdb.DuckDBPyConnection) -> None:
    for stage in survival(shop, "growth", START, END, LAST):
        mine = [s for s in stays() if s.stage == stage and START < s.entered <= END]
        gone = {s.customer for s in mine if s.left and s.left <= LAST and 5 <= (s.left - s.entered).days <= 20}
        behind = stay_customers(shop, "growth", stage, START, END, LAST, 5, 20, "ended")
        assert set(behind.keys) == gone
        there = {s.customer for s in mine if not s.left or s.left > LAST}
        assert set(stay_customers(shop, "growth", stage, START, END, LAST, outcome="lasting").keys) == there
