"""Who was known at a past instant, with the features of then, and whether they bought in the days that followed.

The features are computed from what lay strictly before the cut, the outcome from what lay at or after it: two queries
that the same instant divides, so that no forecast learns from its own answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Literal

import duckdb
import numpy as np
from numpy.typing import NDArray

from tenure.clock import AsOf, Clock, naive
from tenure.definitions import Definitions
from tenure.features import compute
from tenure.value import contracts, held

__all__ = [
    "HORIZONS", "Awaited", "Examples", "Horizon", "choose_horizon", "examples", "first_day", "lost_after", "measures",
    "table_of",
]  # fmt: skip

HORIZONS = (14, 30, 45, 60, 90, 120, 180, 270, 365)
FEW_GAPS = 100
USUAL = 90
MOST = 100_000  # customers a cut that are learned from; more teach nothing new
_NUMBERS = ("integer", "float", "boolean")

Floats = NDArray[np.float64]
Awaited = Literal["purchase", "renewal"]
"""What a customer who is kept does next: buy, or renew the contract."""


@dataclass(frozen=True)
class Horizon:
    """Within how many days what is awaited.

    For purchases `typical` is the gap that four of five stay under, for renewals the usual period (None: too few
    `gaps` to tell).
    """

    days: int
    gaps: int
    typical: int | None
    awaited: Awaited = "purchase"


@dataclass(frozen=True)
class Examples:
    """One row a customer who could be lost at the cut: features (NaN where unknown) and the outcome (None: open).

    Awaiting a purchase, those are all who had ordered; awaiting a renewal, those whose contract runs.
    """

    cut: AsOf
    names: tuple[str, ...]
    customer_key: NDArray[np.int64]
    values: Floats
    lost: NDArray[np.bool_] | None

    def __len__(self) -> int:
        return len(self.customer_key)


def choose_horizon(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> Horizon:
    """What loss means here, and within how many days.

    Where most who ever paid hold or held a contract: that it is not renewed, within the shortest round span that a
    period and the quarter of grace after it stay under. Elsewhere: no purchase, within the shortest round span that at
    least four of five gaps between orders stay under; 90 days with few gaps.
    """
    known = contracts(con, as_of)
    if known.rule:
        days = next((days for days in HORIZONS if days >= known.period * 1.25), HORIZONS[-1])
        return Horizon(days, known.renewals, known.period, "renewal")
    query = files("tenure.risk").joinpath("gaps.sql").read_text("utf-8")
    gaps, typical = con.execute(query, {"before": naive(as_of.instant)}).fetchall()[0]
    if gaps < FEW_GAPS:
        return Horizon(USUAL, gaps, None)
    return Horizon(next((days for days in HORIZONS if days >= typical), HORIZONS[-1]), gaps, int(typical))


def measures(definitions: Definitions) -> tuple[str, ...]:
    """The features a forecast can learn from: all that are numbers or yes-or-no, and rest on events alone.

    Scores are left out, and what is derived from them: a forecast that reads forecasts would learn from itself.
    """
    numbers = (key for key, feature in definitions.features.items() if feature.type in _NUMBERS)
    return tuple(key for key in numbers if not definitions.sources([key]))


_BEGINS = {"purchase": "Order Completed", "renewal": "Subscription Started"}


def first_day(con: duckdb.DuckDBPyConnection, awaited: Awaited = "purchase") -> AsOf | None:
    """The day of the first order, or contract, ever; None without any."""
    row = con.execute("SELECT min(ts), min(day) FROM events WHERE kind = 'track' AND name = ?", [_BEGINS[awaited]])
    instant, day = row.fetchall()[0]
    return None if instant is None else AsOf(instant, day)


def table_of(
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    cut: AsOf,
    names: tuple[str, ...],
    awaited: Awaited = "purchase",
) -> None:
    """Make the temp table `known`: customer_key and the measures as of the cut, of everybody who could be lost."""
    compute(con, definitions, cut, keys=frozenset({*names, "orders"}), table="measured")
    columns = ", ".join(f'CAST("{name}" AS DOUBLE) AS "{name}"' for name in names)
    if awaited == "purchase":
        whom = "orders > 0"
    else:
        con.register("holders", {"customer_key": held(con, cut, contracts(con, cut)).running})
        whom = "customer_key IN (SELECT customer_key FROM holders)"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE known AS SELECT customer_key, {columns} FROM measured WHERE {whom}"
    ).fetchall()
    con.execute("DROP TABLE measured").fetchall()


def examples(
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    clock: Clock,
    cut: AsOf,
    days: int | None,
    most: int | None = None,
    awaited: Awaited = "purchase",
) -> Examples:
    """Everybody who could be lost at the cut; with `days`, whether they were: bought nothing, or did not renew.

    `most` takes a fixed part of the customers, chosen by a hash of their key, so that it is the same every time.
    """
    names = measures(definitions)
    table_of(con, definitions, cut, names, awaited)
    if most is not None:
        con.execute(f"DELETE FROM known WHERE hash(customer_key) % greatest(1, {_parts(con, most)}) <> 0").fetchall()
    rows = con.execute("SELECT * FROM known ORDER BY customer_key").fetchnumpy()
    keys = np.asarray(rows["customer_key"], dtype=np.int64)
    columns: list[Floats] = [np.ma.filled(np.ma.asarray(rows[name], dtype=float), np.nan) for name in names]
    values = np.column_stack(columns) if len(keys) else np.empty((0, len(names)))
    stays = _bought if awaited == "purchase" else _renewed
    lost = None if days is None else ~stays(con, clock, cut, days, keys)
    return Examples(cut, names, keys, values, lost)


def lost_after(
    con: duckdb.DuckDBPyConnection, clock: Clock, cut: AsOf, days: int, awaited: Awaited = "purchase"
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(keys, lost): everybody who could be lost at the cut, and whether they were within so many days."""
    if awaited == "renewal":
        keys = held(con, cut, contracts(con, cut)).running
        return keys, ~_renewed(con, clock, cut, days, keys)
    keys, bought = _outcomes(con, clock, cut, days)
    return keys, ~bought


def _parts(con: duckdb.DuckDBPyConnection, most: int) -> int:
    return -(-int(con.execute("SELECT count(*) FROM known").fetchall()[0][0]) // most)


def _bought(
    con: duckdb.DuckDBPyConnection, clock: Clock, cut: AsOf, days: int, keys: NDArray[np.int64]
) -> NDArray[np.bool_]:
    known, bought = _outcomes(con, clock, cut, days)
    return bought[np.searchsorted(known, keys)]


def _outcomes(
    con: duckdb.DuckDBPyConnection, clock: Clock, cut: AsOf, days: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Everybody who had ordered, by key, and whether they did again."""
    end = clock.start_of(cut.day + timedelta(days=days))
    query = files("tenure.risk").joinpath("outcomes.sql").read_text("utf-8")
    rows = con.execute(query, {"before": naive(cut.instant), "end": naive(end)}).fetchnumpy()
    return np.asarray(rows["customer_key"], np.int64), np.asarray(rows["bought"], dtype=bool)


def _renewed(
    con: duckdb.DuckDBPyConnection, clock: Clock, cut: AsOf, days: int, keys: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whose contract still, or again, runs so many days after the cut. The period is that known at the cut."""
    day = cut.day + timedelta(days=days)
    return np.isin(keys, held(con, AsOf(clock.start_of(day), day), contracts(con, cut)).running)
