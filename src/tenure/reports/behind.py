"""The customers behind a number: every cell of every report opens, by the conditions it was counted by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from tenure.reports.board import query_text

__all__ = ["Behind", "behind", "customer_ids"]


@dataclass(frozen=True, slots=True)
class Behind:
    """How many different customers stand behind a number, and the keys of one page of them, smallest key first."""

    total: int
    keys: tuple[int, ...]


def behind(
    con: duckdb.DuckDBPyConnection, name: str, values: dict[str, Any], limit: int | None = None, offset: int = 0
) -> Behind:
    """The customers that `name`.sql, a query for customer_key, finds. `name` may be the query's text itself."""
    query = name if " " in name else query_text(name)
    page = "" if limit is None else f" LIMIT {int(limit)} OFFSET {int(offset)}"
    con.execute(f"CREATE OR REPLACE TEMP TABLE found AS SELECT DISTINCT customer_key FROM ({query})", values).fetchall()
    total = con.execute("SELECT count(*) FROM found").fetchall()[0][0]
    keys = con.execute(f"SELECT customer_key FROM found ORDER BY customer_key{page}").fetchall()
    return Behind(total, tuple(key for (key,) in keys))


def customer_ids(con: duckdb.DuckDBPyConnection, keys: Sequence[int]) -> tuple[str, ...]:
    """The company's own ids of customers, in the order of the keys; `#key` of those who have none."""
    query = "SELECT customer_key, external_id FROM customers WHERE customer_key IN (SELECT unnest($keys))"
    known = dict(con.execute(query, {"keys": list(keys)}).fetchall())
    return tuple(known.get(key) or f"#{key}" for key in keys)
