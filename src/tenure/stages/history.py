"""Since when everyone is where they are: exact to the day, from all events known now.

A stay begins on the day its cause happened: the event's day, or the day at whose start time alone changed the answer.
The stage on a day is the one at its end; a stage entered and left within one day is a stay of no days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import duckdb

from tenure.clock import AsOf, naive
from tenure.definitions import Definitions, Lifecycle, Rule, crossings
from tenure.features import Timeline, Turns
from tenure.stages.assign import position_sql
from tenure.stages.path import fold_sql, vector_sql
from tenure.store import Connection, in_parts

__all__ = ["compute_history"]

EVENTS_A_GIB = 3_500_000  # that one pass over five lifecycles may hold for each GiB: measured 3.6 GB for 11 million
ALIKE = 1.4  # lifecycles' worth of memory that a pass takes whatever is asked: measured 1.6 GB for one lifecycle
FEW_EVENTS = 100  # to plan is all the work then: at 16 events 100 ms at once and 206 by turns, at 201 132 and 320
EPOCH = date(1970, 1, 1)


def compute_history(
    con: Connection,
    definitions: Definitions,
    as_of: AsOf,
    *,
    lifecycles: Sequence[str] | None = None,
    customers: Iterable[int] | None = None,
    table: str = "stays",
    given: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Make the temp table `stays` from the view `events`.

    Grain: one row per customer, lifecycle and stay: customer_key, lifecycle, stage, entered DATE, left DATE (NULL:
    still there), previous stage (NULL: the first), cause (time or event). `customers` limits it to those keys; then
    `given` may say what a source gives instead of asking it (see `Timeline`).
    """
    chosen = [definitions.lifecycles[key] for key in (definitions.lifecycles if lifecycles is None else lifecycles)]
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} (customer_key BIGINT, lifecycle VARCHAR, stage VARCHAR,"
        ' entered DATE, "left" DATE, previous VARCHAR, cause VARCHAR)'
    ).fetchall()
    if not chosen:
        return
    if customers is not None:
        keys = ", ".join(str(int(key)) for key in customers)
        if keys:
            _in_one_query(con, definitions, as_of, chosen, f"customer_key IN ({keys})", table, given)
    elif isinstance(con, duckdb.DuckDBPyConnection) and _many(con):
        share = (len(chosen) + ALIKE) / (5 + ALIKE)
        for condition in in_parts(con, EVENTS_A_GIB * _memory(con) / share):
            _by_turns(con, definitions, as_of, chosen, condition, table)
    else:  # there is little, or a cluster divides the work itself
        _in_one_query(con, definitions, as_of, chosen, "true", table)


def _many(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether there are more than a few events; stops counting there."""
    query = f"SELECT count(*) FROM (SELECT 1 FROM raw_events LIMIT {FEW_EVENTS + 1})"
    return int(con.execute(query).fetchall()[0][0]) > FEW_EVENTS


def _memory(con: duckdb.DuckDBPyConnection) -> float:
    """GiB that the computations may take together."""
    number, unit = con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0].split()
    return float(number) / {"TiB": 1 / 1024, "GiB": 1, "MiB": 1024, "KiB": 1024**2}[unit]


def _in_one_query(
    con: Connection,
    definitions: Definitions,
    as_of: AsOf,
    lifecycles: Sequence[Lifecycle],
    condition: str,
    table: str,
    given: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """The stays of few customers, of few events, or on a cluster: every feature at every moment, then the rules."""
    rules = [rule for lifecycle in lifecycles for stage in lifecycle.stages for rule in stage.rules]
    keys = frozenset(key for lifecycle in lifecycles for key in lifecycle.features)
    by_column = isinstance(con, duckdb.DuckDBPyConnection)
    timeline = Timeline(definitions, keys, crossings(rules, definitions.features), given, by_column)
    params: list[object] = []
    query = timeline.sql(condition, naive(as_of.instant).isoformat(sep=" "), _number(as_of.day), params)
    stages: list[object] = []
    columns = [column for each in lifecycles for column in _columns(each, stages)]
    before = "".join(f", lag({_now(each)}) OVER byx AS {_was(each)}" for each in lifecycles if not each.looks_back)
    moments = (
        f"SELECT *{before} FROM (SELECT customer_key, x, {', '.join(columns)} FROM ({query}))"
        " WINDOW byx AS (PARTITION BY customer_key ORDER BY x)"
    )
    _follow(con, lifecycles, moments, [*stages, *params], as_of, table)


def _by_turns(
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    as_of: AsOf,
    lifecycles: Sequence[Lifecycle],
    condition: str,
    table: str,
) -> None:
    """The stays of many customers: the rules only at the moments at which one of their conditions turns."""
    turns = Turns(definitions, [rule for each in lifecycles for stage in each.stages for rule in stage.rules])
    turns.compute(con, condition, naive(as_of.instant).isoformat(sep=" "), _number(as_of.day))
    params: list[object] = []
    said = [column for each in lifecycles for column in _columns(_answered(each, turns), params)]
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE said AS SELECT {', '.join([*turns.words, *said])} FROM ({turns.answers()})",
        params,
    ).fetchall()
    _follow(con, lifecycles, _turned(turns, lifecycles), [], as_of, table)


def _turned(turns: Turns, lifecycles: Sequence[Lifecycle]) -> str:
    """What the rules say at every turn and just before it; they are asked once about each different set of answers."""
    before = "".join(f", was.{_now(each)} AS {_was(each)}" for each in lifecycles if not each.looks_back)
    query = (
        f"SELECT customer_key, x, now.* EXCLUDE ({', '.join(turns.words)}){before}"
        f" FROM turned JOIN said AS now ON {_same(turns, 'now')} LEFT JOIN said AS was ON {_same(turns, 'was', '_was')}"
    )
    if any(each.looks_back for each in lifecycles):
        return query
    return f"SELECT * FROM ({query}) WHERE {' OR '.join(map(_moved, lifecycles))}"


def _same(turns: Turns, said: str, when: str = "") -> str:
    """SQL that is true where a row of `said` holds the answers of a turn."""
    return " AND ".join(f"{said}.{word} = turned.{word}{when}" for word in turns.words)


def _answered(lifecycle: Lifecycle, turns: Turns) -> Lifecycle:
    """The lifecycle with rules over the answers to their conditions."""

    def answered(rule: Rule | None) -> Rule | None:
        return None if rule is None else turns.rule(rule)

    stages = (replace(each, rule=answered(each.rule), leave=answered(each.leave)) for each in lifecycle.stages)
    return replace(lifecycle, stages=tuple(stages))


def _follow(
    con: Connection, lifecycles: Sequence[Lifecycle], moments: str, params: list[object], as_of: AsOf, table: str
) -> None:
    """The stays that follow from what the rules say at the moments of a query."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE moments AS {moments}", params).fetchall()
    for lifecycle in lifecycles:
        found = _walked(lifecycle, _number(as_of.day)) if lifecycle.looks_back else _stays(lifecycle)
        con.execute(f"INSERT INTO {table} {found}").fetchall()
    con.execute("DROP TABLE moments").fetchall()


def _now(lifecycle: Lifecycle) -> str:
    """The column that holds the position of the stage at a moment."""
    return f'"now {lifecycle.key}"'


def _was(lifecycle: Lifecycle) -> str:
    """The column that holds the position of the stage just before; NULL where there was none."""
    return f'"was {lifecycle.key}"'


def _number(day: date) -> int:
    return (day - EPOCH).days


def _columns(lifecycle: Lifecycle, params: list[object]) -> list[str]:
    """What the rules say at a moment: the stage alone, or all that a fold over the moments needs."""
    if not lifecycle.looks_back:
        return [f"CAST({position_sql(lifecycle, params)} AS SMALLINT) AS {_now(lifecycle)}"]
    wanted, free = vector_sql(lifecycle, params)
    return [f"{wanted} AS wanted_{lifecycle.key}", f"{free} AS free_{lifecycle.key}"]


def _walked(lifecycle: Lifecycle, last_day: int) -> str:
    """Moments of one lifecycle whose stage depends on the way there → stays."""
    key = lifecycle.key
    moments = f"(SELECT customer_key, x, wanted_{key} AS wanted, free_{key} AS free FROM moments)"
    names = _names(lifecycle)
    return f"""
    SELECT customer_key, '{key}', {names}[stage + 1], DATE '1970-01-01' + CAST(x // 2 AS INTEGER),
      DATE '1970-01-01' + CAST(lead(x) OVER byx // 2 AS INTEGER), {names}[lag(stage) OVER byx + 1],
      CASE WHEN x % 2 = 0 THEN 'time' ELSE 'event' END
    FROM ({fold_sql(lifecycle, moments, last_day)})
    WINDOW byx AS (PARTITION BY customer_key ORDER BY x)"""


def _stays(lifecycle: Lifecycle) -> str:
    """Moments of one lifecycle → stays. At a day's start only time can have moved somebody, at its end an event."""
    now, was, names = _now(lifecycle), _was(lifecycle), _names(lifecycle)
    return f"""
    SELECT customer_key, '{lifecycle.key}', {names}[{now} + 1], DATE '1970-01-01' + CAST(x // 2 AS INTEGER),
      DATE '1970-01-01' + CAST(lead(x) OVER (PARTITION BY customer_key ORDER BY x) // 2 AS INTEGER), {names}[{was} + 1],
      CASE WHEN x % 2 = 0 THEN 'time' ELSE 'event' END
    FROM moments WHERE {_moved(lifecycle)}"""


def _moved(lifecycle: Lifecycle) -> str:
    """SQL that is true for a moment at which a stay begins."""
    return f"({_was(lifecycle)} IS NULL OR {_was(lifecycle)} <> {_now(lifecycle)})"


def _names(lifecycle: Lifecycle) -> str:
    """SQL for the keys of the stages by their position."""
    return "([" + ", ".join("'" + stage.key + "'" for stage in lifecycle.stages) + "])"
