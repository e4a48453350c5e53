"""The backtest of a lifecycle: history restated at month starts, and how well its stages told what came next.

At the first instant of a month everybody has a stage from events strictly before it; the outcome is what they did in
the 90 days from that day on. A month whose 90 days are not over is left out. Loss is no completed order; revenue is
orders less refunds.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files

import duckdb
import numpy as np
import numpy.typing as npt

from tenure.clock import AsOf, Clock
from tenure.definitions import Definitions, Lifecycle
from tenure.stages.history import compute_history
from tenure.store import Snapshot

__all__ = [
    "DAYS",
    "Backtest",
    "Separation",
    "StageOutcome",
    "backtest",
    "concordance",
    "month_ends",
    "restate",
    "stability_index",
]

DAYS = 90
FLAP_DAYS = 30
MONTHS = 24
FLOOR = 1e-4  # a share under which the stability index would be infinite
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """A stage over all months: customers (counted once a month), what they brought and how many were lost.

    `revenue` is minor units a customer; the lifts are against the average of everybody. None where nothing can be said.
    """

    stage: str
    customers: int
    revenue: float | None
    revenue_lift: float | None
    loss: float | None
    loss_lift: float | None


@dataclass(frozen=True, slots=True)
class Separation:
    """How well the stages put customers in the order of what they did next: 1 perfectly, 0.5 no better than chance.

    Each is the share of pairs with different outcomes in which the one in the better stage did better (half a point for
    pairs in one stage), averaged over the months by pairs. Better is `order`: later in the lifecycle, leaving stages
    first of all; or `rates`: by the stage's own figures in months whose 90 days were over before.
    """

    order_loss: float | None
    order_revenue: float | None
    rates_loss: float | None
    rates_revenue: float | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """One lifecycle under one set of definitions, over `months` (their first days).

    `shift` and `worst_shift` are the population stability index of the stages' shares from month to month, mean and
    largest. `taken_back` of `moves` were followed by a return to the former stage within 30 days.
    `flows` are the moves of the whole time: (from, to, moves).
    """

    months: tuple[date, ...]
    left_out: tuple[date, ...]
    customers: int
    stages: tuple[StageOutcome, ...]
    separation: Separation
    shift: float | None
    worst_shift: float | None
    moves: int
    taken_back: int
    flows: tuple[tuple[str | None, str, int], ...]


@dataclass(frozen=True)
class _Month:
    """One month's customers by stage: what each brought, and whether each ordered (1) or was lost (0)."""

    revenue: Mapping[str, Array]
    ordered: Mapping[str, Array]


def month_ends(first: date, moment: AsOf, months: int = MONTHS) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """(months that can be judged, months whose outcome is not complete): first days, oldest first."""
    start = moment.day.replace(day=1)
    found = []
    for back in range(months):
        number = start.year * 12 + start.month - 1 - back
        found.append(date(number // 12, number % 12 + 1, 1))
    wanted = [month for month in reversed(found) if month > first]
    whole = tuple(month for month in wanted if month + timedelta(days=DAYS) <= moment.day)
    return whole, tuple(month for month in wanted if month not in whole)


def backtest(
    snapshot: Snapshot, definitions: Definitions, key: str, clock: Clock, moment: AsOf, months: int = MONTHS
) -> Backtest:
    """Restate a lifecycle at the month starts of the last `months` months and judge its stages.

    The history is made on the workspace's engine, what is read from it by DuckDB.
    """
    con = snapshot.connect()
    first = con.execute("SELECT min(day) FROM events").fetchall()[0][0] or moment.day
    whole, left_out = month_ends(first, moment, months)
    lifecycle = definitions.lifecycles[key]
    if not whole:
        nothing = tuple(StageOutcome(stage.key, 0, None, None, None, None) for stage in lifecycle.stages)
        return Backtest((), left_out, 0, nothing, Separation(None, None, None, None), None, None, 0, 0, ())
    restate(snapshot, con, definitions, key, clock, whole)
    con.execute(f"CREATE OR REPLACE TEMP TABLE outcomes AS {_sql('outcomes')}", {"days": DAYS}).fetchall()
    judged = [_month(con, lifecycle, month) for month in whole]
    shifts = [stability_index(_sizes(a), _sizes(b)) for a, b in itertools.pairwise(judged)]
    moves, back = con.execute(_sql("flaps"), {"start": whole[0], "end": whole[-1], "days": FLAP_DAYS}).fetchall()[0]
    stages = _stages(lifecycle, judged)
    return Backtest(
        whole,
        left_out,
        sum(each.customers for each in stages),
        stages,
        _separation(lifecycle, whole, judged),
        sum(shifts) / len(shifts) if shifts else None,
        max(shifts, default=None),
        moves,
        back,
        _flows(con, whole),
    )


def restate(
    snapshot: Snapshot,
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    key: str,
    clock: Clock,
    months: Sequence[date],
) -> None:
    """Make the temp table `states` in `con`: everybody's stage in a lifecycle at several months' starts.

    Grain: one row per month (its first day) and customer known before its first instant: month, customer_key, stage.
    One history tells all of them; it stays in the table `stays`.
    """
    with snapshot.working(con, "stays") as engine:
        compute_history(engine, definitions, clock.as_of(max(months) + timedelta(days=1)), lifecycles=[key])
    con.execute("CREATE OR REPLACE TEMP TABLE months (month DATE)").fetchall()
    con.executemany("INSERT INTO months VALUES (?)", [[month] for month in months])
    con.execute(f"CREATE OR REPLACE TEMP TABLE states AS {_sql('states')}").fetchall()


def _sql(name: str) -> str:
    return files("tenure.stages").joinpath(f"{name}.sql").read_text("utf-8")


def _flows(con: duckdb.DuckDBPyConnection, months: Sequence[date]) -> tuple[tuple[str | None, str, int], ...]:
    query = "SELECT previous, stage, count(*) AS n FROM stays WHERE entered > ? AND entered <= ? GROUP BY ALL"
    return tuple(
        con.execute(f"{query} ORDER BY n DESC, previous NULLS FIRST, stage", [months[0], months[-1]]).fetchall()
    )


def _month(con: duckdb.DuckDBPyConnection, lifecycle: Lifecycle, month: date) -> _Month:
    found = con.execute(
        "SELECT s.stage, coalesce(o.revenue, 0) AS revenue, coalesce(o.ordered, false) AS ordered FROM states AS s"
        " LEFT JOIN outcomes AS o ON o.month = s.month AND o.customer_key = s.customer_key WHERE s.month = ?",
        [month],
    ).fetchnumpy()
    stage = np.asarray(found["stage"], dtype=object)
    revenue, ordered = (np.asarray(found[name], dtype=np.float64) for name in ("revenue", "ordered"))
    keys = [each.key for each in lifecycle.stages]
    return _Month({key: revenue[stage == key] for key in keys}, {key: ordered[stage == key] for key in keys})


def _sizes(month: _Month) -> dict[str, int]:
    return {stage: len(values) for stage, values in month.revenue.items()}


def _stages(lifecycle: Lifecycle, months: Sequence[_Month]) -> tuple[StageOutcome, ...]:
    total = sum(sum(_sizes(month).values()) for month in months)
    revenue = sum(float(values.sum()) for month in months for values in month.revenue.values())
    kept = sum(float(values.sum()) for month in months for values in month.ordered.values())
    found = []
    for stage in lifecycle.stages:
        count = sum(len(month.revenue[stage.key]) for month in months)
        brought = sum(float(month.revenue[stage.key].sum()) for month in months)
        lost = count - sum(float(month.ordered[stage.key].sum()) for month in months)
        each, loss = _ratio(brought, count), _ratio(lost, count)
        average, average_loss = _ratio(revenue, total), _ratio(total - kept, total)
        found.append(StageOutcome(stage.key, count, each, _ratio(each, average), loss, _ratio(loss, average_loss)))
    return tuple(found)


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _separation(lifecycle: Lifecycle, months: Sequence[date], judged: Sequence[_Month]) -> Separation:
    leaving = [stage.key for stage in lifecycle.stages if stage.leaving]
    order = [*leaving, *(stage.key for stage in lifecycle.stages if not stage.leaving)]
    ranks: dict[str, float] = {key: float(max(0, place - len(leaving) + 1)) for place, key in enumerate(order)}
    loss, revenue, rated_loss, rated_revenue = _Mean(), _Mean(), _Mean(), _Mean()
    for index, month in enumerate(judged):
        loss.add(*concordance(month.ordered, ranks))
        revenue.add(*concordance(month.revenue, ranks))
        known = [judged[i] for i in range(index) if months[i] + timedelta(days=DAYS) <= months[index]]
        if known:
            rated_loss.add(*concordance(month.ordered, _rates([each.ordered for each in known])))
            rated_revenue.add(*concordance(month.revenue, _rates([each.revenue for each in known])))
    return Separation(loss.value, revenue.value, rated_loss.value, rated_revenue.value)


class _Mean:
    """A mean weighted by the pairs compared."""

    def __init__(self) -> None:
        self.points, self.pairs = 0.0, 0.0

    def add(self, points: float, pairs: float) -> None:
        self.points, self.pairs = self.points + points, self.pairs + pairs

    @property
    def value(self) -> float | None:
        return self.points / self.pairs if self.pairs else None


def _rates(known: Sequence[Mapping[str, Array]]) -> dict[str, float]:
    """Each stage's mean outcome in earlier months; a stage without customers then gets everybody's."""
    everybody = np.concatenate([values for month in known for values in month.values()])
    rest = float(everybody.mean()) if len(everybody) else 0.0
    found = {}
    for stage in known[0]:
        mine = np.concatenate([month[stage] for month in known])
        found[stage] = float(mine.mean()) if len(mine) else rest
    return found


def concordance(outcomes: Mapping[str, Array], ranks: Mapping[str, float]) -> tuple[float, float]:
    """(points, pairs): of all pairs with different outcomes, a point where the higher rank did better, half for ties.

    Harrell's C; with outcomes 0 and 1 it is the area under the ROC curve.
    """
    found = {stage: np.unique(values, return_counts=True) for stage, values in outcomes.items() if len(values)}
    stages = sorted(found, key=lambda stage: ranks[stage])
    points = pairs = 0.0
    for place, low in enumerate(stages):
        inside = _different(found[low][1])
        points, pairs = points + inside / 2, pairs + inside
        for high in stages[place + 1 :]:
            wins, losses = _compared(found[low], found[high])
            points += (wins + losses) / 2 if ranks[low] == ranks[high] else wins
            pairs += wins + losses
    return points, pairs


def _different(counts: npt.NDArray[np.int64]) -> float:
    """Pairs within one group whose values differ."""
    total = float(counts.sum())
    return (total * total - float((counts.astype(np.float64) ** 2).sum())) / 2


def _compared(
    low: tuple[Array, npt.NDArray[np.int64]], high: tuple[Array, npt.NDArray[np.int64]]
) -> tuple[float, float]:
    """Pairs (one of each group) in which the second has the larger value, and the smaller one."""
    summed = np.concatenate([[0.0], np.cumsum(low[1].astype(np.float64))])
    under = summed[np.searchsorted(low[0], high[0], side="left")]
    up_to = summed[np.searchsorted(low[0], high[0], side="right")]
    counts = high[1].astype(np.float64)
    return float((counts * under).sum()), float((counts * (summed[-1] - up_to)).sum())


def stability_index(before: Mapping[str, int], after: Mapping[str, int]) -> float:
    """Population stability index of two distributions: the sum of (q - p) · ln(q / p); under 0.1 is called stable."""
    totals = sum(before.values()) or 1, sum(after.values()) or 1
    index = 0.0
    for key in before:
        p, q = max(before[key] / totals[0], FLOOR), max(after.get(key, 0) / totals[1], FLOOR)
        index += (q - p) * math.log(q / p)
    return index
