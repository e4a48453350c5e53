"""Everybody in parts of whole customers, so that work on millions fits in memory and grows no faster than they do."""

from __future__ import annotations

import math
from collections.abc import Iterator

import duckdb

from tenure.store.engines import Connection
from tenure.store.tables import BUCKETS

__all__ = ["in_parts"]

REREAD = 3  # in so few parts everything is read for each: cheaper than to pick some customers out of all files


def in_parts(con: Connection, events_a_part: float) -> Iterator[str]:
    """Go through everybody in parts of whole customers with about so many events, though never less than a bucket.

    Yields the SQL condition on customer_key that is true for the customers of a part. While it is worked on, the views
    of events show at least their events; of many parts no more than the files that hold them, so that going through
    them all costs little more than reading everything once. Customers with several source keys may lie in several
    buckets: they come in parts of their own, picked out of all files. In the end the views show everybody again. Where
    everything fits in one part, and on a cluster, which divides the work itself, that is everybody ("true").
    """
    count = _count(con) if isinstance(con, duckdb.DuckDBPyConnection) else 0
    parts = math.ceil(count / events_a_part)
    if parts <= REREAD:
        yield from (f"customer_key % {parts} = {part}" if parts > 1 else "true" for part in range(max(1, parts)))
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE joined AS SELECT source_key, customer_key FROM identity"
        " UNION SELECT customer_key, customer_key FROM identity"
    ).fetchall()
    joined = _count(con, " WHERE source_key IN (SELECT source_key FROM joined)")
    con.execute("ALTER VIEW raw_events RENAME TO every_event").fetchall()
    try:
        for rows, customers in (*_alone((count - joined) / events_a_part), *_joined(joined / events_a_part)):
            con.execute(f"CREATE OR REPLACE TEMP VIEW raw_events AS SELECT * FROM every_event WHERE {rows}").fetchall()
            yield customers
    finally:
        con.execute("DROP VIEW IF EXISTS raw_events").fetchall()
        con.execute("ALTER VIEW every_event RENAME TO raw_events").fetchall()


def _count(con: Connection, where: str = "") -> int:
    return int(con.execute(f"SELECT count(*) FROM raw_events{where}").fetchall()[0][0])


def _alone(size: float) -> Iterator[tuple[str, str]]:
    """Conditions on raw events and on customers, for each part of those with one source key: some of the buckets."""
    parts = min(BUCKETS, math.ceil(size))
    for part in range(parts):
        buckets = ", ".join(map(str, range(part * BUCKETS // parts, (part + 1) * BUCKETS // parts)))
        others = "SELECT source_key FROM joined"
        yield f"bucket IN ({buckets})", f"customer_key % {BUCKETS} IN ({buckets}) AND customer_key NOT IN ({others})"


def _joined(size: float) -> Iterator[tuple[str, str]]:
    """The same for those with several source keys."""
    parts = math.ceil(size)
    for part in range(parts):
        theirs = f"FROM joined WHERE customer_key % {parts} = {part}"
        yield f"source_key IN (SELECT source_key {theirs})", f"customer_key IN (SELECT customer_key {theirs})"
