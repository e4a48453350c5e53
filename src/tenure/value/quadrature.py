"""Sums that stand for integrals: nodes of Gauss, and tables along a smooth axis."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from tenure.value.histories import Floats

Numbers = NDArray[np.intp]

__all__ = ["along", "beta_nodes", "legendre"]

NODES = 48
DEGREE = 33


@cache
def legendre(count: int, panels: int = 1) -> tuple[Floats, Floats]:
    """(nodes, weights) of Gauss–Legendre on [0, 1], in equal panels."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    starts = np.arange(panels)[:, None]
    return ((nodes + 1) / 2 + starts).ravel() / panels, np.tile(weights / 2, panels) / panels


def beta_nodes(a: Floats, b: Floats, count: int = NODES) -> tuple[Floats, Floats]:
    """(nodes, weights) of Gauss–Jacobi for the mean over Beta(a, b), one row a pair; a = 0 puts all weight at zero.

    Golub and Welsch (1969): eigenvalues of the recurrence's matrix, so that no weight overflows.
    """
    return _beta_nodes(a.tobytes(), b.tobytes(), count)


@lru_cache(maxsize=16)
def _beta_nodes(a_bytes: bytes, b_bytes: bytes, count: int) -> tuple[Floats, Floats]:
    a, b = np.frombuffer(a_bytes), np.frombuffer(b_bytes)
    alpha, beta = b[:, None] - 1, a[:, None] - 1
    n = np.arange(count)[None, :]
    total = 2 * n + alpha + beta
    with np.errstate(divide="ignore", invalid="ignore"):
        diagonal = (beta**2 - alpha**2) / (total * (total + 2))
        k = np.arange(1, count)[None, :]
        twice = 2 * k + alpha + beta
        square = 4 * k * (k + alpha) * (k + beta) * (k + alpha + beta) / (twice**2 * (twice + 1) * (twice - 1))
    diagonal[:, 0] = ((beta - alpha) / (alpha + beta + 2))[:, 0]
    square[:, 0] = (4 * (1 + alpha) * (1 + beta) / ((2 + alpha + beta) ** 2 * (3 + alpha + beta)))[:, 0]
    matrix = np.zeros((len(a), count, count))
    at = np.arange(count)
    matrix[:, at, at] = (1 + diagonal) / 2
    matrix[:, at[1:], at[:-1]] = np.sqrt(np.maximum(square, 0)) / 2
    nodes, vectors = np.linalg.eigh(matrix)
    return np.clip(nodes, 1e-200, 1.0), vectors[:, 0, :] ** 2


def along(function: Callable[[Numbers, Floats], Floats], groups: Floats, group: Numbers, axis: Floats) -> Floats:
    """`function(row of groups, positive axis)` for rows of (group number, axis), smooth along log(axis) in a group.

    With many rows a group, values are interpolated between Chebyshev nodes (relative error about 1e-10).
    """
    if len(axis) <= 3 * DEGREE * len(groups) or axis.max() <= axis.min() * (1 + 1e-12):
        return function(group, axis)
    low, high = np.log(axis.min()), np.log(axis.max())
    angles = np.pi * (np.arange(DEGREE) + 0.5) / DEGREE
    places = np.exp(low + (high - low) * (np.cos(angles) + 1) / 2)
    every = np.repeat(np.arange(len(groups)), DEGREE)
    table = function(every, np.tile(places, len(groups))).reshape(len(groups), DEGREE)
    modes = 2 / DEGREE * np.cos(np.outer(np.arange(DEGREE), angles))
    coefficients = modes @ table.T
    coefficients[0] /= 2
    return _clenshaw(coefficients, group, 2 * (np.log(axis) - low) / (high - low) - 1)


def _clenshaw(coefficients: Floats, group: Numbers, place: Floats) -> Floats:
    """The Chebyshev sums at places in [-1, 1], each with its group's column of coefficients."""
    ahead = np.zeros(len(place))
    further = np.zeros(len(place))
    for row in coefficients[:0:-1]:
        ahead, further = 2 * place * ahead - further + row[group], ahead
    return np.asarray(place * ahead - further + coefficients[0][group])
