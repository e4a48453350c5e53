"""Sums that stand for integrals: nodes of Gauss, and tables along a smooth axis."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from tenure.value.histories import Floats

Numbers = NDArray[np.intp]

__all__ = ["along", "beta_nodes", "legendre"]

NODES = 48
DEGREE = 33
NEVER = 1e-20


@cache
def legendre(count: int, panels: int = 1) -> tuple[Floats, Floats]:
    """(nodes, weights) of Gauss–Legendre on [0, 1], in equal panels."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    starts = np.arange(panels)[:, None]
    return ((nodes + 1) / 2 + starts).ravel() / panels, np.tile(weights / 2, panels) / panels


def beta_nodes(a: Floats, b: Floats, count: int = NODES) -> tuple[Floats, Floats]:
    """(nodes, weights) of Gauss–Jacobi for the mean over Beta(a, b), one row a pair; a = 0 puts all weight at zero.

    Golub and Welsch (1969): nodes are the eigenvalues of the recurrence's matrix. A weight is one over the sum
    of squared orthonormal polynomials at its node, which costs a fortieth of the eigenvectors.
    """
    return _beta_nodes(a.tobytes(), b.tobytes(), count)


@lru_cache(maxsize=16)
def _beta_nodes(a_bytes: bytes, b_bytes: bytes, count: int) -> tuple[Floats, Floats]:
    a, b = np.frombuffer(a_bytes), np.frombuffer(b_bytes)
    middle, beside = _recurrence(b[:, None] - 1, a[:, None] - 1, count)
    pairs = zip(middle, beside, strict=True)
    nodes = np.array([linalg.eigvalsh_tridiagonal(d, e, check_finite=False) for d, e in pairs])
    weights = _weights(nodes, middle, beside)
    weights[a < NEVER] = np.arange(count) == 0
    return np.clip(nodes, 1e-200, 1.0), weights


def _recurrence(alpha: Floats, beta: Floats, count: int) -> tuple[Floats, Floats]:
    """(diagonal, off-diagonal) of the matrix of the Jacobi polynomials, moved from [-1, 1] to [0, 1]."""
    n, k = np.arange(count)[None, :], np.arange(1, count)[None, :]
    total, twice = 2 * n + alpha + beta, 2 * k + alpha + beta
    with np.errstate(divide="ignore", invalid="ignore"):
        diagonal = (beta**2 - alpha**2) / (total * (total + 2))
        square = 4 * k * (k + alpha) * (k + beta) * (k + alpha + beta) / (twice**2 * (twice + 1) * (twice - 1))
    diagonal[:, 0] = ((beta - alpha) / (alpha + beta + 2))[:, 0]
    square[:, 0] = (4 * (1 + alpha) * (1 + beta) / ((2 + alpha + beta) ** 2 * (3 + alpha + beta)))[:, 0]
    return (1 + diagonal) / 2, np.sqrt(np.maximum(square, 0)) / 2


def _weights(nodes: Floats, middle: Floats, beside: Floats) -> Floats:
    """Where a polynomial is too large for a float, the weight is zero to all digits."""
    before, here, squares = np.zeros_like(nodes), np.ones_like(nodes), np.ones_like(nodes)
    with np.errstate(all="ignore"):
        for k in range(nodes.shape[1] - 1):
            kept = beside[:, k - 1, None] * before if k else before
            before, here = here, ((nodes - middle[:, k, None]) * here - kept) / beside[:, k, None]
            squares += here**2
        return np.nan_to_num(1 / squares)


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
