"""The churn model: P(no purchase in the next t days), or of contracts P(not renewed), with reasons.

It is learned at several past cuts and calibrated. Only cuts whose outcome is complete teach: t days lie between each
cut and now. The newest but one of them calibrates, the newest one judges; what is then used learns from all but the
newest and is calibrated on that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenure.errors import UsageError
from tenure.risk.examples import Awaited, Examples, Floats
from tenure.risk.forest import Forest, grow
from tenure.risk.linear import Linear, draw_line

__all__ = ["BOOSTING", "LOGISTIC", "Churn", "fit", "learn"]

BOOSTING, LOGISTIC = "boosting", "logistic"
FEWEST = 200  # customers, and of each outcome at least FEW_EACH, to learn anything
FEW_EACH = 20
_MODELS: dict[str, Callable[[Floats, NDArray[np.bool_]], Forest | Linear]] = {BOOSTING: grow, LOGISTIC: draw_line}


@dataclass(frozen=True)
class Churn:
    """A calibrated model: log-odds = gain · (the model's log-odds) + shift."""

    kind: str
    days: int
    names: tuple[str, ...]
    model: Forest | Linear
    gain: float
    shift: float
    middle: Floats  # the training customers' median of each feature: what a reason is compared with
    awaited: Awaited = "purchase"

    def probability(self, values: Floats) -> Floats:
        """P(nothing of what is awaited in the next `days` days), one a row."""
        return _odds_to_share(self.gain * self.model.log_odds(values) + self.shift)

    @property
    def average(self) -> float:
        """The log-odds that all reasons of a row are added to."""
        return self.gain * self.model.average + self.shift

    def reasons(self, values: Floats) -> Floats:
        """What each feature adds to the log-odds; with `average` they add up to the forecast exactly."""
        return self.gain * self.model.reasons(values)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "kind": self.kind,
            "days": self.days,
            "awaited": self.awaited,
            "names": list(self.names),
            "model": self.model.to_dict(),
            "gain": self.gain,
            "shift": self.shift,
            "middle": [None if np.isnan(each) else float(each) for each in self.middle],
        }

    @classmethod
    def from_dict(cls, said: dict[str, Any]) -> Churn:
        """What `to_dict` gave."""
        middle = np.array([np.nan if each is None else each for each in said["middle"]], dtype=float)
        model = (Forest if said["kind"] == BOOSTING else Linear).from_dict(said["model"])
        awaited = said.get("awaited", "purchase")
        return cls(
            said["kind"], said["days"], tuple(said["names"]), model, said["gain"], said["shift"], middle, awaited
        )


def fit(
    kind: str, days: int, teaching: Sequence[Examples], calibrating: Examples, awaited: Awaited = "purchase"
) -> Churn:
    """One model of a kind from cuts, calibrated on a later one. Raises UsageError with too little to learn from."""
    values = np.concatenate([each.values for each in teaching])
    lost = np.concatenate([_outcome(each) for each in teaching])
    _enough(lost)
    model = _MODELS[kind](values, lost)
    gain, shift = _calibrated(model.log_odds(calibrating.values), _outcome(calibrating))
    with np.errstate(all="ignore"):
        known = ~np.isnan(values).all(axis=0)
        middle = np.full(values.shape[1], np.nan)
        middle[known] = np.nanmedian(values[:, known], axis=0)
    return Churn(kind, days, teaching[0].names, model, gain, shift, middle, awaited)


def learn(days: int, cuts: Sequence[Examples], awaited: Awaited = "purchase") -> list[Churn]:
    """Every kind of model from cuts given newest first: the newest calibrates, the others teach."""
    teaching = cuts[1:] or cuts
    return [fit(kind, days, teaching, cuts[0], awaited) for kind in _MODELS]


def _outcome(each: Examples) -> NDArray[np.bool_]:
    if each.lost is None:
        raise UsageError("The outcome of this cut is still open: nothing can be learned from it.")
    return each.lost


def _enough(lost: NDArray[np.bool_]) -> None:
    kept = int((~lost).sum())
    if len(lost) < FEWEST or min(kept, len(lost) - kept) < FEW_EACH:
        raise UsageError(
            f"There is too little to learn from: with every customer counted at each past date, {kept} of {len(lost)}"
            f" bought or renewed in time. At least {FEWEST} are needed, and {FEW_EACH} of either kind."
        )


def _calibrated(log_odds: Floats, lost: NDArray[np.bool_], steps: int = 50) -> tuple[float, float]:
    """Gain and shift of highest likelihood (Platt 1999, with his prior counts), by Newton's method."""
    kept, gone = int((~lost).sum()), int(lost.sum())
    target = np.where(lost, (gone + 1) / (gone + 2), 1 / (kept + 2))
    at = np.array([1.0, 0.0])
    design = np.column_stack([log_odds, np.ones(len(log_odds))])
    for _step in range(steps):
        share = _odds_to_share(design @ at)
        slope = design.T @ (share - target)
        bend = (design * (share * (1 - share))[:, None]).T @ design + 1e-9 * np.eye(2)
        move = np.linalg.solve(bend, slope)
        at = at - np.clip(move, -2.0, 2.0)
        if np.abs(move).max() < 1e-10:
            break
    return (float(at[0]), float(at[1])) if at[0] > 0 else (1.0, 0.0)


def _odds_to_share(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -40.0, 40.0))))
