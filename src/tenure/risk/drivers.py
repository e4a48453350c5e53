"""What tells the lost from the kept, and the shrinking from the steady, when both still looked alike.

For each feature as of the cut: how often a lost customer has the larger value than a kept one (the probability of
superiority, Vargha & Delaney 2000; 0.5 means no difference), with the 95 % interval of Hanley & McNeil 1982, and a
rank-sum test guarded against chance over all features (Benjamini & Hochberg 1995).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from tenure.definitions import Feature, Words
from tenure.risk.examples import Floats
from tenure.risk.reasons import shown
from tenure.risk.scoring import auc

__all__ = ["Driver", "drivers"]

MIN_GROUP = 20
FALSE_SHARE = 0.05


@dataclass(frozen=True)
class Driver:
    """One feature that separates two groups: `effect` with its interval, the medians, the guarded p-value, in words."""

    feature: str
    effect: float
    low: float
    high: float
    median_gone: float
    median_kept: float
    adjusted_p: float
    words: Words


def drivers(
    names: tuple[str, ...],
    values: Floats,
    gone: NDArray[np.bool_],
    features: Mapping[str, Feature],
    currency: str,
    leave_out: frozenset[str] = frozenset(),
) -> list[Driver]:
    """The features that separate beyond chance, strongest first; those known for too few customers are left out."""
    found = []
    for place, name in enumerate(names):
        known = ~np.isnan(values[:, place])
        column, group = values[known, place], gone[known]
        if name in leave_out or min(int(group.sum()), int((~group).sum())) < MIN_GROUP or np.ptp(column) == 0:
            continue
        found.append((name, *_compared(column, group)))
    kept = _guarded([each[-1] for each in found])
    listed = [
        _driver(features[name], effect, low, high, medians, p, currency)
        for (name, effect, low, high, medians, _), p in zip(found, kept, strict=True)
        if p <= FALSE_SHARE
    ]
    return sorted(listed, key=lambda driver: -abs(driver.effect - 0.5))


def _compared(column: Floats, gone: NDArray[np.bool_]) -> tuple[float, float, float, tuple[float, float], float]:
    effect = auc(column, gone)
    assert effect is not None
    n, m = int(gone.sum()), int((~gone).sum())
    margin = 1.96 * sqrt(_variance(effect, n, m))
    medians = float(np.median(column[gone])), float(np.median(column[~gone]))
    return effect, max(0.0, effect - margin), min(1.0, effect + margin), medians, _rank_sum(column, effect, n, m)


def _variance(effect: float, n: int, m: int) -> float:
    """Of the area under the curve (Hanley & McNeil 1982, equations 1 and 2)."""
    q1, q2 = effect / (2 - effect), 2 * effect**2 / (1 + effect)
    return max(0.0, (effect * (1 - effect) + (n - 1) * (q1 - effect**2) + (m - 1) * (q2 - effect**2)) / (n * m))


def _rank_sum(column: Floats, effect: float, n: int, m: int) -> float:
    """Two-sided p-value of the rank-sum test, normal approximation with the correction for ties."""
    counts = np.unique(column, return_counts=True)[1].astype(float)
    total = n + m
    ties = float((counts**3 - counts).sum()) / (total * (total - 1))
    spread = sqrt(n * m / 12 * (total + 1 - ties))
    return erfc(abs(effect - 0.5) * n * m / spread / sqrt(2)) if spread else 1.0


def _guarded(p_values: list[float]) -> list[float]:
    """Benjamini & Hochberg's adjusted p-values, in the order given."""
    count = len(p_values)
    order = np.argsort(p_values)
    adjusted, least = np.empty(count), 1.0
    for rank in range(count, 0, -1):
        place = order[rank - 1]
        least = min(least, p_values[place] * count / rank)
        adjusted[place] = least
    return [float(each) for each in adjusted]


def _driver(
    feature: Feature, effect: float, low: float, high: float, medians: tuple[float, float], p: float, currency: str
) -> Driver:
    gone, kept = ((shown(feature, each, currency, False), shown(feature, each, currency, True)) for each in medians)
    share = max(effect, 1 - effect)
    en = (
        f"{feature.title.text('en')}: {gone[0]} against {kept[0]};"
        f" {'larger' if effect > 0.5 else 'smaller'} in {share:.0%} of pairs"
    )
    zh = (
        f"{feature.title.text('zh')}：{gone[1]}，对照为 {kept[1]}；"
        f"两两比较中 {share:.0%} {'更大' if effect > 0.5 else '更小'}"
    )
    return Driver(feature.key, effect, low, high, medians[0], medians[1], p, Words(en, zh))
