"""How good forecasts of loss were: the figures of a hold-out."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Figures", "Tenth", "figures"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tenth:
    """A tenth of the customers by forecast, the safest first: how many, forecast and share lost in truth."""

    customers: int
    expected: float
    actual: float


@dataclass(frozen=True)
class Figures:
    """Forecasts against what happened.

    `auc`: how often a lost customer had the higher forecast than a kept one (ties half; None when all are alike);
    `brier` and `log_loss`: smaller is better; `bias`: mean forecast less share lost; `top_lift`: the share lost among
    the tenth with the highest forecast, as a multiple of everybody's.
    """

    customers: int
    lost: int
    auc: float | None
    brier: float
    log_loss: float
    bias: float
    top_lift: float | None
    tenths: tuple[Tenth, ...]

    def document(self) -> dict[str, object]:
        """Plain values for JSON."""
        return asdict(self)


def figures(expected: Floats, lost: NDArray[np.bool_]) -> Figures:
    """The figures of one forecast for customers."""
    share = float(lost.mean())
    safe = np.clip(expected, 1e-12, 1 - 1e-12)
    order = np.argsort(expected, kind="stable")
    parts = [part for part in np.array_split(order, 10) if len(part)]
    tenths = tuple(Tenth(len(part), float(expected[part].mean()), float(lost[part].mean())) for part in parts)
    return Figures(
        len(lost),
        int(lost.sum()),
        auc(expected, lost),
        float(((expected - lost) ** 2).mean()),
        float(-np.where(lost, np.log(safe), np.log(1 - safe)).mean()),
        float(expected.mean()) - share,
        tenths[-1].actual / share if share else None,
        tenths,
    )


def auc(by: Floats, lost: NDArray[np.bool_]) -> float | None:
    """The area under the ROC curve, by ranks (Mann & Whitney); ties share theirs."""
    gone, kept = int(lost.sum()), int((~lost).sum())
    if not gone or not kept:
        return None
    _values, of, counts = np.unique(by, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[of.ravel()]
    return float((ranks[lost].sum() - gone * (gone + 1) / 2) / (gone * kept))
