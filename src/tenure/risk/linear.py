"""Logistic regression on tamed figures: the plain model that boosting has to beat, with exact reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Linear", "draw_line"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """log-odds = start + Σ slope · (tamed value − middle) / spread. Unknown values count as the middle."""

    start: float
    slope: Floats
    middle: Floats
    spread: Floats

    def log_odds(self, values: Floats) -> Floats:
        """One number a row."""
        return np.asarray(self.start + self.reasons(values).sum(axis=1))

    @property
    def average(self) -> float:
        """The log-odds of somebody with middling figures."""
        return self.start

    def reasons(self, values: Floats) -> Floats:
        """What each feature adds to the log-odds of each row."""
        return _scaled(values, self.middle, self.spread) * self.slope

    def to_dict(self) -> dict[str, Any]:
        """Plain lists."""
        return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in vars(self).items()}

    @classmethod
    def from_dict(cls, said: dict[str, Any]) -> Linear:
        """What `to_dict` gave."""
        return cls(float(said["start"]), *(np.array(said[name]) for name in ("slope", "middle", "spread")))


def draw_line(values: Floats, lost: NDArray[np.bool_]) -> Linear:
    """Maximum likelihood with a light ridge, by scikit-learn."""
    from sklearn.linear_model import LogisticRegression

    tamed = _tamed(values)
    with np.errstate(all="ignore"):
        known = ~np.isnan(tamed).all(axis=0)
        middle, spread = np.zeros(tamed.shape[1]), np.ones(tamed.shape[1])
        middle[known] = np.nanmean(tamed[:, known], axis=0)
        spread[known] = np.nanstd(tamed[:, known], axis=0)
    spread[~(spread > 0)] = 1.0
    fitted = LogisticRegression(C=1.0, max_iter=500).fit(_scaled(values, middle, spread), lost)
    return Linear(float(fitted.intercept_[0]), fitted.coef_[0].astype(float), middle, spread)


def _tamed(values: Floats) -> Floats:
    """Counts, money and days are skewed: their size in logarithms, the sign kept."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def _scaled(values: Floats, middle: Floats, spread: Floats) -> Floats:
    scaled = (_tamed(values) - middle) / spread
    return np.asarray(np.clip(np.nan_to_num(scaled, nan=0.0, posinf=8.0, neginf=-8.0), -8.0, 8.0))
