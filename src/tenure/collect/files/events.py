"""Event files: one event a row, or one call of the tracking API a line. Each is checked as one over HTTP is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from typing import Any

import duckdb
import msgspec

from tenure.collect.accept import TYPES
from tenure.collect.check import Checker, Request
from tenure.collect.files import plain
from tenure.collect.files.delimited import Refused
from tenure.collect.files.lines import Progress, each_part, refuse, take_lines
from tenure.collect.files.mapping import EVENT_FIELDS, Columns, check_columns
from tenure.collect.files.reading import Table
from tenure.collect.files.values import make_moments, missing_sql, short_order
from tenure.collect.personal import Personal
from tenure.collect.staging import content_id, create_staging, stage

__all__ = ["EventRules", "Row", "number_repeats", "rows_of", "stage_calls", "stage_events"]

AT_ONCE = 2_000
NEEDS = (("name",), ("time",), ("customer", "anonymous", "email", "phone"))
FIELDS = tuple(field.key for field in EVENT_FIELDS)


@dataclass(frozen=True)
class EventRules:
    """What an event file does not say itself. `received` is when the import began."""

    currency: str
    zone: str
    received: datetime
    personal: Sequence[str] = ()
    day_first: bool | None = None


@dataclass(frozen=True)
class Row:
    """One row: its line, its time (ISO in UTC) or why it has none, fields that say something, the other columns."""

    line: int
    cells: str
    time: str | None
    fields: Mapping[str, str]
    others: Mapping[str, str]


def stage_events(
    con: duckdb.DuckDBPyConnection, table: Table, chosen: Mapping[str, str | int], rules: EventRules,
    numbers: tuple[int, int], progress: Progress | None,
) -> int:  # fmt: skip
    """Fill `staging` and `refused` from the file, a part at a time; returns the lines read."""
    if table.format == "json lines":
        return _stage_json(con, table, rules, numbers, progress)
    columns = with_others(check_columns(chosen, table, EVENT_FIELDS, NEEDS), table)
    taken = take_lines(con, table, columns, FIELDS, progress)
    order = short_order(con, rules.day_first)
    create_staging(con)
    for first in each_part(con, taken):
        make_moments(con, rules.zone, order)
        plain.stage_plain(con, columns, Personal(rules.personal), typed, rules.received, numbers, first)
        uneasy = f"l.line IN (SELECT line FROM {plain.UNEASY})"
        stage_calls(con, ((row, _call(row)) for row in rows_of(con, columns, FIELDS, uneasy)), rules, numbers)
    number_repeats(con)
    return taken.read


def with_others(columns: Columns, table: Table) -> Columns:
    """Every column that has no meaning yet becomes a property of its own name."""
    used = {*columns.fields.values(), *columns.properties.values()}
    others = {name: at for at, name in enumerate(table.names) if at not in used}
    return Columns(columns.fields, {**columns.properties, **others}, columns.by_number)


def rows_of(
    con: duckdb.DuckDBPyConnection, columns: Columns, fields: Sequence[str], where: str = "true"
) -> Iterator[Row]:
    """The rows of `lines` with their moments, in the file's order."""
    others = [f"p{number}" for number in range(len(columns.properties))]
    said = [missing_sql(f'l."{name}"') for name in fields]
    wanted = "".join(f", {sql} AS w{at}" for at, sql in enumerate([*said, *(f"trim(l.{name})" for name in others)]))
    con.execute(  # once for all: asked of `lines` a few thousand at a time, each few would look through the whole file
        "CREATE OR REPLACE TEMP TABLE picked AS SELECT row_number() OVER (ORDER BY l.line) AS n, l.line, l.cells,"
        f" l.time AS said{wanted} FROM lines AS l WHERE {where}"
    )
    con.execute(  # apart from it, for DuckDB then knows how few rows there are, and need not hold the times of all
        "CREATE OR REPLACE TEMP TABLE asked AS SELECT p.n, p.line, p.cells,"
        " strftime(m.ts, '%Y-%m-%dT%H:%M:%S.%fZ') AS moment, p.* EXCLUDE (n, line, cells, said)"
        " FROM picked AS p LEFT JOIN moments AS m ON m.text = p.said"
    )
    con.execute("DROP TABLE picked")
    for start in count(0, AT_ONCE):
        part = f"n > {start} AND n <= {start + AT_ONCE}"
        found = con.execute(f"SELECT * EXCLUDE (n) FROM asked WHERE {part} ORDER BY n").fetchall()
        if not found:
            break
        for line, cells, time, *rest in found:
            named = {name: value for name, value in zip(fields, rest, strict=False) if value}
            extra = {name: value for name, value in zip(columns.properties, rest[len(fields) :], strict=True) if value}
            yield Row(line, cells, time, named, extra)
    con.execute("DROP TABLE asked")


def _call(row: Row) -> dict[str, Any] | str:
    """The row as a call of the tracking API, or the reason why it is none."""
    if "name" not in row.fields:
        return "no_name"
    if row.time is None:
        return "time" if "time" in row.fields else "no_time"
    properties = {name: typed(value) for name, value in row.others.items()}
    properties |= {name: row.fields[name] for name in ("email", "phone") if name in row.fields}
    return {
        "type": "track",
        "event": row.fields["name"],
        "timestamp": row.time,
        "userId": row.fields.get("customer"),
        "anonymousId": row.fields.get("anonymous"),
        "messageId": row.fields.get("message"),
        "properties": properties,
    }


def typed(value: str) -> str | int | float | bool:
    """A cell as the value it is: numbers without leading zeros and true or false; everything else is text."""
    if value in ("true", "false", "TRUE", "FALSE", "True", "False"):
        return value.lower() == "true"
    bare = value.removeprefix("-")
    if (
        not bare.isascii()
        or not bare.replace(".", "", 1).isdigit()
        or len(bare) > 15
        or not (bare[0].isdigit() and bare[-1].isdigit())
    ):
        return value
    if bare[0] == "0" and len(bare) > 1 and bare[1] != ".":
        return value
    return float(value) if "." in value else int(value)


def stage_calls(
    con: duckdb.DuckDBPyConnection,
    calls: Iterator[tuple[Row, dict[str, Any] | str]],
    rules: EventRules,
    numbers: tuple[int, int],
    counted: bool = True,
) -> None:
    """Check each call as the HTTP door does, and add to `staging` and `refused`; `seq` is the line.

    One without a message id gets one made of its content, and of its repetition where that is `counted`.
    """
    checker = Checker(rules.currency, Personal(rules.personal), f"import:{numbers[1]}")
    while part := list(islice(calls, AT_ONCE)):
        refuse(con, [Refused(row.line, call, (row.cells,)) for row, call in part if isinstance(call, str)])
        _check(con, checker, [(row, call) for row, call in part if not isinstance(call, str)], rules, numbers, counted)


def _check(
    con: duckdb.DuckDBPyConnection, checker: Checker, part: Sequence[tuple[Row, dict[str, Any]]], rules: EventRules,
    numbers: tuple[int, int], counted: bool,
) -> None:  # fmt: skip
    """Check these calls as one batch of the tracking API."""
    body = msgspec.json.encode({"batch": [call for _, call in part]})
    good, bad = checker.request(Request(0, rules.received, numbers[0], "batch", body))
    events = []
    for event in good:
        row, call = part[event.seq]
        message = event.message_id if call.get("messageId") else None
        events.append(msgspec.structs.replace(event, seq=row.line, import_id=numbers[1] or None, message_id=message))
    if events:
        stage(con, events, "chunk")
        named = f"coalesce(message_id, {content_id(counted)}) AS message_id"
        con.execute(f"INSERT INTO staging BY NAME SELECT * REPLACE ({named}) FROM chunk")
    refuse(con, [Refused(part[index][0].line, refusal.reason, (part[index][0].cells,)) for index, refusal in bad])


def number_repeats(con: duckdb.DuckDBPyConnection) -> None:
    """Let `staging` show the n-th of several rows that say the same with an id of its own, ending in `-n`.

    Most files repeat little, so only what is repeated is counted. The rows stay as they are: to change many takes
    memory beyond all limits.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE repeats AS SELECT hash(message_id) AS id FROM staging GROUP BY 1"
        " HAVING count(*) > 1"
    )
    if not con.execute("SELECT 1 FROM repeats LIMIT 1").fetchall():
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS"
        " WITH again AS MATERIALIZED (SELECT * FROM staging WHERE hash(message_id) IN (SELECT id FROM repeats))"
        " SELECT seq, n FROM (SELECT seq, row_number() OVER (PARTITION BY message_id ORDER BY seq) AS n"
        f" FROM again WHERE message_id = {content_id(True)}) WHERE n > 1"
    )
    con.execute("ALTER TABLE staging RENAME TO staged_once")
    con.execute(
        "CREATE OR REPLACE TEMP VIEW staging AS SELECT s.* REPLACE ("
        "CASE WHEN r.n IS NULL THEN s.message_id ELSE left(s.message_id, -1) || r.n END AS message_id)"
        " FROM staged_once AS s LEFT JOIN repeated AS r ON r.seq = s.seq"
    )


def _stage_json(
    con: duckdb.DuckDBPyConnection, table: Table, rules: EventRules, numbers: tuple[int, int], progress: Progress | None
) -> int:
    """One JSON object a line, in the words of the tracking API."""
    con.execute("CREATE OR REPLACE TEMP TABLE refused (line BIGINT, reason VARCHAR, cells VARCHAR)")
    read = 0

    def calls() -> Iterator[tuple[Row, dict[str, Any] | str]]:
        nonlocal read
        for block in table.blocks:
            refuse(con, block.refused)
            read += len(block.rows) + len(block.refused)
            for line, cells in zip(block.lines, block.rows, strict=True):
                yield Row(line, cells[0], None, {}, {}), _object(cells[0])
            if progress:
                progress(table.progress.fraction(), f"{read:,}")

    create_staging(con)
    stage_calls(con, calls(), rules, numbers)
    number_repeats(con)
    return read


def _object(text: str) -> dict[str, Any] | str:
    """The call on a line. What has no type is a track call."""
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return "json"
    if not isinstance(found, dict):
        return "json"
    return found if found.get("type") in TYPES else {**found, "type": "track"}
