"""Features, stages and segments of a whole workspace from the store; the customer summary of lifetimes."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import shops
from benchmarks.measure import watch
from tenure import pipeline
from tenure.definitions import Definitions
from tenure.features import Scan, compute
from tenure.segments import FEATURES

SUMMARY = frozenset(
    {"order_days", "first_order_at", "last_order_at", "days_since_first_order", "days_since_last_order"}
)

LIFECYCLES = ("growth", "relationship", "adoption", "purchase", "lifespan")
TEXTS = frozenset({"channel"})
MORE = TEXTS | {
    "first_order_at", "last_order_at", "first_seen_at", "last_seen_at", "categories", "products",
    "days_since_last_visit",
}  # fmt: skip


def _only(definitions: Definitions, lifecycle: str) -> Definitions:
    """The definitions of one lifecycle and the features that it and the segments read."""
    chosen = definitions.lifecycles[lifecycle]
    features = Scan(definitions, chosen.features | FEATURES).features()
    return replace(definitions, lifecycles={lifecycle: chosen}, features={feature.key: feature for feature in features})


def _standing(folder: str, definitions: Definitions | None) -> pipeline.Standing:
    workspace = shops.opened(folder)
    defined = definitions or workspace.definitions
    with watch():
        return pipeline.stand(workspace.store.snapshot(), defined, workspace.clock, workspace.clock.as_of())


def one_lifecycle(folder: str) -> Mapping[str, int]:
    """Tenure: the features that are needed, the growth lifecycle, the value segments."""
    standing = _standing(folder, _only(shops.opened(folder).definitions, "growth"))
    return {**standing.counts("growth"), **standing.segment_counts()}


def everything(folder: str) -> Mapping[str, int]:
    """Tenure: every built-in feature, all five lifecycles, the value segments."""
    standing = _standing(folder, None)
    return {**standing.counts("growth"), **standing.segment_counts()}


def _thirty(definitions: Definitions) -> Definitions:
    """All lifecycles, and thirty features: those that they and the segments read, and eight more of every kind."""
    read = frozenset().union(*(each.features for each in definitions.lifecycles.values()))
    features = Scan(definitions, read | FEATURES | MORE).features()
    if len(features) != 30:
        raise SystemExit(f"The benchmark is of 30 features; these are {len(features)}.")
    return replace(definitions, features={feature.key: feature for feature in features})


def thirty(folder: str) -> Mapping[str, int]:
    """Tenure: thirty features, all five lifecycles, the value segments."""
    standing = _standing(folder, _thirty(shops.opened(folder).definitions))
    return _told(standing.con, "standing", {key: f"stage_{key}" for key in LIFECYCLES})


def thirty_plain(folder: str) -> Mapping[str, int]:
    """Plain DuckDB: the same by hand-written SQL."""
    con = _by_hand(folder, "bench_features_thirty.sql")
    return _told(con, "found", {key: key for key in LIFECYCLES})


def _told(con: Any, table: str, columns: Mapping[str, str]) -> Mapping[str, int]:
    """How many customers are in each stage and segment, and a sum of each feature that no stage reads."""
    found = {}
    for key, column in {**columns, "segment": "segment"}.items():
        rows = con.execute(f"SELECT {column}, count(*) FROM {table} GROUP BY 1").fetchall()
        found.update({f"{key}.{value}": count for value, count in rows})
    for key in sorted(MORE):
        sql = f"hash({key}) % 1000003" if key in TEXTS else f"epoch({key})" if key.endswith("_at") else key
        found[key] = int(con.execute(f"SELECT sum(CAST({sql} AS BIGINT)) FROM {table}").fetchall()[0][0])
    return found


def plain(folder: str) -> Mapping[str, int]:
    """Plain DuckDB: the same by hand-written SQL."""
    con = _by_hand(folder, "bench_features.sql")
    rows = con.execute(
        "SELECT stage, count(*) FROM found GROUP BY 1 UNION ALL SELECT segment, count(*) FROM found GROUP BY 1"
    )
    return dict(rows.fetchall())


def _by_hand(folder: str, file: str) -> Any:
    """A connection with the table `found` of a query beside this file."""
    workspace = shops.opened(folder)
    query = Path(__file__).with_name(file).read_text("utf-8")
    names = {"events": shops.parquet(workspace), "id_map": shops.files(workspace, "id_map")}
    con = plain_duckdb()
    with watch():
        con.execute(f"CREATE TEMP TABLE found AS {query.format(**names)}")
    return con


def plain_duckdb() -> Any:
    """DuckDB as it comes, but for one fault of 2.0.0 that Tenure switches off too."""
    con = duckdb.connect()
    con.execute("SET disabled_optimizers = 'compressed_materialization'")
    con.execute(f"SET temp_directory = '{shops.cache() / 'spill'}'")
    con.execute(f"SET threads = {os.cpu_count()}")
    return con


def summary(folder: str) -> list[int]:
    """Tenure: frequency, recency and T of every buyer, from the store."""
    workspace = shops.opened(folder)
    with watch():
        con = workspace.store.snapshot().connect()
        compute(con, workspace.definitions, workspace.clock.as_of(), keys=SUMMARY)
        row = con.execute(
            "SELECT count(*), sum(order_days - 1), sum(days_since_first_order - days_since_last_order),"
            " sum(days_since_first_order) FROM features WHERE order_days > 0"
        ).fetchone()
    return [int(value) for value in row or ()]


def summary_plain(folder: str) -> list[int]:
    """Plain DuckDB: the same from the Parquet files."""
    workspace = shops.opened(folder)
    events, identity = shops.parquet(workspace), shops.files(workspace, "id_map")
    con = plain_duckdb()
    query = f"""
        WITH identity AS (SELECT source_key, arg_max(customer_key, revision) AS customer_key
            FROM read_parquet({identity}) GROUP BY 1),
        buyers AS (SELECT coalesce(i.customer_key, e.source_key) AS c, CAST(ts + INTERVAL 8 HOUR AS DATE) AS day
            FROM read_parquet({events}) AS e LEFT JOIN identity AS i USING (source_key)
            WHERE name = 'Order Completed' AND ts < TIMESTAMP '2026-01-01 00:00:00'),
        each AS (SELECT c, count(DISTINCT day) AS n, min(day) AS first, max(day) AS last FROM buyers GROUP BY c)
        SELECT count(*), sum(n - 1), sum(last - first), sum(DATE '2026-01-01' - first) FROM each"""
    with watch():
        row = con.execute(query).fetchone()
    return [int(value) for value in row or ()]


def summary_lifetimes(folder: str) -> list[int]:
    """lifetimes: the same from a pandas frame of the orders that is in memory already."""
    import pandas
    from lifetimes.utils import summary_data_from_transaction_data

    con = shops.opened(folder).store.snapshot().connect()
    rows = con.execute(
        "SELECT customer_key, day FROM events WHERE name = 'Order Completed' AND ts < TIMESTAMP '2026-01-01'"
    ).fetchnumpy()
    frame = pandas.DataFrame(dict(rows))
    con.close()
    with watch():
        found = summary_data_from_transaction_data(frame, "customer_key", "day", observation_period_end="2026-01-01")
    return [len(found), int(found.frequency.sum()), int(found.recency.sum()), int(found["T"].sum())]
