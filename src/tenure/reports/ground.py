"""What the reports stand on, as of an instant: only events before it, and the stays they make."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from tenure.clock import AsOf
from tenure.definitions import Definitions
from tenure.stages import compute_history

__all__ = ["restate"]


def restate(con: duckdb.DuckDBPyConnection, definitions: Definitions, as_of: AsOf, lifecycles: Sequence[str]) -> None:
    """Put stays computed anew, as of an instant, in the place of the kept `stage_history` of a connection."""
    compute_history(con, definitions, as_of, lifecycles=lifecycles)
    con.execute("CREATE OR REPLACE TEMP VIEW stage_history AS SELECT * FROM stays").fetchall()
