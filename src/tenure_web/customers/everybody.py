"""What the web shows of all customers, brought up to date set-wise, a range of keys at a time; only differences count.

First where people are, with the moves this makes, for those likely to move and then for all; then their features. No
row of Python a customer is kept.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Protocol

import duckdb
from django.db import connection, transaction

from tenure.definitions import Definitions, Lifecycle
from tenure.pipeline import Standing
from tenure.stages import column, since_column
from tenure_web.customers import membership
from tenure_web.customers.labels import label_id
from tenure_web.customers.likely import likely, remember
from tenure_web.customers.models import Feature, ObservedMove, Place, SegmentMove, State, sign
from tenure_web.customers.shown import CHUNK, STATE_FIELDS, observed
from tenure_web.customers.staging import fill, is_different, leave_out, reading, table, upsert
from tenure_web.customers.writing import Writing
from tenure_web.worker import lease

__all__ = ["Sweep"]

RANGE = 2_000  # so many are written at once: what happens to somebody meanwhile waits for no more
STATES, PLACES, FEATURES = "incoming_states", "incoming_places", "incoming_features"

Rows = Iterator[tuple[Any, ...]]
Range = tuple[int, int]


@dataclass
class Sweep:
    """One turn over everybody. `con` of the standing holds `stays` if `with_history`; else who moved did so `today`.

    A range is gathered while others write, and `writing` is held for what differs; who is in `newer` was touched
    meanwhile and is left alone. After it, `strangers` are those of whom nothing was shown and whose stays are not
    known, `gone` those who are no customers any more.
    """

    standing: Standing
    cause: str
    with_history: bool
    today: date
    writing: Writing
    newer: Callable[[], set[int]]
    strangers: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The connection that holds the standing."""
        return self.standing.con

    @property
    def definitions(self) -> Definitions:
        """What the standing was made with."""
        return self.standing.definitions

    def run(self, progress: Callable[[float], None]) -> int:
        """Write what differs; returns how many rows changed."""
        _prepare(self)
        ranges, stands = list(_ranges(self.con)), _Stands(self)
        parts: tuple[_Part, ...] = (stands, _Features(self), _Members(self))
        changed = sum(
            self._written(stands, partial(stands.stage, where)) for where in likely(self.con, self.lifecycles, RANGE)
        )
        for turn, part in enumerate(parts):
            for number, keys in enumerate(ranges):
                changed += self._written(part, partial(part.gather, keys))
                progress((turn + (number + 1) / len(ranges)) / len(parts))
        remember(self.con, self.lifecycles)
        return changed + membership.drop_unknown(self.definitions)

    def _written(self, part: "_Part", gather: Callable[[], None]) -> int:
        before = set(self.newer())
        with reading():  # everything slow, while others may still write
            gather()
        with self.writing.when_free(), transaction.atomic():
            changed = part.write(self.newer() - before)
            lease.fence()
        return changed

    def rows(self, query: str, where: str) -> Rows:
        """The rows of some customers, without those who were touched since the standing was computed."""
        newer = self.newer()
        cursor = self.con.execute(f"{query} WHERE {where}")
        while rows := cursor.fetchmany(CHUNK):
            yield from (row for row in rows if row[0] not in newer)

    @property
    def lifecycles(self) -> Sequence[Lifecycle]:
        """All lifecycles; their number is their place here."""
        return list(self.definitions.lifecycles.values())


class _Part(Protocol):
    """One part of what is shown: gathered for a range of customers, then written at once."""

    def gather(self, keys: Range) -> None:
        """Everything slow, while others may still write."""

    def write(self, touched: set[int]) -> int:
        """Write what differs, save of those touched since; returns how many rows changed."""


class _Members:
    """Who of a range of customers is in which own segment."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep, self._keys = sweep, (0, 0)

    def gather(self, keys: Range) -> None:
        """Remember the range; its members are few."""
        self._keys = keys

    def write(self, touched: set[int]) -> int:
        """Write who came and who went, as it is now."""
        sweep = self.sweep
        at = sweep.standing.as_of.instant
        return membership.some(sweep.con, sweep.definitions, self._keys, sweep.newer(), at, sweep.cause)


class _Features:
    """The features of a range of customers."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep, self._query = sweep, _feature_sql(sweep.definitions)

    def gather(self, keys: Range) -> None:
        """Stage them."""
        kind = "text" if connection.vendor == "sqlite" else "jsonb"
        fill(FEATURES, {"customer_key": "bigint", "said": kind}, self.sweep.rows(self._query, _between(keys)))

    def write(self, touched: set[int]) -> int:
        """Write those that differ."""
        leave_out(FEATURES, touched)
        return upsert(Feature, ["customer_key"], f"SELECT customer_key, said FROM {FEATURES} WHERE true", ["values"])


class _Stands:
    """State, places and moves of a range of customers."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        # All labels are given here: while a range is gathered nothing can be written.
        self._states, self._places = _state_sql(sweep), _place_sql(sweep)
        self._joins = [_joined(lifecycle) for lifecycle in sweep.lifecycles]
        self._moves: list[ObservedMove] = []
        self._segment_moves: list[SegmentMove] = []

    def gather(self, keys: Range) -> None:
        """Stage them, and see who is gone and who moves."""
        self.stage(_between(keys))
        self._note_gone(keys)

    def stage(self, where: str) -> None:
        """Stage some customers, and see who of them moves."""
        fill(STATES, _STATE_TYPES, self.sweep.rows(self._states, where))
        fill(PLACES, _place_types(self.sweep.lifecycles), self.sweep.rows(self._places, where))
        self._segment_moves = list(self._between_segments())
        self._moves = [
            move
            for number, lifecycle in enumerate(self.sweep.lifecycles)
            for move in self._between_stages(number, lifecycle)
        ]

    def write(self, touched: set[int]) -> int:
        """Write the moves, and the rows that differ."""
        for name in (STATES, PLACES):
            leave_out(name, touched)
        segment_moves = [move for move in self._segment_moves if move.customer_key not in touched]
        SegmentMove.objects.bulk_create(segment_moves, batch_size=CHUNK)
        moves = [move for move in self._moves if move.customer_key not in touched]
        ObservedMove.objects.bulk_create(moves, batch_size=CHUNK)
        changed = sum(self._place(number, lifecycle) for number, lifecycle in enumerate(self.sweep.lifecycles))
        listed = f"SELECT customer_key, {', '.join(STATE_FIELDS)} FROM {STATES} WHERE true"
        return changed + upsert(State, ["customer_key"], listed, STATE_FIELDS)

    def _note_gone(self, keys: Range) -> None:
        found = _asked(
            f"SELECT customer_key FROM {table(State)} WHERE customer_key > {keys[0]} AND customer_key <= {keys[1]}"
            f" AND customer_key NOT IN (SELECT customer_key FROM {STATES})"
        )
        newer = self.sweep.newer()
        self.sweep.gone += [row[0] for row in found if row[0] not in newer]

    def _between_segments(self) -> Iterator[SegmentMove]:
        found = _asked(
            f"SELECT n.customer_key, o.segment, n.segment FROM {STATES} AS n JOIN {table(State)} AS o"
            f" ON o.customer_key = n.customer_key WHERE o.segment {is_different()} n.segment"
        )
        at, cause = self.sweep.standing.as_of.instant, self.sweep.cause
        for key, old, new in found:
            yield SegmentMove(customer_key=key, from_segment=old, to_segment=new, at=at, cause=cause)

    def _between_stages(self, number: int, lifecycle: Lifecycle) -> Iterator[ObservedMove]:
        """Who changes the stage of a lifecycle; people of whom nothing was shown only appear with an event."""
        sweep = self.sweep
        found = _asked(
            f"SELECT n.customer_key, o.stage FROM {self._joins[number]} WHERE o.stage {is_different()} n.stage_{number}"
        )
        fresh = [key for key, old in found if old is None]
        if number == 0 and not sweep.with_history:
            sweep.strangers += fresh
        appeared = set(fresh) - _known(fresh) if sweep.cause == "event" else set()
        old = {key: stage for key, stage in found if stage is not None or key in appeared}
        for row in _standing_rows(sweep.con, old):
            yield observed(lifecycle, row, old[row["customer_key"]], sweep.standing.as_of.instant, sweep.cause)

    def _place(self, number: int, lifecycle: Lifecycle) -> int:
        began = f"n.since_{number}"
        if not (self.sweep.with_history or lifecycle.looks_back):
            began = f"CASE WHEN o.stage = n.stage_{number} THEN o.since ELSE {began} END"
        name = label_id("lifecycle", lifecycle.key)
        select = f"SELECT n.customer_key, {name}, n.stage_{number}, {began} FROM {self._joins[number]} WHERE true"
        return upsert(Place, ["customer_key", "lifecycle"], select, ["stage", "since"])


def _between(keys: Range) -> str:
    return f"s.customer_key > {keys[0]} AND s.customer_key <= {keys[1]}"


def _asked(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _joined(lifecycle: Lifecycle) -> str:
    return (
        f"{PLACES} AS n LEFT JOIN {table(Place)} AS o ON o.customer_key = n.customer_key"
        f" AND o.lifecycle = {label_id('lifecycle', lifecycle.key)}"
    )


def _known(keys: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        found |= set(State.objects.filter(customer_key__in=part).values_list("customer_key", flat=True))
    return found


def _standing_rows(con: duckdb.DuckDBPyConnection, keys: Any) -> Iterator[dict[str, Any]]:
    listed = ", ".join(str(int(key)) for key in keys)
    if not listed:
        return
    cursor = con.execute(f"SELECT * FROM standing WHERE customer_key IN ({listed})")
    names = [each[0] for each in cursor.description or ()]
    while rows := cursor.fetchmany(CHUNK):
        yield from (dict(zip(names, values, strict=True)) for values in rows)


def _prepare(sweep: Sweep) -> None:
    """Make `labels` (kind, key, id) of texts that are data, and `begun`, one row a customer of since when."""
    con = sweep.con
    con.execute("CREATE OR REPLACE TEMP TABLE labels (kind VARCHAR, key VARCHAR, id SMALLINT)").fetchall()
    for kind in ("channel", "country"):
        if kind in sweep.definitions.features:
            word = _word(kind)
            found = con.execute(f"SELECT DISTINCT {word} FROM standing AS s WHERE {word} <> ''").fetchall()
            con.executemany("INSERT INTO labels VALUES (?, ?, ?)", [[kind, key, label_id(kind, key)] for key, in found]
                            or [[kind, None, 0]])  # fmt: skip
    if sweep.with_history:
        columns = ", ".join(
            f"max(entered) FILTER (WHERE lifecycle = {_text(key)}) AS since_{number}"
            for number, key in enumerate(sweep.definitions.lifecycles)
        )
        con.execute(
            f'CREATE OR REPLACE TEMP TABLE begun AS SELECT customer_key, {columns} FROM stays WHERE "left" IS NULL'
            " GROUP BY customer_key"
        ).fetchall()


def _ranges(con: duckdb.DuckDBPyConnection) -> Iterator[Range]:
    """Ranges of keys with about as many customers each, from the first key there can be to the last."""
    ends = con.execute(
        "SELECT customer_key FROM (SELECT customer_key, row_number() OVER (ORDER BY customer_key) AS n FROM standing)"
        f" WHERE n % {RANGE} = 0 ORDER BY 1"
    ).fetchall()
    low = -1
    for (end,) in ends:
        yield low, end
        low = end
    yield low, 2**62


def _word(name: str) -> str:
    return f'left(CAST(s."{name}" AS VARCHAR), 100)'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _instant(name: str, between: str = " ", zone: str = "") -> str:
    """As Django and Python write an instant: with a fraction only where there is one."""
    form = f"%Y-%m-%d{between}%H:%M:%S"
    return (
        f"CASE WHEN epoch_us(s.{name}) % 1000000 = 0 THEN strftime(s.{name}, '{form}{zone}')"
        f" ELSE strftime(s.{name}, '{form}.%f{zone}') END"
    )


_STATE_TYPES = {"customer_key": "bigint"} | {
    name: {"revenue": "bigint", "average_order": "bigint", "stages": "varchar"}.get(name, "integer")
    for name in STATE_FIELDS
}
for _name in ("first_order_at", "last_order_at", "last_seen_at"):
    _STATE_TYPES[_name] = "timestamp with time zone"


def _state_sql(sweep: Sweep) -> str:
    con = sweep.con
    there = {row[0] for row in con.execute("SELECT column_name FROM (DESCRIBE standing)").fetchall()}
    segments = con.execute("SELECT DISTINCT segment FROM standing").fetchall()
    cases = " ".join(f"WHEN {_text(key)} THEN {label_id('segment', key)}" for (key,) in segments)
    special = {
        "segment": f"CASE s.segment {cases} END" if cases else "NULL",
        "recency_score": "s.r",
        "frequency_score": "s.f",
        "monetary_score": "s.m",
        "average_order": "CAST(round_even(s.average_order, 0) AS BIGINT)",
        "channel": "c.id",
        "country": "d.id",
        "stages": _signs(sweep.lifecycles),
    }
    special |= {name: f"coalesce(s.{name}, 0)" for name in ("orders", "revenue")}
    zone = "" if connection.vendor == "sqlite" else "+00"
    special |= {name: _instant(name, zone=zone) for name in ("first_order_at", "last_order_at", "last_seen_at")}
    always = {"segment", "recency_score", "frequency_score", "monetary_score", "stages"}
    empty = {"orders": "0", "revenue": "0"}
    listed = ", ".join(
        special[name] if name in always or name in there else empty.get(name, "NULL") for name in STATE_FIELDS
    )
    joins = "".join(
        f" LEFT JOIN labels AS {short} ON {short}.kind = '{kind}' AND {short}.key = {_word(kind)}"
        for short, kind in (("c", "channel"), ("d", "country"))
        if kind in there
    )
    return f"SELECT s.customer_key, {listed} FROM standing AS s{joins}"


def _signs(lifecycles: Sequence[Lifecycle]) -> str:
    """The letters of a customer's stages as SQL."""
    cases = []
    for lifecycle in lifecycles:
        signs = {stage.key: sign(label_id("stage", lifecycle.key, stage.key)) for stage in lifecycle.stages}
        each = " ".join(f"WHEN {_text(key)} THEN '{letter}'" for key, letter in signs.items())
        cases.append(f"CASE s.{column(lifecycle.key)} {each} END")
    return f"concat({', '.join(cases)})" if cases else "''"


def _place_types(lifecycles: Sequence[Lifecycle]) -> dict[str, str]:
    types = {"customer_key": "bigint"}
    for number in range(len(lifecycles)):
        types |= {f"stage_{number}": "integer", f"since_{number}": "date"}
    return types


def _place_sql(sweep: Sweep) -> str:
    listed = ""
    for number, lifecycle in enumerate(sweep.definitions.lifecycles.values()):
        cases = " ".join(
            f"WHEN {_text(stage.key)} THEN {label_id('stage', lifecycle.key, stage.key)}" for stage in lifecycle.stages
        )
        began = f"DATE '{sweep.today}'"
        if lifecycle.looks_back:
            began = f"s.{since_column(lifecycle.key)}"
        elif sweep.with_history:
            began = f"coalesce(b.since_{number}, {began})"
        listed += f", CASE s.{column(lifecycle.key)} {cases} END, CAST({began} AS VARCHAR)"
    join = " LEFT JOIN begun AS b ON b.customer_key = s.customer_key" if sweep.with_history else ""
    return f"SELECT s.customer_key{listed} FROM standing AS s{join}"


def _feature_sql(definitions: Definitions) -> str:
    """As `shown.plain` and JSON say it, compact, without what is missing."""
    parts = []
    for key, feature in definitions.features.items():
        name = '"' + key.replace('"', '""') + '"'
        value = f"s.{name}"
        if feature.type == "date":
            value = f"CAST({value} AS VARCHAR)"
        elif feature.type == "time":
            value = _instant(name, between="T")
        parts.append(f"{name} := {value}")
    return (
        f"SELECT s.customer_key, json_merge_patch('{{}}', to_json(struct_pack({', '.join(parts)}))) FROM standing AS s"
    )
