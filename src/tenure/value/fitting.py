"""Maximum likelihood: the climb, standard errors, and a verdict in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tenure.value.histories import Floats

__all__ = ["Climb", "Score", "Verdict", "climb", "covariance_at"]

Score = Callable[[Floats], tuple[float, Floats]]
"""θ → (log-likelihood, its gradient)."""

TOLERANCE = 1e-6
FAR = 16.0


@dataclass(frozen=True)
class Verdict:
    """What a fit is worth, in a sentence. `kind`: sound, no_dropout, loose, not_converged, or given (not fitted)."""

    kind: str
    text: str
    evaluations: int = 0

    @property
    def converged(self) -> bool:
        """Whether the top of the likelihood was reached."""
        return self.kind != "not_converged"

    @property
    def identified(self) -> bool:
        """Whether the data can tell every parameter."""
        return self.kind in ("sound", "given")


@dataclass(frozen=True)
class Climb:
    """Where a climb ended: the place, the height, and whether the top was reached."""

    theta: Floats
    height: float
    converged: bool
    evaluations: int


def climb(score: Score, start: Floats, size: float, inverse: Floats | None = None) -> Climb:
    """The top of a log-likelihood of `size` customers from `start`, by BFGS on the mean.

    `inverse` is a first guess of the inverse curvature. Parameters wander in a box of e^±16 about 1, beyond which a
    likelihood is flat.
    """
    from scipy.optimize import minimize

    def down(theta: Floats) -> tuple[float, Floats]:
        held = np.clip(theta, -FAR, FAR)
        height, slope = score(held)
        beyond = theta - held
        return -height / size + float(beyond @ beyond), -slope / size + 2 * beyond

    options: dict[str, object] = {"gtol": TOLERANCE, "maxiter": 300}
    if inverse is not None:
        options["hess_inv0"] = inverse
    found = minimize(down, start, jac=True, method="BFGS", options=options)
    flat = float(np.abs(found.jac).max()) < 1e-5
    return Climb(np.clip(found.x, -FAR, FAR), -float(found.fun) * size, flat, int(found.nfev))


def covariance_at(score: Score, theta: Floats, step: float = 1e-4, both: bool = True) -> Floats | None:
    """The covariance of θ: the inverse of the information, by differences of the gradient; None if singular.

    With `both` the differences are central; else one-sided, half the work, right to about `step`.
    """
    rows = []
    middle = None if both else score(theta)[1]
    for shift in step * np.eye(len(theta)):
        below = score(theta - shift)[1] if middle is None else middle
        rows.append((score(theta + shift)[1] - below) / (2 * step if both else step))
    information = -(np.array(rows) + np.array(rows).T) / 2
    values, vectors = np.linalg.eigh(information)
    if values.min() <= 1e-9 * max(values.max(), 0.0):
        return None
    inverse = (vectors / values) @ vectors.T
    return np.asarray((inverse + inverse.T) / 2)
