"""Companies: its own `group` calls say which one a customer belongs to; everybody's say what a company is like."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenure.store.room import Store

__all__ = ["BELONGING", "belonging_sql", "colleagues", "company_calls_sql"]

#: The columns of the view `company_calls`.
BELONGING = {
    "customer_key": "BIGINT",
    "ingest_id": "BIGINT",
    "day": "DATE",
    "ts": "TIMESTAMP",
    "company": "VARCHAR",
    "properties": "VARCHAR",
}

_COLLEAGUES = """
SELECT DISTINCT others.source_key
FROM company_calls AS mine JOIN company_calls AS others ON others.company = mine.company
WHERE mine.source_key IN (SELECT source_key FROM company_calls WHERE list_contains(?, source_key) AND ingest_id > ?)
"""


def company_calls_sql(events: str) -> str:
    """SQL for the rows of the table `company_calls` among events. Grain: one row per `group` call."""
    company = "nullif(json_extract_string(properties, '$.\"group_id\"'), '')"
    return (
        f"SELECT ingest_id, source_key, {company} AS company, ts, received_at, import_id, properties"
        f" FROM {events} WHERE kind = 'group'"
    )


def belonging_sql(rows: str, day: str, *, identity: str, retracted: bool, last: int) -> str:
    """SQL for the calls up to an ingest id, under the customer they now belong to, without those taken back.

    `day` is SQL for the local day of `c.ts`; `identity` names source keys that belong to another customer, empty where
    there is none. Reads `retractions`. Grain: one row per `group` call.
    """
    key = "coalesce(m.customer_key, c.source_key)" if identity else "c.source_key"
    join = f" LEFT JOIN {identity} AS m ON m.source_key = c.source_key" if identity else ""
    where = f"c.ingest_id <= {last}"
    if retracted:
        where += (
            " AND c.ingest_id NOT IN (SELECT id FROM retractions WHERE kind = 'event')"
            " AND (c.import_id IS NULL OR c.import_id NOT IN (SELECT id FROM retractions WHERE kind = 'import'))"
        )
    columns = f"{key} AS customer_key, c.ingest_id, {day} AS day, c.ts, c.company, c.properties"
    return f"SELECT {columns} FROM ({rows}) AS c{join} WHERE {where}"


def colleagues(store: Store, source_keys: Collection[int], after: int = 0) -> set[int]:
    """Whom a `group` call of these source keys after an ingest id concerns: all who ever were of a company of theirs.

    The callers are among them.
    """
    if store.tables["company_calls"].version() < 0 or not source_keys:
        return set()
    con = store.snapshot().connect("company_calls")
    try:
        return {row[0] for row in con.execute(_COLLEAGUES, [list(source_keys), after]).fetchall()}
    finally:
        con.close()
