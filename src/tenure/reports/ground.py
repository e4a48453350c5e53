"""What the reports stand on, as of an instant: only events before it, and the stays they make."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from tenure.clock import AsOf
from tenure.definitions import Definitions
from tenure.stages import compute_history
from tenure.store import Snapshot

__all__ = ["restate"]


def restate(
    snapshot: Snapshot, definitions: Definitions, as_of: AsOf, lifecycles: Sequence[str]
) -> duckdb.DuckDBPyConnection:
    """The snapshot's connection with stays as of an instant, made on the workspace's engine, for `stage_history`."""
    con = snapshot.connect()
    with snapshot.working(con, "stays") as engine:
        compute_history(engine, definitions, as_of, lifecycles=lifecycles)
    con.execute("CREATE OR REPLACE TEMP VIEW stage_history AS SELECT * FROM stays").fetchall()
    return con
