"""Scores and segments in SQL are those of the definitions, over all 125 scores and all few-data cases."""

from __future__ import annotations

from datetime import date
from itertools import product

import duckdb
import pytest

from tenure.definitions import VALUE_SEGMENTS, Rfm, value_segment, value_segment_few
from tenure.segments import Cuts, Learned, month_starts, segment_columns
from tests.engine import beside
from tests.rows import insert

CUTS = Cuts(date(2024, 1, 1), 500, (10, 20, 30, 40), (1, 2, 3, 4), (100, 200, 300, 400), 150.0, False, True)


def segments_of(cuts: Cuts, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """(r, f, m, segment) of rows (days since last order, orders, revenue, average order)."""
    con = duckdb.connect()
    con.execute("CREATE TABLE t (n INT, days_since_last_order INT, orders INT, revenue INT, average_order DOUBLE)")
    insert(con, "t", [(n, *row) for n, row in enumerate(rows)])
    query = f"SELECT r, f, m, segment FROM (SELECT *, {segment_columns(cuts)} FROM t) ORDER BY n"
    return beside(con).execute(query).fetchall()


def test_all_125_scores_have_the_segment_of_the_rule() -> None:
    scores = list(product(range(1, 6), repeat=3))
    rows = [(5 + 10 * (5 - r), f, 50 + 100 * (m - 1), 100.0) for r, f, m in scores]
    found = segments_of(CUTS, rows)
    assert found == [(r, f, m, value_segment(r, f, m)) for r, f, m in scores]
    assert {row[3] for row in found} == set(VALUE_SEGMENTS)


def test_equal_values_share_a_score() -> None:
    tied = Cuts(date(2024, 1, 1), 500, (10, 10, 10, 40), (1, 1, 2, 4), (0, 0, 0, 0), None, False, True)
    found = segments_of(tied, [(10, 1, 0, 1.0), (10, 1, 0, 1.0), (11, 2, 1, 1.0)])
    assert found[0] == found[1] == (5, 1, 1, value_segment(5, 1, 1))
    assert found[2][:3] == (2, 3, 5)


def test_without_amounts_money_follows_frequency() -> None:
    unpriced = Cuts(date(2024, 1, 1), 500, (10, 20, 30, 40), (1, 2, 3, 4), (0, 0, 0, 0), None, False, False)
    assert segments_of(unpriced, [(5, 5, 0, None)]) == [(5, 5, 5, "champion")]


def test_a_customer_without_orders_is_a_prospect_without_scores() -> None:
    assert segments_of(CUTS, [(None, 0, 0, None)]) == [(None, None, None, "prospect")]


@pytest.mark.parametrize("high", [100.0, 200.0])
def test_few_data_uses_days(high: float) -> None:
    few = Cuts(date(2024, 1, 1), 3, (), (), (), 150.0, True, True)
    rows = [(days, orders, 1, high) for days in (0, 39, 40, 89, 90, 179, 180, 900) for orders in (1, 2, 7)]
    assert [row[3] for row in segments_of(few, rows)] == [
        value_segment_few(days, orders, high >= 150) for days, orders, _, _ in rows
    ]


def test_where_nothing_can_be_learned_days_decide_whatever_a_company_asks_for() -> None:
    nothing = Learned(date(2024, 1, 1), 0, (), (), (), None, False)
    cuts = nothing.cuts(Rfm(days=(10, 20, 30, 40), few_customers=0))
    assert cuts.few
    assert segments_of(cuts, [(5, 1, 1, 1.0)]) == [(None, None, None, "recent")]
    own = nothing.cuts(Rfm(days=(10, 20, 30, 40), orders=(1, 2, 3, 4), revenue=(100, 200, 300, 400)))
    assert not own.few


def test_month_starts_cross_the_year() -> None:
    found = month_starts(date(2024, 2, 29), 4)
    assert [day.isoformat() for day in found] == ["2023-11-01", "2023-12-01", "2024-01-01", "2024-02-01"]
