"""The features room: compute every customer's features as of an instant into one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from tenure.clock import AsOf, naive
from tenure.definitions import Definitions
from tenure.features.compile import Scan
from tenure.store import Connection

__all__ = ["compute", "feature_row"]


def compute(
    con: Connection,
    definitions: Definitions,
    as_of: AsOf,
    *,
    keys: frozenset[str] | None = None,
    table: str = "features",
) -> None:
    """Make the temp table `features` (customer_key, one column a feature) from the view `events` of `con`.

    Grain: one row per customer with an event before `as_of`. `keys` limits the features to those and what they read.
    Scores of other rooms (value, risk …) are those known at `as_of`, from the views `<source>_scores` and
    `<source>_history`.
    """
    params: list[object] = []
    query = Scan(definitions, keys).sql(as_of.day, naive(as_of.instant).isoformat(sep=" "), params)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}", params).fetchall()


def feature_row(con: duckdb.DuckDBPyConnection, customer_key: int, table: str = "features") -> Mapping[str, Any] | None:
    """One customer's features by name; None if there are none."""
    cursor = con.execute(f"SELECT * FROM {table} WHERE customer_key = ?", [customer_key])
    names = [column[0] for column in cursor.description or ()]
    rows = cursor.fetchall()
    return dict(zip(names, rows[0], strict=True)) if rows else None
