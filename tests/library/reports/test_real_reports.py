"""Reports of a real shop: the published cohort row, and figures that must agree with each other."""

from datetime import date

import duckdb
import pytest

from tenure.reports import activity, cohort_customers, cohorts, move_map, stage_funnel, survival
from tenure.workspace import Workspace

pytestmark = pytest.mark.thorough

FIRST, LAST = date(2010, 12, 1), date(2011, 12, 9)
# Customers of 2010-12 active in that month and the following ones, counted over all rows with a customer.
PUBLISHED = [948, 362, 317, 367, 341, 376, 360, 336, 336, 374, 354, 474, 260]


@pytest.fixture(scope="module")
def con(retail: Workspace) -> duckdb.DuckDBPyConnection:
    return retail.store.snapshot().connect()


def test_the_published_cohort_comes_out(con: duckdb.DuckDBPyConnection) -> None:
    found = cohorts(con, FIRST, LAST, "touch")
    assert [cell.active for cell in found[0].cells] == PUBLISHED
    assert sum(cohort.customers for cohort in found) == 4372
    assert not found[0].cells[-1].whole  # the last of the months is not over
    assert cohort_customers(con, FIRST, date(2011, 11, 1), LAST, "touch").total == 474


def test_all_money_belongs_to_a_cohort(con: duckdb.DuckDBPyConnection) -> None:
    found = cohorts(con, FIRST, LAST, "touch")
    total = con.execute("SELECT sum(amount) FROM events WHERE day <= ?", [LAST]).fetchall()[0][0]
    assert sum(cell.amount for cohort in found for cell in cohort.cells) == total


def test_the_buyers_of_a_month_are_its_cohorts_cells(con: duckdb.DuckDBPyConnection) -> None:
    found = cohorts(con, FIRST, LAST)
    for month in activity(con, FIRST, date(2011, 12, 10)):
        buyers = sum(cell.active for cohort in found for cell in cohort.cells if cell.period == month.period)
        assert month.new + month.returning + month.resurrected == buyers


def test_moves_survival_and_funnel_tell_of_the_same_stays(retail: Workspace, con: duckdb.DuckDBPyConnection) -> None:
    growth = retail.definitions.lifecycles["growth"]
    before = date(2010, 1, 1)
    moves = move_map(con, growth, before, date(2011, 12, 10))
    curves = survival(con, "growth", before, date(2011, 12, 10), date(2011, 12, 10))
    for stage, curve in curves.items():
        assert curve.stays == sum(move.moves for move in moves if move.to_stage == stage)
        assert curve.stays - curve.lasting == sum(move.moves for move in moves if move.from_stage == stage)
    funnel = stage_funnel(con, growth, before, date(2011, 12, 10), date(2011, 12, 10))
    assert funnel.customers == 4372
    assert funnel.steps[0].customers >= funnel.steps[1].customers >= funnel.steps[-1].customers
