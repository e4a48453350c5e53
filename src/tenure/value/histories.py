"""Purchase histories as the models take them: checked, in one float width, with equal rows counted once.

Words of the literature: frequency = repeat purchases (buyers' purchases less one), recency = time from the first to the
last purchase, T = time from the first purchase to now; all times in one unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tenure.errors import UsageError

__all__ = ["UNITS", "Floats", "Histories", "checked", "column", "per_year", "weighed"]

Floats = NDArray[np.float64]

UNITS: Mapping[str, float] = {"day": 365.25, "week": 365.25 / 7, "month": 12.0, "year": 1.0}
"""How many of a unit a year has."""


def per_year(unit: str) -> float:
    """How many of this unit a year has. Raises UsageError for an unknown unit."""
    if unit not in UNITS:
        raise UsageError(f'There is no time unit "{unit}". Use one of: {", ".join(UNITS)}.')
    return UNITS[unit]


def column(name: str, values: ArrayLike, length: int | None = None) -> Floats:
    """One column as finite floats. Raises UsageError that names the column and its first bad row."""
    try:
        found = np.atleast_1d(np.asarray(values, dtype=np.float64)).ravel()
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name} must be numbers, and some are not.") from error
    if length is not None and len(found) == 1:
        found = np.full(length, found[0])
    if length is not None and len(found) != length:
        raise UsageError(f"{name} has {len(found):,} rows, but frequency has {length:,}. Give one row a customer.")
    _refuse(~np.isfinite(found), name, "is missing or not finite", found)
    return found


def weighed(weights: ArrayLike | None, length: int) -> Floats:
    """How many customers each row stands for: one unless told. Raises UsageError for less than none."""
    if weights is None:
        return np.ones(length)
    found = column("weights", weights, length)
    _refuse(found < 0, "weights", "is negative", found)
    return found


def _refuse(bad: NDArray[np.bool_], name: str, why: str, values: Floats) -> None:
    if bad.any():
        row, rows = int(np.argmax(bad)), int(bad.sum())
        if rows == 1:
            raise UsageError(f"{name} {why} in row {row + 1:,} ({values[row]:g}), and in no other row.")
        raise UsageError(f"{name} {why} in row {row + 1:,} ({values[row]:g}); {rows:,} such rows in all.")


@dataclass(frozen=True)
class Histories:
    """Checked rows, each for `weights` customers. `of` says which row here each row that was given is."""

    x: Floats
    t_x: Floats
    T: Floats
    weights: Floats
    covariates: Floats
    of: NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return len(self.x)

    def joined(self) -> Histories:
        """Equal rows as one, with their weights summed; the same rows when that would save little."""
        rows = np.column_stack([self.x, self.t_x, self.T, self.covariates])
        if len(rows) > 2 * LOOK and _mostly_different(rows):
            return self
        sound, first, of = _groups(rows)
        if not sound or len(first) > 0.8 * len(self):
            return self
        weights = np.bincount(of, weights=self.weights).astype(np.float64)
        return Histories(self.x[first], self.t_x[first], self.T[first], weights, self.covariates[first], of)

    def some(self, count: int, seed: int = 0) -> Histories:
        """At most `count` rows at random, for a first look."""
        if len(self) <= count:
            return self
        chosen = np.random.default_rng(seed).choice(len(self), count, replace=False)
        return self.at(chosen)

    def at(self, rows: Any) -> Histories:
        """Some of the rows, by number."""
        return Histories(self.x[rows], self.t_x[rows], self.T[rows], self.weights[rows], self.covariates[rows])

    def scaled(self, by: float) -> Histories:
        """The same histories with times divided."""
        return Histories(self.x, self.t_x / by, self.T / by, self.weights, self.covariates, self.of)


_ODD = np.uint64(0x9E3779B97F4A7C15)


LOOK = 20_000


def _mostly_different(rows: Floats) -> bool:
    """Whether a sample has so few equal rows that joining all would hardly pay."""
    some = rows[:: len(rows) // LOOK]
    return len(_groups(some)[1]) > 0.98 * len(some)


def _groups(rows: Floats) -> tuple[bool, NDArray[np.intp], NDArray[np.intp]]:
    """(sound, first row of each group, group of each row); not sound when two rows have the same hash."""
    mixed = np.zeros(len(rows), np.uint64)
    for values in np.ascontiguousarray(rows.T + 0.0):
        mixed = (mixed ^ values.view(np.uint64)) * _ODD
        mixed ^= mixed >> np.uint64(29)
    _, first, of = np.unique(mixed, return_index=True, return_inverse=True)
    return all(np.array_equal(values[first][of], values) for values in rows.T), first, of


def checked(
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    weights: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
) -> Histories:
    """Histories from columns of any numeric type. Raises UsageError that says which row cannot be, and why."""
    x = column("frequency", frequency)
    t_x, age = column("recency", recency, len(x)), column("T", T, len(x))
    weight = weighed(weights, len(x))
    _refuse(x < 0, "frequency", "is negative", x)
    _refuse(x != np.floor(x), "frequency", "is not a whole number", x)
    _refuse(t_x < 0, "recency", "is negative", t_x)
    _refuse(t_x > age * (1 + 1e-9), "recency", "is longer than T", t_x)
    _refuse((x == 0) & (t_x > 0), "recency", "is above zero although frequency is zero", t_x)
    return Histories(x, np.minimum(t_x, age), age, weight, _covariates(covariates, len(x)))


def _covariates(values: ArrayLike | None, length: int) -> Floats:
    if values is None:
        return np.zeros((length, 0))
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError("covariates must be numbers, and some are not.") from error
    if not found.size:
        return np.zeros((length, 0))
    rows = found[None, :] if found.ndim == length == 1 else found[:, None] if found.ndim == 1 else found
    if rows.ndim != 2 or len(rows) != length:
        raise UsageError(f"covariates has the shape {found.shape}. Give one row a customer, {length:,} in all.")
    if not np.isfinite(found).all():
        raise UsageError("covariates has missing values. Fill them, or leave those customers out.")
    return rows
