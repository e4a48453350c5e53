"""Rows of an event file that need no second look become staged events in DuckDB, all at once.

What they say is read by the same functions that read every call, once for each different text. A row is left to the
`Checker` when anything about it could be special: money, products, personal fields, odd ids, a time ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import msgspec
from arro3.core import Array, DataType
from arro3.core import Table as Arrow

from tenure.clock import naive
from tenure.collect import commerce, identity, moments
from tenure.collect.files.mapping import Columns
from tenure.collect.files.values import missing_sql
from tenure.collect.personal import Personal
from tenure.collect.staging import content_id, fill_staging

__all__ = ["UNEASY", "stage_plain"]

UNEASY = "uneasy"
"""The temporary table (line) of rows that are not staged here."""

AT_ONCE = 100_000
LONG = 8_000  # bytes of a row beyond which it is looked at closely
LONGEST = 300
_ID = r"[!-~]([ -~]*[!-~])?"
_WORDS = ("customer", "anonymous", "message", "email", "phone")
_MONEY = frozenset({"revenue", "total", "currency", "order_id", "orderId"})
_PRODUCT = frozenset({"product_id", "productId", "sku"})
_TEXT, _WHOLE = DataType.utf8(), DataType.int32()


def stage_plain(
    con: duckdb.DuckDBPyConnection,
    columns: Columns,
    personal: Personal,
    typed: Callable[[str], str | int | float | bool],
    received: datetime,
    numbers: tuple[int, int],
    first: int = 0,
) -> None:
    """Add the plain rows of `lines` (times in `moments`; none before `first`) to `staging`; all others: `uneasy`."""
    keys = list(columns.properties)
    own = [at for at, key in enumerate(keys) if key == "products" or not personal.split({key: "x"})[0]]
    facts = [at for at in range(len(keys)) if at not in own]
    names = [f"SELECT 0 AS place, {missing_sql('l.name')} AS text FROM lines AS l"]
    _learn(con, "names", names, lambda text: _name(text, frozenset(keys)))
    texts = [f"SELECT {at} AS place, trim(l.p{at}) AS text FROM lines AS l" for at in facts]
    _learn(con, "said", texts, lambda text: None if "@" in text else msgspec.json.encode(typed(text)).decode())
    _stage(con, _easy(own, facts, received), own, {at: keys[at] for at in facts}, received, numbers)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {UNEASY} AS SELECT line FROM lines WHERE line NOT IN ("
        f"SELECT seq FROM staging WHERE seq >= {first})"
    )


def _name(text: str, keys: frozenset[str]) -> str | None:
    """The event's name, where it is one that carries no money or products in these columns."""
    found = commerce.event_name(text)
    special = commerce.SPECIAL if keys & _MONEY else commerce.BACK
    lined = found.startswith("Product ") and keys & _PRODUCT
    return found if found and len(found) <= LONGEST and found not in special and not lined else None


def _learn(
    con: duckdb.DuckDBPyConnection, table: str, queries: Sequence[str], read: Callable[[str], str | None]
) -> None:
    """Make a table (place, text, value) of every different text of the queries that can be read."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} (place INTEGER, text VARCHAR, value VARCHAR)")
    if not queries:
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE texts AS SELECT row_number() OVER () AS n, place, text FROM"
        f" (SELECT DISTINCT place, text FROM ({' UNION ALL '.join(queries)}) WHERE text <> '')"
    )
    after = 0
    while found := con.execute(
        f"SELECT place, text FROM texts WHERE n > {after} AND n <= {after + AT_ONCE}"
    ).fetchall():
        known = [(place, text, value) for place, text in found if (value := read(text)) is not None]
        places, texts, values = ([each[part] for each in known] for part in range(3))
        learned: dict[str, Any] = {
            "place": Array(places, _WHOLE),
            "text": Array(texts, _TEXT),
            "value": Array(values, _TEXT),
        }
        con.register("learned", Arrow.from_pydict(learned))
        con.execute(f"INSERT INTO {table} SELECT place, text, value FROM learned")
        con.unregister("learned")
        after += AT_ONCE
    con.execute("DROP TABLE texts")


def _easy(own: Sequence[int], facts: Sequence[int], received: datetime) -> str:
    """SQL over `_read`: whether what it says is all there is to a row."""
    ids = ("customer", "anonymous", "message")
    easy = [
        "name IS NOT NULL",
        f"ts <= {_moment(received, moments.FUTURE)}",
        f"size < {LONG}",
        " OR ".join(f"{identity.usable_sql(name)} IS NOT NULL" for name in ids[:2]),
        *(f"{name} IS NULL OR (regexp_full_match({name}, '{_ID}') AND length({name}) <= {LONGEST})" for name in ids),
        "email IS NULL",
        "phone IS NULL",
        *(f"coalesce(p{at}, '') = ''" for at in own),
        *(f"coalesce(p{at}, '') = '' OR s{at} IS NOT NULL" for at in facts),
    ]
    return " AND ".join(f"({each})" for each in easy)


def _read(own: Sequence[int], facts: Sequence[int]) -> str:
    """SQL for what each row says: words trimmed once, names, times and facts as they were learned."""
    words = ", ".join(f"{missing_sql(name)} AS {name}" for name in (*_WORDS, "name"))
    cells = "".join(f", trim(p{at}) AS p{at}" for at in (*own, *facts))
    joins = "".join(f" LEFT JOIN (FROM said WHERE place = {at}) AS s{at} ON s{at}.text = w.p{at}" for at in facts)
    values = "".join(f", s{at}.value AS s{at}" for at in facts)
    return (
        f"(SELECT w.* EXCLUDE (name), n.value AS name, m.ts{values}"
        f" FROM (SELECT line, size, time, {words}{cells} FROM lines) AS w"
        f" LEFT JOIN names AS n ON n.text = w.name LEFT JOIN moments AS m ON m.text = w.time{joins})"
    )


def _stage(
    con: duckdb.DuckDBPyConnection,
    easy: str,
    own: Sequence[int],
    facts: Mapping[int, str],
    received: datetime,
    numbers: tuple[int, int],
) -> None:
    """The easy rows become staged events."""
    parts = ", ".join(f"{_quoted(msgspec.json.encode(key).decode() + ':')} || s{at}" for at, key in facts.items())
    properties = f"'{{' || nullif(concat_ws(',', {parts}), '') || '}}'" if parts else "NULL"
    said = {
        "seq": "line",
        "kind": "kind",
        "name": "name",
        "ts": "ts",
        "received_at": _moment(received),
        "original_at": "original_at",
        "message_id": f"coalesce(message, {content_id(True)})",
        "source_id": str(numbers[0]),
        "import_id": str(numbers[1] or "NULL"),
        "external_id": "external_id",
        "anonymous_id": "anonymous_id",
        "properties": "properties",
    }
    select = (
        f"SELECT line, 'track' AS kind, name, ts, ts AS original_at, message,"
        f" customer AS external_id, anonymous AS anonymous_id, {properties} AS properties,"
        " NULL AS email, NULL AS phone, NULL AS order_id, NULL AS amount, NULL AS currency, NULL AS products,"
        " NULL AS personal"
    )
    fill_staging(con, said, f"({select} FROM {_read(own, list(facts))} WHERE {easy})")


def _moment(instant: datetime, later: timedelta = timedelta()) -> str:
    return f"TIMESTAMP '{naive(instant) + later:%Y-%m-%d %H:%M:%S.%f}'"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
