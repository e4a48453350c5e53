"""The plain ways to say what customers are worth: historic, by averages, by cohort (客户生命周期价值的几种算法).

All are after refunds; averages and cohorts count the orders that stand (`net_orders`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from tenure.clock import AsOf, naive
from tenure.errors import UsageError
from tenure.value.net_orders import shown

__all__ = ["Average", "CohortMonth", "average_value", "cohort_value", "historic_value"]


@dataclass(frozen=True)
class Average:
    """Average order × orders a year × years a customer stays × margin; money in minor units.

    `years` is 1 ÷ the yearly loss: the part of those who bought in the year before the last that bought no more.
    """

    customers: int
    average_order: float
    orders_a_year: float
    lost_a_year: float | None
    years: float | None
    value: float | None


@dataclass(frozen=True)
class CohortMonth:
    """What the customers first seen in `cohort` have spent, all together and a head, up to the end of month `month`."""

    cohort: date
    month: int
    customers: int
    active: int
    spend: int
    spend_so_far: int


@cache
def _sql(name: str) -> str:
    return Path(__file__).with_name(f"{name}.sql").read_text("utf-8")


def historic_value(con: duckdb.DuckDBPyConnection, as_of: AsOf, margin: float = 1.0) -> dict[int, float]:
    """What each buyer has brought so far after refunds, by customer_key, in minor units times the margin."""
    _checked(margin)
    rows = con.execute(_sql("historic"), {"before": naive(as_of.instant)}).fetchall()
    return {key: margin * spent for key, spent in rows}


def average_value(con: duckdb.DuckDBPyConnection, as_of: AsOf, margin: float = 1.0) -> Average:
    """The textbook's product of averages. Raises UsageError when nobody bought in the last year."""
    _checked(margin)
    with shown(con, naive(as_of.instant)):
        row = con.execute(_sql("average"), {"day": as_of.day}).fetchall()[0]
    customers, orders, amount, before, gone = row
    if not customers:
        raise UsageError(f"Nobody bought in the year before {as_of.day}, so there is no average to take.")
    lost = gone / before if before else None
    years = 1 / lost if lost else None
    each, often = float(amount or 0) / orders, orders / customers
    value = None if years is None else each * often * years * margin
    return Average(customers, each, often, lost, years, value)


def cohort_value(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> tuple[CohortMonth, ...]:
    """Month by month, what each month's new customers have spent; months not over yet are left out."""
    with shown(con, naive(as_of.instant)):
        rows = con.execute(_sql("cohort"), {"day": as_of.day}).fetchall()
    return tuple(CohortMonth(*row) for row in rows)


def _checked(margin: float) -> None:
    if not 0 <= margin <= 1:
        raise UsageError(f"margin is the part of sales that is left, between 0 and 1, not {margin}.")
