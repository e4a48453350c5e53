"""Who was known at a past instant, with the features of then, and whether they bought in the days that followed.

The features are computed from what lay strictly before the cut, the outcome from what lay at or after it: two queries
that the same instant divides, so that no forecast learns from its own answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files

import duckdb
import numpy as np
from numpy.typing import NDArray

from tenure.clock import AsOf, Clock, naive
from tenure.definitions import Definitions
from tenure.features import compute

__all__ = ["HORIZONS", "Examples", "Horizon", "choose_horizon", "examples", "first_day", "measures", "table_of"]

HORIZONS = (14, 30, 45, 60, 90, 120, 180, 270, 365)
FEW_GAPS = 100
USUAL = 90
MOST = 100_000  # customers a cut that are learned from; more teach nothing new
_NUMBERS = ("integer", "float", "boolean")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Horizon:
    """Within how many days a purchase is awaited; `typical` is the gap that four of five stay under (None: too few)."""

    days: int
    gaps: int
    typical: int | None


@dataclass(frozen=True)
class Examples:
    """One row a customer who had ordered before the cut: features (NaN where unknown) and the outcome (None: open)."""

    cut: AsOf
    names: tuple[str, ...]
    customer_key: NDArray[np.int64]
    values: Floats
    lost: NDArray[np.bool_] | None

    def __len__(self) -> int:
        return len(self.customer_key)


def choose_horizon(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> Horizon:
    """The shortest round span that at least four of five gaps between orders stay under; 90 days with few gaps."""
    query = files("tenure.risk").joinpath("gaps.sql").read_text("utf-8")
    gaps, typical = con.execute(query, {"before": naive(as_of.instant)}).fetchall()[0]
    if gaps < FEW_GAPS:
        return Horizon(USUAL, gaps, None)
    return Horizon(next((days for days in HORIZONS if days >= typical), HORIZONS[-1]), gaps, int(typical))


def measures(definitions: Definitions) -> tuple[str, ...]:
    """The features a forecast can learn from: all that are numbers or yes-or-no."""
    return tuple(key for key, feature in definitions.features.items() if feature.type in _NUMBERS)


def first_day(con: duckdb.DuckDBPyConnection) -> AsOf | None:
    """The day of the first order ever; None without orders."""
    row = con.execute("SELECT min(ts), min(day) FROM events WHERE kind = 'track' AND name = 'Order Completed'")
    instant, day = row.fetchall()[0]
    return None if instant is None else AsOf(instant, day)


def table_of(con: duckdb.DuckDBPyConnection, definitions: Definitions, cut: AsOf, names: tuple[str, ...]) -> None:
    """Make the temp table `known`: customer_key and the measures as of the cut, of everybody who had ordered."""
    compute(con, definitions, cut, keys=frozenset({*names, "orders"}), table="measured")
    columns = ", ".join(f'CAST("{name}" AS DOUBLE) AS "{name}"' for name in names)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE known AS SELECT customer_key, {columns} FROM measured WHERE orders > 0"
    ).fetchall()
    con.execute("DROP TABLE measured").fetchall()


def examples(
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    clock: Clock,
    cut: AsOf,
    days: int | None,
    most: int | None = None,
) -> Examples:
    """Everybody who had ordered before the cut; with `days`, whether they then bought nothing for so long.

    `most` takes a fixed part of the customers, chosen by a hash of their key, so that it is the same every time.
    """
    names = measures(definitions)
    table_of(con, definitions, cut, names)
    if most is not None:
        con.execute(f"DELETE FROM known WHERE hash(customer_key) % greatest(1, {_parts(con, most)}) <> 0").fetchall()
    rows = con.execute("SELECT * FROM known ORDER BY customer_key").fetchnumpy()
    keys = np.asarray(rows["customer_key"], dtype=np.int64)
    columns: list[Floats] = [np.ma.filled(np.ma.asarray(rows[name], dtype=float), np.nan) for name in names]
    values = np.column_stack(columns) if len(keys) else np.empty((0, len(names)))
    lost = None if days is None else ~_bought(con, clock, cut, days, keys)
    return Examples(cut, names, keys, values, lost)


def _parts(con: duckdb.DuckDBPyConnection, most: int) -> int:
    return -(-int(con.execute("SELECT count(*) FROM known").fetchall()[0][0]) // most)


def _bought(
    con: duckdb.DuckDBPyConnection, clock: Clock, cut: AsOf, days: int, keys: NDArray[np.int64]
) -> NDArray[np.bool_]:
    end = clock.start_of(cut.day + timedelta(days=days))
    query = files("tenure.risk").joinpath("outcomes.sql").read_text("utf-8")
    rows = con.execute(query, {"before": naive(cut.instant), "end": naive(end)}).fetchnumpy()
    place = np.searchsorted(rows["customer_key"], keys)
    return np.asarray(rows["bought"], dtype=bool)[place]
