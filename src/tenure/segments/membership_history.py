"""Since when everyone belongs to the own segments, and when they left.

Segments of rules over features, stages and one another are followed day by day over the exact moments of the features'
timeline. A percentile, a value segment or a stage that looks back depends on more than the customer's own moment:
segments that read one are looked at on the first instant of each month and as of now. Segments that read consent have
no history here: the store does not know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb

from tenure.clock import AsOf, Clock, naive
from tenure.definitions import Definitions, Segment, crossings
from tenure.definitions.membership import IN, PERCENTILE, STAGE, VALUE
from tenure.errors import DefinitionError
from tenure.features import Timeline, compute
from tenure.segments.history import month_starts
from tenure.segments.members import (
    lifecycles_read,
    member_column,
    needs_consent,
    prepare_lists,
    reads,
    reads_value,
    with_members,
)
from tenure.segments.rfm import FEATURES, learn_cuts, segment_columns
from tenure.stages import column, compute_history, stage_sql
from tenure.store import Connection, in_parts

__all__ = ["compute_membership_history", "followed"]

EPOCH = date(1970, 1, 1)
EVENTS_A_PASS = 3_000_000


def followed(definitions: Definitions, segment: Segment) -> str:
    """How a segment's history is known: "day", "month" or "none"."""
    if needs_consent(definitions, segment):
        return "none"
    named = reads(definitions, segment) - set(definitions.features)
    looks_back = {STAGE + key for key, each in definitions.lifecycles.items() if each.looks_back}
    beyond = VALUE in named or named & looks_back or any(name.startswith(PERCENTILE) for name in named)
    return "month" if beyond or not _has_moments(definitions, segment) else "day"


def _has_moments(definitions: Definitions, segment: Segment) -> bool:
    """Whether the timeline can tell the history of all features that the segment reads."""
    try:
        _timeline(definitions, [segment]).sql("true", "2000-01-01", 0, [])
    except DefinitionError:
        return False
    return True


def _features_of(definitions: Definitions, segments: Sequence[Segment]) -> frozenset[str]:
    """The features that the segments need, also for the stages they read."""
    found = set().union(*(reads(definitions, segment) for segment in segments)) & set(definitions.features)
    ranked = set().union(*(reads(definitions, segment) for segment in segments)) - set(definitions.features)
    found |= {name.removeprefix(PERCENTILE) for name in ranked if name.startswith(PERCENTILE)}
    for key in lifecycles_read(definitions, segments):
        found |= definitions.lifecycles[key].features
    return frozenset(found | (FEATURES if reads_value(definitions, segments) else set()))


def _inner(definitions: Definitions, segments: Sequence[Segment]) -> list[Segment]:
    """The segments and all that they are made of, in the definitions' order, which can be computed."""
    wanted = {segment.key for segment in segments}
    for segment in segments:
        wanted |= {name.removeprefix(IN) for name in reads(definitions, segment) if name.startswith(IN)}
    return [segment for key, segment in definitions.segments.items() if key in wanted]


def _timeline(definitions: Definitions, segments: Sequence[Segment], by_column: bool = False) -> Timeline:
    inner = _inner(definitions, segments)
    rules = [rule for segment in inner for rule in segment.rules]
    for key in lifecycles_read(definitions, inner):
        rules += [rule for stage in definitions.lifecycles[key].stages for rule in stage.rules]
    catalogue = dict(definitions.features)
    for rule in rules:
        catalogue.update(rule.catalogue)
    features = _features_of(definitions, inner)
    return Timeline(definitions, features, crossings(rules, catalogue), by_column=by_column)


def compute_membership_history(
    con: Connection, definitions: Definitions, clock: Clock, as_of: AsOf, months: int = 13
) -> None:
    """Make the temp table `memberships` from the view `events`.

    Grain: one row per customer, segment and time in it: customer_key, segment, entered DATE, left DATE (NULL: still in
    it). Of segments followed by month both are the months' first days, or the as-of's day.
    """
    con.execute(
        'CREATE OR REPLACE TEMP TABLE memberships (customer_key BIGINT, segment VARCHAR, entered DATE, "left" DATE)'
    ).fetchall()
    how = {key: followed(definitions, segment) for key, segment in definitions.segments.items()}
    prepare_lists(con, definitions, None)
    daily = [segment for key, segment in definitions.segments.items() if how[key] == "day"]
    monthly = [segment for key, segment in definitions.segments.items() if how[key] == "month"]
    if daily:
        _by_day(con, definitions, as_of, daily)
    if monthly:
        _by_month(con, definitions, clock, as_of, monthly, months)


def _by_day(con: Connection, definitions: Definitions, as_of: AsOf, segments: list[Segment]) -> None:
    timeline = _timeline(definitions, segments, isinstance(con, duckdb.DuckDBPyConnection))
    day, instant = (as_of.day - EPOCH).days, naive(as_of.instant).isoformat(sep=" ")
    for customers in in_parts(con, EVENTS_A_PASS):
        params: list[object] = []
        moments = timeline.sql(customers, instant, day, params)
        query = _staged(definitions, segments, moments, params)
        con.execute(f"CREATE OR REPLACE TEMP TABLE moments AS {query}", params).fetchall()
        for segment in segments:
            con.execute(f"INSERT INTO memberships {_times_in(segment.key)}").fetchall()
    con.execute("DROP TABLE moments").fetchall()


def _staged(definitions: Definitions, segments: list[Segment], moments: str, params: list[object]) -> str:
    """Moments with the stages and segments that are read; parameters stand in the order of the text."""
    stages = "".join(
        f", {stage_sql(definitions.lifecycles[key], params)} AS {column(key)}"
        for key in lifecycles_read(definitions, segments)
    )
    text = f"WITH timed AS ({moments}), staged AS (SELECT *{stages} FROM timed)"
    columns = ", ".join(member_column(segment.key) for segment in segments)
    found = with_members(definitions, "SELECT * FROM staged", _inner(definitions, segments), params, False)
    return f"{text} SELECT customer_key, x, {columns} FROM ({found})"


def _times_in(key: str) -> str:
    """Moments of one segment → times in it."""
    inside = member_column(key)
    return f"""
    WITH changes AS (
      SELECT * FROM (
        SELECT customer_key, x, {inside} AS inside,
          lag({inside}, 1, false) OVER (PARTITION BY customer_key ORDER BY x) AS was
        FROM moments
      ) WHERE inside <> was
    )
    SELECT customer_key, '{key}', DATE '1970-01-01' + CAST(x // 2 AS INTEGER),
      DATE '1970-01-01' + CAST(later // 2 AS INTEGER)
    FROM (SELECT *, lead(x) OVER (PARTITION BY customer_key ORDER BY x) AS later FROM changes) WHERE inside"""


def _by_month(
    con: Connection,
    definitions: Definitions,
    clock: Clock,
    as_of: AsOf,
    segments: list[Segment],
    months: int,
) -> None:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE looks (customer_key BIGINT, segment VARCHAR, n INTEGER, day DATE)"
    ).fetchall()
    moments = [AsOf(clock.start_of(month), month) for month in month_starts(as_of.day, months)]
    if moments[-1].instant < as_of.instant:
        moments.append(as_of)
    days = ", ".join(f"({number}, DATE '{moment.day}')" for number, moment in enumerate(moments))
    for number, moment in enumerate(moments):
        _look(con, definitions, clock, moment, segments, number)
    con.execute(f"INSERT INTO memberships {_runs(days)}").fetchall()
    con.execute("DROP TABLE looks").fetchall()


def _look(
    con: Connection,
    definitions: Definitions,
    clock: Clock,
    moment: AsOf,
    segments: list[Segment],
    number: int,
) -> None:
    """Who belongs at one instant, into the table `looks`."""
    params: list[object] = []
    compute(con, definitions, moment, keys=_features_of(definitions, segments), table="looked_at")
    columns, joins = [], ""
    for key in lifecycles_read(definitions, segments):
        if definitions.lifecycles[key].looks_back:
            compute_history(con, definitions, moment, lifecycles=[key], table=f"place_{key}")
            columns.append(f"place_{key}.stage AS {column(key)}")
            joins += (
                f" LEFT JOIN place_{key} ON place_{key}.customer_key = looked_at.customer_key"
                f' AND place_{key}."left" IS NULL'
            )
        else:
            columns.append(f"{stage_sql(definitions.lifecycles[key], params)} AS {column(key)}")
    if reads_value(definitions, segments):
        columns.append(segment_columns(learn_cuts(con, definitions, clock, moment)))
    source = f"SELECT {', '.join(['looked_at.*', *columns])} FROM looked_at{joins}"
    con.execute(f"CREATE OR REPLACE TEMP TABLE seen_then AS {source}", params).fetchall()
    chosen, params = _inner(definitions, segments), []
    query = with_members(definitions, "SELECT * FROM seen_then", chosen, params, False)
    con.execute(f"CREATE OR REPLACE TEMP TABLE belonging AS {query}", params).fetchall()
    for segment in segments:
        con.execute(
            f"INSERT INTO looks SELECT customer_key, '{segment.key}', {number}, DATE '{moment.day}'"
            f" FROM belonging WHERE {member_column(segment.key)}"
        ).fetchall()


def _runs(days: str) -> str:
    """Looks → times in a segment: neighbouring looks are one time, which ends with the first look without."""
    return f"""
    SELECT r.customer_key, r.segment, r.entered, d.day FROM (
      SELECT customer_key, segment, min(day) AS entered, max(n) AS last FROM (
        SELECT *, n - row_number() OVER (PARTITION BY customer_key, segment ORDER BY n) AS run FROM looks
      ) GROUP BY customer_key, segment, run
    ) AS r LEFT JOIN (SELECT * FROM (VALUES {days}) AS t(n, day)) AS d ON d.n = r.last + 1"""
