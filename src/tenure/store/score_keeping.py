"""Keeping a day's scores: what came, went or moved far enough becomes a row."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import duckdb

from tenure.clock import AsOf, Clock, naive
from tenure.store.scores import SCORES, known_sql, latest_sql, score_columns
from tenure.store.snapshot import read_files

if TYPE_CHECKING:
    from tenure.store.room import Store

__all__ = ["keep_scores"]

#: History is joined into large files when it lies in more.
FILES = 60


def keep_scores(
    store: Store, con: duckdb.DuckDBPyConnection, source: str, query: str, moment: AsOf, clock: Clock
) -> int:
    """Keep the scores that `query` (customer_key and the source's columns but since) gives for an instant.

    `con` is a snapshot's. Who was scored before and is not now is unknown from then on. Scores made for an instant
    before the newest hold until the scoring that followed it. Returns how many rows were kept.
    """
    _mend(store, con, source)
    instant, made = naive(moment.instant), naive(Clock("UTC").now())
    inside = moment.instant != clock.start_of(moment.day)
    stamp = (
        f"DATE '{moment.day}' AS day, {str(inside).lower()} AS inside, TIMESTAMP '{instant}' AS as_of,"
        f" TIMESTAMP '{made}' AS made_at"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE scores_fresh AS {_fresh(source, query, moment)}").fetchall()
    known = known_sql(source, list(SCORES[source]), f"TIMESTAMP '{instant}'")
    con.execute(f"CREATE OR REPLACE TEMP TABLE scores_known AS {known}").fetchall()
    con.execute(f"CREATE OR REPLACE TEMP TABLE scores_keeping AS {_moved(source, stamp)}").fetchall()
    _until_the_next(con, source, instant, made)
    count = int(con.execute("SELECT count(*) FROM scores_keeping").fetchall()[0][0])
    if count:
        _append(store, con, source)
    for table in ("scores_fresh", "scores_known", "scores_keeping"):
        con.execute(f"DROP TABLE {table}").fetchall()
    return count


def _fresh(source: str, query: str, moment: AsOf) -> str:
    """The scores as they are kept."""
    said = ", ".join(
        f"DATE '{moment.day}' AS {name}"
        if each.since
        else f"CAST({each.kept.format(v=f'q.{name}')} AS {each.kind}) AS {name}"
        for name, each in SCORES[source].items()
    )
    return f"SELECT q.customer_key, {said} FROM ({query}) AS q"


def _moved(source: str, stamp: str) -> str:
    """The rows to keep: what is new or moved, and of whom nothing is known any more."""
    columns = SCORES[source]
    moved = [
        f"(f.{name} IS NULL) <> (k.{name} IS NULL) OR coalesce({each.moved.format(new=f'f.{name}', old=f'k.{name}')},"
        " false)"
        for name, each in columns.items()
        if not each.since
    ]
    said = ", ".join(_said(name, each.since) for name, each in columns.items())
    something = " OR ".join(f"k.{name} IS NOT NULL" for name in columns)
    nothing = ", ".join(f"CAST(NULL AS {each.kind}) AS {name}" for name, each in columns.items())
    return (
        f"SELECT f.customer_key, {stamp}, {said} FROM scores_fresh AS f"
        f" LEFT JOIN scores_known AS k USING (customer_key) WHERE k.customer_key IS NULL OR {' OR '.join(moved)}"
        f" UNION ALL SELECT k.customer_key, {stamp}, {nothing} FROM scores_known AS k"
        f" WHERE ({something}) AND k.customer_key NOT IN (SELECT customer_key FROM scores_fresh)"
    )


def _said(name: str, since: str) -> str:
    """A kept column; the day of a change stays while what it dates stays."""
    if not since:
        return f"f.{name} AS {name}"
    return (
        f"CASE WHEN f.{since} = k.{since} THEN coalesce(k.{name}, f.{name})"
        f" WHEN f.{since} IS NOT NULL THEN f.{name} END AS {name}"
    )


def _until_the_next(con: duckdb.DuckDBPyConnection, source: str, instant: datetime, made: datetime) -> None:
    """Let scores made for the past end at the next scoring: what was known of those customers stands again there."""
    row = con.execute(
        f"SELECT as_of, day, inside FROM {source}_history WHERE as_of > TIMESTAMP '{instant}' ORDER BY as_of LIMIT 1"
    ).fetchall()
    if not row:
        return
    as_of, day, inside = row[0]
    before = ", ".join(f"k.{name}" for name in SCORES[source])
    con.execute(
        f"INSERT INTO scores_keeping SELECT n.customer_key, DATE '{day}', {inside}, TIMESTAMP '{as_of}',"
        f" TIMESTAMP '{made}', {before} FROM scores_keeping AS n LEFT JOIN scores_known AS k USING (customer_key)"
        f" WHERE n.customer_key NOT IN (SELECT customer_key FROM {source}_history WHERE as_of = TIMESTAMP '{as_of}')"
    ).fetchall()


def _append(store: Store, con: duckdb.DuckDBPyConnection, source: str) -> None:
    """Write the history, then the newest rows; both carry a number, so that a broken pair is seen and mended."""
    history, newest = f"{source}_history", f"{source}_scores"
    number = (store.tables[history].position("kept") or 0) + 1
    store.append(history, con, "SELECT * FROM scores_keeping ORDER BY customer_key, as_of", {"kept": number})
    _write_newest(store, con, source, f"{_rows(store, newest)} UNION ALL SELECT * FROM scores_keeping", number)
    if store.tables[history].files() > FILES:
        store.tables[history].optimise()
        store.tables[history].vacuum()


def _write_newest(store: Store, con: duckdb.DuckDBPyConnection, source: str, rows: str, number: int) -> None:
    newest, columns = f"{source}_scores", [name for name in score_columns(source) if name != "customer_key"]
    latest = latest_sql(f"(SELECT *, true AS own FROM ({rows}))", columns)
    store.append(newest, con, f"{latest} ORDER BY customer_key", {"kept": number}, overwrite=True)
    store.tables[newest].vacuum()


def _mend(store: Store, con: duckdb.DuckDBPyConnection, source: str) -> None:
    """Make the newest rows anew from history where a writer broke off between the two."""
    history, newest = store.tables[f"{source}_history"], store.tables[f"{source}_scores"]
    number = history.position("kept")
    if number is not None and number != newest.position("kept"):
        _write_newest(store, con, source, _rows(store, f"{source}_history"), number)
        again = f"CREATE OR REPLACE TEMP VIEW {source}_scores AS SELECT * FROM {source}_history"
        con.execute(again).fetchall()  # the connection has pinned the rows of before


def _rows(store: Store, table: str) -> str:
    return read_files(table, store.storage.local(store.pin(table).files))
