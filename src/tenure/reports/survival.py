"""How long stays in a stage last: Kaplan & Meier (1958), stays that still last are censored on the right.

The interval is the log-log one of Kalbfleisch & Prentice with Greenwood's variance (95 %); that of the median follows
Brookmeyer & Crowley (1982): the lengths at which the interval of the curve crosses one half. While no stay has ended,
it is the exact one of so many stays of which none ended (Clopper & Pearson 1934).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import duckdb

from tenure.reports.behind import Behind, behind
from tenure.reports.board import rows

__all__ = ["Survival", "SurvivalPoint", "kaplan_meier", "none_ended", "stay_customers", "survival"]

Z = 1.959963984540054  # 95 %
Outcome = Literal["ended", "lasting", "all"]


@dataclass(frozen=True, slots=True)
class SurvivalPoint:
    """After `days` days: the share of stays that still last, with its interval (None where none can be told).

    `at_risk` stays had lasted up to here, `ended` of them ended exactly here, `lasting` were last seen here.
    """

    days: int
    at_risk: int
    ended: int
    lasting: int
    share: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Survival:
    """One stage's curve over `stays` stays, of which `lasting` still last. The median is None while over half last."""

    stage: str
    stays: int
    lasting: int
    points: tuple[SurvivalPoint, ...]

    @property
    def median(self) -> int | None:
        """The length by which half of the stays have ended, in days."""
        return next((point.days for point in self.points if point.share <= 0.5), None)

    @property
    def median_interval(self) -> tuple[int | None, int | None]:
        """The 95 % interval of the median; None where the curve has not come that far."""
        low = next((point.days for point in self.points if point.low is not None and point.low <= 0.5), None)
        high = next((point.days for point in self.points if point.high is not None and point.high <= 0.5), None)
        return low, high

    def at(self, days: int) -> float:
        """The share of stays that last longer than `days` days."""
        return next((point.share for point in reversed(self.points) if point.days <= days), 1.0)


def kaplan_meier(stage: str, lengths: Iterable[tuple[int, int, int]]) -> Survival:
    """The curve from (days, stays that ended, stays still lasting), by ascending days."""
    found = list(lengths)
    at_risk = stays = sum(ended + lasting for _, ended, lasting in found)
    share, variance, points = 1.0, 0.0, []
    for days, ended, lasting in found:
        share *= 1 - ended / at_risk
        if at_risk > ended:
            variance += ended / (at_risk * (at_risk - ended))
        points.append(SurvivalPoint(days, at_risk, ended, lasting, share, *_interval(share, variance, at_risk)))
        at_risk -= ended + lasting
    return Survival(stage, stays, sum(lasting for _, _, lasting in found), tuple(points))


def none_ended(at_risk: int) -> tuple[float, float]:
    """The interval of the share that lasts when none of so many stays has ended."""
    return 0.025 ** (1 / at_risk), 1.0


def _interval(share: float, variance: float, at_risk: int) -> tuple[float | None, float | None]:
    if share >= 1:
        return none_ended(at_risk)
    if share <= 0:
        return None, None
    width = Z * math.sqrt(variance) / math.log(share)
    return share ** math.exp(-width), share ** math.exp(width)


def survival(con: duckdb.DuckDBPyConnection, lifecycle: str, start: date, end: date, day: date) -> dict[str, Survival]:
    """The curve of every stage that has any, from the stays begun after `start`, up to `end`, as seen on `day`."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    values = {"lifecycle": lifecycle, "start": start, "end": end, "day": day}
    for stage, days, ended, lasting in rows(con, "survival", **values):
        found.setdefault(stage, []).append((days, ended, lasting))
    return {stage: kaplan_meier(stage, lengths) for stage, lengths in found.items()}


def stay_customers(
    con: duckdb.DuckDBPyConnection,
    lifecycle: str,
    stage: str,
    start: date,
    end: date,
    day: date,
    low: int = 0,
    high: int = 1_000_000,
    outcome: Outcome = "all",
    limit: int | None = None,
    offset: int = 0,
) -> Behind:
    """The customers behind a part of a curve: stays of `low` to `high` days that ended, still last, or both."""
    values = {"lifecycle": lifecycle, "stage": stage, "start": start, "end": end, "day": day}
    values |= {"low": low, "high": high, "outcome": outcome}
    return behind(con, "survival_customers", values, limit, offset)
