"""Who all customers are, for people: a part at a time, because what they said of themselves is joined in Python."""

from collections.abc import Callable, Iterable
from datetime import datetime

import duckdb
from django.db import connection, transaction

from tenure.pipeline import Standing
from tenure.workspace import Workspace
from tenure_web.customers import shown
from tenure_web.customers.models import Customer, State
from tenure_web.customers.staging import table
from tenure_web.customers.writing import Writing
from tenure_web.worker import lease

__all__ = ["name"]

CHUNK = 5000


def name(
    workspace: Workspace,
    standing: Standing,
    cause: str,
    all_of_them: bool,
    writing: Writing,
    newer: Callable[[], set[int]],
) -> int:
    """Who customers are, for people: of everybody, or of those whose row is missing. Python joins what they said."""
    last, changed = -1, 0
    while keys := _next_people(standing.con, last, all_of_them):
        last = keys[-1]
        seen, (sources, external) = _first_seen(standing.con, keys), _named(standing.con, keys)
        with writing.when_free(), transaction.atomic():
            rows = [{"customer_key": key, "first_seen_at": at} for key, at in seen if key not in newer()]
            found = shown.Found(rows, {}, sources, external, standing.as_of.instant, cause)
            changed += shown.customers(workspace, found) if rows else 0
            lease.fence()
    return changed


def _next_people(con: duckdb.DuckDBPyConnection, last: int, all_of_them: bool) -> list[int]:
    if all_of_them:
        query = f"SELECT customer_key FROM standing WHERE customer_key > {last} ORDER BY 1 LIMIT {CHUNK}"
        return [row[0] for row in con.execute(query).fetchall()]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.customer_key FROM {table(State)} AS s LEFT JOIN {table(Customer)} AS c"
            f" ON c.customer_key = s.customer_key WHERE c.customer_key IS NULL AND s.customer_key > {last}"
            f" ORDER BY s.customer_key LIMIT {CHUNK}"
        )
        return [row[0] for row in cursor.fetchall()]


def _first_seen(con: duckdb.DuckDBPyConnection, keys: Iterable[int]) -> list[tuple[int, datetime]]:
    found: list[tuple[int, datetime]] = con.execute(
        f"SELECT customer_key, first_seen_at FROM standing WHERE customer_key IN ({_listed(keys)})"
    ).fetchall()
    return found


def _named(con: duckdb.DuckDBPyConnection, keys: Iterable[int]) -> tuple[dict[int, list[int]], dict[int, str]]:
    """All source keys of each customer, and the company's own ids."""
    listed = _listed(keys)
    sources: dict[int, list[int]] = {key: [key] for key in keys}
    for source, customer in con.execute(
        f"SELECT source_key, customer_key FROM identity WHERE customer_key IN ({listed})"
    ).fetchall():
        sources[customer].append(source)
    external = con.execute(
        f"SELECT customer_key, external_id FROM customers WHERE customer_key IN ({listed})"
    ).fetchall()
    return sources, dict(external)


def _listed(keys: Iterable[int]) -> str:
    return ", ".join(str(int(key)) for key in keys) or "NULL"
