"""The health score as one query over the feature table, for everybody at once."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import numpy as np

from tenure.risk.health import HEALTH_BANDS, OF, PULSE, Group, HealthScore, Measure

__all__ = ["health_band_sql", "score_all"]


def score_all(
    con: duckdb.DuckDBPyConnection, health: HealthScore, known: str, pulses: Mapping[int, float], table: str
) -> None:
    """Make the temp table `table`: customer_key, segment, score (0–100, NULL: nothing is known), band, groups (JSON).

    Grain: one row per row of the table `known`: customer_key, segment, `ordered` and `contracted` (whether the customer
    has), and all that is measured.
    """
    keys, points = list(pulses), list(pulses.values())
    con.register("pulse_given", {"customer_key": np.array(keys, np.int64), "points": np.array(points, np.float64)})
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {_query(health, known)}").fetchall()
    con.unregister("pulse_given")


def health_band_sql(column: str = "score") -> str:
    """SQL for poor, fair or good; NULL where there is no score."""
    cases = " ".join(f"WHEN {column} >= {floor} THEN '{name}'" for name, floor in reversed(HEALTH_BANDS))
    return f"CASE {cases} END"


def _query(health: HealthScore, known: str) -> str:
    measured, grouped, packed = ["customer_key", "segment"], ["m.customer_key", "m.segment"], []
    weights = []
    for number, group in enumerate(health.groups):
        parts = []
        for place, measure in enumerate(group.measures):
            name = f"m{number}_{place}"
            measured.append(f"{_measure(measure, group.of)} AS {name}")
            parts.append((repr(measure.weight), name))
        grouped.append(f"{_mean(parts)} AS g{number}")
        packed.append(f'"{group.key}" := round(g{number}, 6)')
        weights.append((_weight(group), f"g{number}"))
    if health.pulse is not None:
        grouped.append("p.points AS pulse")
        packed.append(f'"{PULSE}" := pulse')
        weights.append((repr(health.pulse.weight), PULSE))
    return (
        f"WITH measured AS (SELECT {', '.join(measured)} FROM {known}),"
        f" grouped AS (SELECT {', '.join(grouped)} FROM measured AS m"
        " LEFT JOIN pulse_given AS p ON p.customer_key = m.customer_key),"
        f" scored AS (SELECT *, {_mean(weights)} AS score FROM grouped)"
        f" SELECT customer_key, segment, score, {health_band_sql()} AS band,"
        f" CAST(to_json(struct_pack({', '.join(packed)})) AS VARCHAR) AS groups FROM scored"
    )


def _measure(measure: Measure, of: str) -> str:
    value = f'CAST("{measure.feature}" AS DOUBLE)'
    if of:
        value = f"CASE WHEN {OF[of]} THEN {value} END"
    return _rank(value, measure.percentile) if measure.percentile else _steps(value, measure)


def _steps(value: str, measure: Measure) -> str:
    """The points of the highest step reached; below the first, those of the first."""
    first, *rest = measure.points
    cases = "".join(f" WHEN {value} >= {floor!r} THEN {points!r}" for floor, points in reversed(rest))
    return f"CASE WHEN {value} IS NULL THEN NULL{cases} ELSE {first[1]!r} END"


def _rank(value: str, percentile: str) -> str:
    """The share of known customers with less, and half of those with as much, of a hundred."""
    below = f"rank() OVER (ORDER BY {value} NULLS LAST) - 1"
    share = f"100.0 * ({below} + count(*) OVER (PARTITION BY {value}) / 2.0) / count({value}) OVER ()"
    return f"CASE WHEN {value} IS NOT NULL THEN {share if percentile == 'ascending' else f'100.0 - {share}'} END"


def _weight(group: Group) -> str:
    cases = "".join(f" WHEN '{segment}' THEN {weight!r}" for segment, weight in group.by_segment.items())
    return f"CASE segment{cases} ELSE {group.weight!r} END" if cases else repr(group.weight)


def _mean(parts: list[tuple[str, str]]) -> str:
    """The weighted mean of what is known, given as (weight, column)."""
    total = " + ".join(f"{weight} * coalesce({column}, 0)" for weight, column in parts)
    known = " + ".join(f"CASE WHEN {column} IS NULL THEN 0 ELSE {weight} END" for weight, column in parts)
    return f"round(({total}) / nullif({known}, 0), 9)"
