"""Value segments at the first instant of each month: where people were, how segments grew and shrank."""

from __future__ import annotations

from datetime import date

from tenure.clock import AsOf, Clock
from tenure.definitions import Definitions
from tenure.features import compute
from tenure.segments.rfm import FEATURES, cuts_of, segment_columns
from tenure.store import Connection

__all__ = ["compute_segment_history", "month_starts"]


def month_starts(day: date, months: int) -> list[date]:
    """The first days of the last `months` months up to the day's own, oldest first."""
    index = day.year * 12 + day.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(index - months + 1, index + 1)]


def compute_segment_history(
    con: Connection, definitions: Definitions, clock: Clock, as_of: AsOf, months: int = 13
) -> None:
    """Make the temp table `segment_months` from the view `events`.

    Grain: one row per customer known at a month's first instant: customer_key, month DATE, segment, revenue (minor
    units, all time).
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE segment_months (customer_key BIGINT, month DATE, segment VARCHAR, revenue BIGINT)"
    ).fetchall()
    for month in month_starts(as_of.day, months):
        compute(con, definitions, AsOf(clock.start_of(month), month), keys=FEATURES, table="month_features")
        cuts = cuts_of(con, definitions, month, "month_features")
        con.execute(
            f"INSERT INTO segment_months SELECT customer_key, DATE '{month}', segment, revenue"
            f" FROM (SELECT *, {segment_columns(cuts)} FROM month_features)"
        ).fetchall()
    con.execute("DROP TABLE IF EXISTS month_features").fetchall()
