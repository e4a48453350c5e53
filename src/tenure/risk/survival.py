"""How long customers last: Kaplan–Meier by stage, channel or cohort, until the first silence or the end of a contract.

A customer is followed from the first order (for stages: from the day it first entered the stage, if not lost then).
It is lost on the day that the silence has lasted as long as the shop's own horizon says, or that its contract ended;
who returns later was lost all the same. Everybody else is followed until the instant, and then censored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, get_args

import duckdb
import numpy as np

from tenure.clock import AsOf, naive
from tenure.definitions import Definitions
from tenure.errors import UsageError
from tenure.features import compute
from tenure.risk.examples import Awaited, Horizon
from tenure.value import KaplanMeier, contracts, least_lasting

__all__ = ["By", "Curve", "Survival", "survival"]

By = Literal["all", "stage", "channel", "cohort"]
FEWEST = 20  # customers of a group with a curve of its own
EVER = 100_000  # days: where renewals are never told, silence ends no contract
NAMES: dict[Awaited, list[str]] = {
    "purchase": ["Order Completed"],
    "renewal": ["Subscription Started", "Subscription Renewed", "Subscription Cancelled"],
}
Values = Mapping[str, Any]
_FIRST = (
    "SELECT customer_key, min(day) AS first FROM events WHERE kind = 'track'"
    " AND list_contains(CAST($names AS VARCHAR[]), name) AND ts < CAST($before AS TIMESTAMP) GROUP BY customer_key"
)
_NAMED = "CASE WHEN q THEN strftime(first, '%Y-Q') || quarter(first) ELSE strftime(first, '%Y') END"
QUERIES: dict[By, str] = {
    "all": f"SELECT customer_key, '' AS name, CAST(NULL AS DATE) AS day FROM ({_FIRST})",
    "cohort": f"SELECT customer_key, {_NAMED} AS name, CAST(NULL AS DATE) AS day FROM"
    f" (SELECT *, CAST($day AS DATE) - min(first) OVER () <= 900 AS q FROM ({_FIRST}))",
    "channel": "SELECT customer_key, coalesce(CAST(channel AS VARCHAR), '') AS name, CAST(NULL AS DATE) AS day"
    " FROM of_channel",
    "stage": "SELECT customer_key, stage AS name, min(entered) AS day FROM stage_history"
    " WHERE lifecycle = $lifecycle AND entered < CAST($day AS DATE) GROUP BY customer_key, stage",
}
"""The groups. Cohorts are quarters of the first order (or contract) in a history of up to 900 days, else years."""


@dataclass(frozen=True)
class Curve:
    """One group: at each time (days) of a loss the part that lasts, its 95 % interval, and who was followed so far.

    `name` is a stage, a channel, a year or a quarter; empty for everybody, and for an unknown channel. `longest` is how
    long anybody of the group was followed; `left`, how many were followed for exactly so many days, lost or not. Before
    the day `soonest` nobody can be lost, by what lost means: there, and only there, all last for certain.
    """

    name: str
    customers: int
    lost: int
    longest: int
    days: tuple[int, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    at_risk: tuple[int, ...]
    left: tuple[tuple[int, int], ...]
    soonest: int = 0

    def followed(self, day: int) -> int:
        """How many were followed for longer than so many days without a loss."""
        return sum(customers for days, customers in self.left if days > day)

    def document(self) -> dict[str, Any]:
        """Plain values for JSON: the last day before the first loss, then one point a time of a loss."""
        names = ("days", "share", "low", "high", "at_risk")
        rows = [*self._unlost(), *zip(*(getattr(self, name) for name in names), strict=True)]
        said = {"name": self.name, "customers": self.customers, "lost": self.lost, "median": self.median}
        return {**said, "points": [dict(zip(names, row, strict=True)) for row in rows]}

    @property
    def median(self) -> int | None:
        """The day half do not outlast; None while more than half last."""
        return next((day for day, share in zip(self.days, self.share, strict=True) if share <= 0.5), None)

    def at(self, day: int) -> tuple[float, float, float] | None:
        """(part that lasts longer than so many days, low, high); None beyond what anybody was followed for."""
        if day > self.longest:
            return None
        place = int(np.searchsorted(self.days, day, side="right")) - 1
        if place >= 0:
            return self.share[place], self.low[place], self.high[place]
        return (1.0, 1.0 if day < self.soonest else float(least_lasting(self._at_risk(day))), 1.0)

    def _at_risk(self, day: int) -> int:
        return sum(customers for days, customers in self.left if days >= day)

    def _unlost(self) -> list[tuple[int, float, float, float, int]]:
        """The last day on which nobody had been lost, with its interval; nothing where somebody was on the first."""
        day = self.days[0] - 1 if self.days else self.longest
        found = self.at(day) if day >= 0 else None
        return [] if found is None else [(day, *found, self._at_risk(day))]


@dataclass(frozen=True)
class Survival:
    """The curves of a company as of an instant, the largest group first; `left_out` customers are of smaller groups.

    `days` is the silence after which a customer counts as lost, or after which a contract has ended.
    """

    as_of: AsOf
    by: By
    awaited: Awaited
    days: int
    curves: tuple[Curve, ...]
    left_out: int

    def document(self) -> dict[str, Any]:
        """Plain values for JSON: every curve with its points."""
        curves = [each.document() for each in self.curves]
        said = {"as_of": self.as_of.text, "by": self.by, "awaited": self.awaited, "days": self.days}
        return {**said, "left_out": self.left_out, "curves": curves}


def survival(
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    as_of: AsOf,
    horizon: Horizon,
    by: By = "all",
    lifecycle: str = "",
) -> Survival:
    """Every group's curve. Raises UsageError for another `by`, or when nobody bought or began a contract."""
    if by not in get_args(By):
        raise UsageError(f'Survival is told by {", ".join(get_args(By))}, not by "{by}".')
    values = {"names": NAMES[horizon.awaited], "before": naive(as_of.instant), "day": as_of.day, "lifecycle": lifecycle}
    _entered(con, definitions, as_of, by, values)
    silence = horizon.days
    if horizon.awaited == "renewal":
        known = contracts(con, as_of)
        silence = int(np.ceil(known.period * 1.25)) if known.expires else EVER
    asked = {name: values[name] for name in ("names", "before", "day")}
    rows = con.execute(_sql("lasting"), {**asked, "silence": silence}).fetchall()
    con.execute("DROP TABLE entered").fetchall()
    if not rows and by == "all":
        raise UsageError(f"Nobody bought or held a contract before {as_of.day}.")
    groups: dict[str, list[tuple[int, bool, int]]] = {}
    for name, days, lost, customers in rows:
        groups.setdefault(name, []).append((days, lost, customers))
    soonest = silence if horizon.awaited == "purchase" and by != "stage" else 0
    curves = [_curve(name, told, soonest) for name, told in groups.items()]
    shown = [curve for curve in curves if curve.customers >= (FEWEST if by != "all" else 1)]
    left_out = sum(curve.customers for curve in curves) - sum(curve.customers for curve in shown)
    listed = sorted(shown, key=(lambda c: c.name) if by == "cohort" else (lambda c: -c.customers))
    return Survival(as_of, by, horizon.awaited, silence, tuple(listed), left_out)


def _curve(name: str, told: list[tuple[int, bool, int]], soonest: int) -> Curve:
    days, lost, customers = (np.array(column) for column in zip(*told, strict=True))
    found = KaplanMeier().fit(days, lost, customers)
    share, low, high = (tuple(float(each) for each in column) for column in (found.survival_, found.low_, found.high_))
    times, at_risk = (tuple(int(each) for each in column) for column in (found.times_, found.at_risk_))
    many, gone = int(customers.sum()), int(customers[lost].sum())
    left = tuple((int(day), int(count)) for day, count in zip(days, customers, strict=True))
    return Curve(name, many, gone, int(days.max()), times, share, low, high, at_risk, left, soonest)


def _entered(con: duckdb.DuckDBPyConnection, definitions: Definitions, as_of: AsOf, by: By, values: Values) -> None:
    """Make the temp table `entered`: customer_key, the group's name, and the day followed from (NULL: the first)."""
    query = QUERIES[by]
    if by == "channel":
        if "channel" not in definitions.features:
            raise UsageError('There is no feature "channel" in the definitions, so there is none to tell survival by.')
        compute(con, definitions, as_of, keys=frozenset({"channel"}), table="of_channel")
    used = {name: value for name, value in values.items() if f"${name}" in query}
    con.execute(f"CREATE OR REPLACE TEMP TABLE entered AS {query}", used).fetchall()


def _sql(name: str) -> str:
    return files("tenure.risk").joinpath(f"{name}.sql").read_text("utf-8")
