"""Who belongs to the own segments: one yes-or-no column a segment beside the standing, for everybody in one query.

A percentile is 100 × the share of customers with a smaller value, among all who have one: `percentile(revenue) >= 95`
are the top five in a hundred. Equal values have equal percentiles; a tie that reaches over the edge stays outside, so
that the top five per cent are never more than five per cent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import duckdb

from tenure.definitions import Definitions, Rule, Segment
from tenure.definitions.membership import CONSENT, IN, PERCENTILE, STAGE, VALUE, columns_like
from tenure.store import Connection

__all__ = [
    "Outside",
    "add_members",
    "belongs",
    "fixed_lists",
    "member_column",
    "member_row",
    "member_view",
    "needs_consent",
    "needs_everyone",
    "prepare_lists",
    "reads",
    "segments_of",
    "unknown_customers",
    "with_members",
]

#: Sets of customers that only the application knows: {channel: keys of those who agreed to it}.
Outside = Mapping[str, Collection[int]]


def member_column(segment: str) -> str:
    """The column that says whether a customer belongs to a segment."""
    return f'"{IN}{segment}"'


def reads(definitions: Definitions, segment: Segment) -> frozenset[str]:
    """Every column that the segment reads, also through the segments it is made of."""
    found: set[str] = set()
    for rule in segment.rules:
        found |= rule.features
        for inner in columns_like(rule, IN):
            found |= reads(definitions, definitions.segments[inner])
    return frozenset(found)


def segments_of(rule: Rule) -> frozenset[str]:
    """The segments that a rule speaks of itself."""
    return frozenset(columns_like(rule, IN))


def needs_everyone(definitions: Definitions, segment: Segment) -> bool:
    """Whether one customer's answer depends on the others': through a percentile."""
    return any(name.startswith(PERCENTILE) for name in reads(definitions, segment) - set(definitions.features))


def needs_consent(definitions: Definitions, segment: Segment) -> bool:
    """Whether the answer depends on what only the application knows."""
    return any(name.startswith(CONSENT) for name in reads(definitions, segment) - set(definitions.features))


def belongs(segment: Segment, row: Mapping[str, Any], listed: bool = False) -> bool:
    """Whether one customer belongs, from its standing with the columns of other segments: the twin of the SQL."""
    inside = listed or (segment.rule is not None and segment.rule.evaluate(row) is True)
    return inside and not (segment.exclude is not None and segment.exclude.evaluate(row) is True)


def prepare_lists(con: Connection, definitions: Definitions, outside: Outside | None) -> None:
    """Make the temp tables `listed` (segment, customer_key) and `agreed` (channel, customer_key).

    Grain: one row per customer and fixed list; one per customer and channel.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE listed (segment VARCHAR, customer_key BIGINT)").fetchall()
    con.execute("CREATE OR REPLACE TEMP TABLE agreed (channel VARCHAR, customer_key BIGINT)").fetchall()
    for key, segment in definitions.segments.items():
        if segment.customers:
            con.execute(f"INSERT INTO listed SELECT DISTINCT ?, key FROM ({_RESOLVED}) WHERE key IS NOT NULL",
                        [key, list(segment.customers)]).fetchall()  # fmt: skip
    for channel, keys in (outside or {}).items():
        con.execute(
            "INSERT INTO agreed SELECT DISTINCT ?, unnest(CAST(? AS BIGINT[]))", [channel, list(keys)]
        ).fetchall()


_RESOLVED = (
    "SELECT said, coalesce(m.customer_key, i.source_key) AS key FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS said) AS s"
    " LEFT JOIN identifiers AS i ON (i.kind = 'external' AND i.value = s.said) OR s.said = '#' || i.source_key"
    " LEFT JOIN identity AS m ON m.source_key = i.source_key"
)


def fixed_lists(con: duckdb.DuckDBPyConnection, definitions: Definitions) -> dict[str, frozenset[int]]:
    """The customers on the fixed list of each own segment that has one."""
    prepare_lists(con, definitions, None)
    found = con.execute("SELECT segment, list(customer_key) FROM listed GROUP BY segment").fetchall()
    return {segment: frozenset(keys) for segment, keys in found}


def member_row(
    definitions: Definitions,
    row: Mapping[str, Any],
    lists: Mapping[str, frozenset[int]],
    outside: Outside | None,
) -> dict[str, bool]:
    """The segments' columns for one customer of a few, as `add_members` makes them for a table of a few."""
    key, seen, found = row["customer_key"], dict(row), {}
    for channel, agreed in (outside or {}).items():
        seen[CONSENT + channel] = key in agreed
    for name, segment in definitions.segments.items():
        if not needs_everyone(definitions, segment):
            if outside is not None:
                for consent in columns_of(segment, CONSENT):
                    seen.setdefault(consent, False)
            found[IN + name] = seen[IN + name] = belongs(segment, seen, key in lists.get(name, ()))
    return found


def columns_of(segment: Segment, prefix: str) -> set[str]:
    """The columns of one kind that the segment's own rules read."""
    return {prefix + word for rule in segment.rules for word in columns_like(rule, prefix)}


def unknown_customers(con: duckdb.DuckDBPyConnection, segment: Segment) -> list[str]:
    """The ids of a fixed list that belong to nobody we know."""
    query = f"SELECT DISTINCT said FROM ({_RESOLVED}) WHERE key IS NULL ORDER BY 1"
    return [row[0] for row in con.execute(query, [list(segment.customers)]).fetchall()] if segment.customers else []


def with_members(
    definitions: Definitions, source: str, segments: Iterable[Segment], params: list[object], known: bool
) -> str:
    """The query `source` with a column for each segment (in an order in which they can be computed).

    It reads the tables of `prepare_lists`; without `known` nothing is known about consent, and it is NULL.
    """
    chosen = list(segments)
    named = set().union(*(rule.features for segment in chosen for rule in segment.rules)) - set(definitions.features)
    extra = [_ranked(name.removeprefix(PERCENTILE)) for name in sorted(named) if name.startswith(PERCENTILE)]
    extra += [_agreed(name, known) for name in sorted(named) if name.startswith(CONSENT)]
    text = f"WITH own0 AS (SELECT {', '.join(['*', *extra])} FROM ({source}) AS source)"
    for number, segment in enumerate(chosen):
        text += f",\nown{number + 1} AS (SELECT *, {_belongs_sql(segment, params)} AS {member_column(segment.key)}"
        text += f" FROM own{number})"
    dropped = [name for name in sorted(named) if name.startswith((PERCENTILE, CONSENT))]
    quoted = ", ".join(f'"{name}"' for name in dropped)
    left_out = f" EXCLUDE ({quoted})" if dropped else ""
    return f"{text}\nSELECT *{left_out} FROM own{len(chosen)}"


def _ranked(feature: str) -> str:
    rank = f'CAST(rank() OVER (ORDER BY "{feature}" NULLS LAST) - 1 AS DOUBLE)'
    return (
        f'CASE WHEN "{feature}" IS NOT NULL THEN 100.0 * {rank}'
        f' / count("{feature}") OVER () END AS "{PERCENTILE}{feature}"'
    )


def _agreed(name: str, known: bool) -> str:
    channel = name.removeprefix(CONSENT)
    if not known:
        return f"CAST(NULL AS BOOLEAN) AS {name}"
    return f"customer_key IN (SELECT customer_key FROM agreed WHERE channel = '{channel}') AS {name}"


def _belongs_sql(segment: Segment, params: list[object]) -> str:
    inside = f"coalesce({segment.rule.sql(params)}, false)" if segment.rule else "false"
    if segment.customers:
        inside = f"({inside} OR customer_key IN (SELECT customer_key FROM listed WHERE segment = '{segment.key}'))"
    if segment.exclude is None:
        return inside
    return f"({inside} AND NOT coalesce({segment.exclude.sql(params)}, false))"


def add_members(
    con: Connection,
    definitions: Definitions,
    *,
    table: str = "standing",
    outside: Outside | None = None,
    everyone: bool = True,
) -> None:
    """Add the segments' columns to the temp table `table`; percentiles only where it holds `everyone`."""
    chosen = [each for each in definitions.segments.values() if everyone or not needs_everyone(definitions, each)]
    if not chosen:
        return
    prepare_lists(con, definitions, outside)
    params: list[object] = []
    query = with_members(definitions, f"SELECT * FROM {table}", chosen, params, outside is not None)
    con.execute(f"CREATE OR REPLACE TEMP TABLE with_members AS {query}", params).fetchall()
    con.execute(f"DROP TABLE {table}").fetchall()
    con.execute(f"ALTER TABLE with_members RENAME TO {table}").fetchall()


def member_view(con: duckdb.DuckDBPyConnection, definitions: Definitions, table: str = "standing") -> str:
    """A query of the memberships that `table` knows. Grain: one row per customer and segment it belongs to."""
    known = {row[0] for row in con.execute(f"SELECT column_name FROM (DESCRIBE {table})").fetchall()}
    parts = [
        f"SELECT customer_key, '{key}' AS segment FROM {table} WHERE {member_column(key)}"
        for key in definitions.segments
        if IN + key in known
    ]
    return " UNION ALL ".join(parts) or f"SELECT customer_key, '' AS segment FROM {table} WHERE false"


def lifecycles_read(definitions: Definitions, segments: Iterable[Segment]) -> list[str]:
    """The lifecycles whose stages the segments read."""
    named = set().union(*(reads(definitions, segment) for segment in segments)) - set(definitions.features)
    return [key for key in definitions.lifecycles if STAGE + key in named]


def reads_value(definitions: Definitions, segments: Iterable[Segment]) -> bool:
    """Whether the segments read the value segment."""
    return any(VALUE in reads(definitions, segment) for segment in segments)
