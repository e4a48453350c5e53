"""A new segment's count while its rule is being written, over everybody's kept features."""

from dataclasses import replace

from benchmarks import shops
from benchmarks.bench_features import plain_duckdb
from benchmarks.measure import watch
from tenure.basis import attach, keep_basis
from tenure.definitions import Segment, Words, parse
from tenure.reports.trial import try_segment

RULE = "revenue >= 500 AND orders_90d >= 1 AND visits_30d >= 2 AND NOT subscription_active"
NAME = Words("Regulars", "常客")


def count(folder: str) -> int:
    """Tenure: how many belong, beside how many did, with examples."""
    workspace = shops.opened(folder)
    present, basis = workspace.definitions, keep_basis(workspace)
    segment = Segment("regulars", NAME, NAME, parse(RULE, present.features), RULE)
    draft = replace(present, segments={**present.segments, "regulars": segment})
    with watch():
        con = attach(workspace, basis, draft)
        found = try_segment(con, "regulars", draft, present)
    return found.customers


def count_plain(folder: str) -> int:
    """Plain DuckDB: only the number, over the same features."""
    file = keep_basis(shops.opened(folder)).file
    con = plain_duckdb()
    with watch():
        row = con.execute(
            "SELECT count(*) FROM read_parquet(?) WHERE revenue >= 50000 AND orders_90d >= 1 AND visits_30d >= 2"
            " AND NOT subscription_active",
            [str(file)],
        ).fetchone()
    return int((row or (0,))[0])
