"""Who is likely to move: asked first when everybody is brought up to date, so that moves are shown long before its end.

A mark of where everybody stood at the last turn stays in the memory of the process. It decides nothing but the order:
everybody is compared with what is shown all the same.
"""

from collections.abc import Iterable, Iterator

import duckdb

from tenure.definitions import Lifecycle
from tenure.stages import column

__all__ = ["likely", "remember"]

MOST = 20_000  # of more, most people move: then any order is as good


def likely(con: duckdb.DuckDBPyConnection, lifecycles: Iterable[Lifecycle], size: int) -> Iterator[str]:
    """Conditions on the key of `standing AS s`, of `size` customers each: those who stand elsewhere than last time."""
    known = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'stood' AND NOT temporary"
    if not con.execute(known).fetchall():
        return
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE likely AS SELECT s.customer_key, (row_number() OVER () - 1) // {size} AS part"
        f" FROM standing AS s JOIN stood AS o ON o.customer_key = s.customer_key WHERE o.mark <> {_mark(lifecycles)}"
    ).fetchall()
    count, parts = con.execute("SELECT count(*), coalesce(max(part) + 1, 0) FROM likely").fetchall()[0]
    if count <= MOST:
        yield from (f"s.customer_key IN (SELECT customer_key FROM likely WHERE part = {part})" for part in range(parts))


def remember(con: duckdb.DuckDBPyConnection, lifecycles: Iterable[Lifecycle]) -> None:
    """Keep where everybody stands now in a table that all connections of this process see."""
    mark = _mark(lifecycles)
    con.execute(f"CREATE OR REPLACE TABLE stood AS SELECT customer_key, {mark} AS mark FROM standing AS s").fetchall()


def _mark(lifecycles: Iterable[Lifecycle]) -> str:
    return "hash(" + ", ".join(["s.segment", *(f"s.{column(each.key)}" for each in lifecycles)]) + ")"
