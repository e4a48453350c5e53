"""Rows of an event file that need no second look become staged events in DuckDB, all at once.

What they say is read by the same functions that read every call, once for each different text. A row is left to the
`Checker` when anything about it could be special: money, products, personal fields, odd ids, a time ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import duckdb
import msgspec
from arro3.core import Array, DataType
from arro3.core import Table as Arrow

from tenure.clock import naive
from tenure.collect import commerce, identity, moments
from tenure.collect.files.mapping import Columns
from tenure.collect.files.values import missing_sql
from tenure.collect.personal import Personal
from tenure.collect.staging import create_staging

__all__ = ["UNEASY", "stage_plain"]

UNEASY = "uneasy"
"""The temporary table (line) of rows that are not staged here."""

AT_ONCE = 100_000
LONG = 8_000  # bytes of a row beyond which it is looked at closely
LONGEST = 300
_ID = r"[!-~]([ -~]*[!-~])?"
_MONEY = frozenset({"revenue", "total", "currency", "order_id", "orderId"})
_PRODUCT = frozenset({"product_id", "productId", "sku"})
_TEXT = DataType.utf8()


def stage_plain(
    con: duckdb.DuckDBPyConnection,
    columns: Columns,
    personal: Personal,
    typed: Callable[[str], str | int | float | bool],
    received: datetime,
    numbers: tuple[int, int],
) -> None:
    """Make `staging` with the plain rows of `lines` (whose times are in `moments`), and `uneasy` with all others."""
    create_staging(con)
    keys = list(columns.properties)
    own = [at for at, key in enumerate(keys) if key == "products" or not personal.split({key: "x"})[0]]
    facts = [at for at in range(len(keys)) if at not in own]
    names = [f"SELECT {missing_sql('l.name')} AS text FROM lines AS l"]
    _learn(con, "names", names, lambda text: _name(text, frozenset(keys)))
    texts = [f"SELECT trim(l.p{at}) AS text FROM lines AS l" for at in facts]
    _learn(con, "said", texts, lambda text: None if "@" in text else msgspec.json.encode(typed(text)).decode())
    _judge(con, own, {at: keys[at] for at in facts}, received)
    _stage(con, received, numbers)


def _name(text: str, keys: frozenset[str]) -> str | None:
    """The event's name, where it is one that carries no money or products in these columns."""
    found = commerce.event_name(text)
    special = commerce.SPECIAL if keys & _MONEY else commerce.BACK
    lined = found.startswith("Product ") and keys & _PRODUCT
    return found if found and len(found) <= LONGEST and found not in special and not lined else None


def _learn(
    con: duckdb.DuckDBPyConnection, table: str, queries: Sequence[str], read: Callable[[str], str | None]
) -> None:
    """Make a table (text, value) of every different text of the queries that can be read."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} (text VARCHAR, value VARCHAR)")
    if not queries:
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE texts AS SELECT row_number() OVER () AS n, text FROM"
        f" (SELECT DISTINCT text FROM ({' UNION ALL '.join(queries)}) WHERE text <> '')"
    )
    after = 0
    while found := con.execute(f"SELECT text FROM texts WHERE n > {after} AND n <= {after + AT_ONCE}").fetchall():
        pairs = [(text, value) for (text,) in found if (value := read(text)) is not None]
        con.register("learned", Arrow.from_pydict({"text": Array([text for text, _ in pairs], _TEXT),
                                                   "value": Array([value for _, value in pairs], _TEXT)}))  # fmt: skip
        con.execute(f"INSERT INTO {table} SELECT text, value FROM learned")
        con.unregister("learned")
        after += AT_ONCE
    con.execute("DROP TABLE texts")


def _judge(con: duckdb.DuckDBPyConnection, own: Sequence[int], facts: dict[int, str], received: datetime) -> None:
    """Make `judged`: what each row says, and whether that is all there is to it."""
    said = {name: missing_sql(f"l.{name}") for name in ("customer", "anonymous", "message")}
    easy = [
        "n.value IS NOT NULL",
        f"m.ts <= {_moment(received, moments.FUTURE)}",
        f"l.size < {LONG}",
        " OR ".join(f"{identity.usable_sql(said[name])} IS NOT NULL" for name in ("customer", "anonymous")),
        *(
            f"{each} IS NULL OR (regexp_full_match({each}, '{_ID}') AND length({each}) <= {LONGEST})"
            for each in said.values()
        ),
        *(f"{missing_sql(f'l.{name}')} IS NULL" for name in ("email", "phone")),
        *(f"coalesce(trim(l.p{at}), '') = ''" for at in own),
        *(f"coalesce(trim(l.p{at}), '') = '' OR s{at}.value IS NOT NULL" for at in facts),
    ]
    condition = " AND ".join(f"({each})" for each in easy)
    parts = ", ".join(f"{_quoted(msgspec.json.encode(key).decode() + ':')} || s{at}.value" for at, key in facts.items())
    properties = f"nullif(concat_ws(',', {parts}), '')" if parts else "NULL"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE judged AS SELECT l.line, coalesce({condition}, false) AS easy, n.value AS name,"
        f" m.ts, {', '.join(f'{sql} AS {name}' for name, sql in said.items())},"
        f" '{{' || {properties} || '}}' AS properties FROM {_joined(list(facts))}"
    )


def _stage(con: duckdb.DuckDBPyConnection, received: datetime, numbers: tuple[int, int]) -> None:
    source_id, import_id = numbers
    con.execute(
        "INSERT INTO staging BY NAME SELECT line AS seq, 'track' AS kind, name, ts, ts AS original_at,"
        f" {_moment(received)} AS received_at, message AS message_id, {source_id} AS source_id,"
        f" {import_id or 'NULL'} AS import_id, customer AS external_id, anonymous AS anonymous_id, properties"
        " FROM judged WHERE easy"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE {UNEASY} AS SELECT line FROM judged WHERE NOT easy")
    con.execute("DROP TABLE judged")


def _joined(facts: Sequence[int]) -> str:
    joins = "".join(f" LEFT JOIN said AS s{at} ON s{at}.text = trim(l.p{at})" for at in facts)
    return (
        f"lines AS l LEFT JOIN names AS n ON n.text = {missing_sql('l.name')}"
        f" LEFT JOIN moments AS m ON m.text = l.time{joins}"
    )


def _moment(instant: datetime, later: timedelta = timedelta()) -> str:
    return f"TIMESTAMP '{naive(instant) + later:%Y-%m-%d %H:%M:%S.%f}'"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
