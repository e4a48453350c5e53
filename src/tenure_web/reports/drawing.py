"""The reports as charts and tables: the library's figures with words, colours and the addresses behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tenure import reports
from tenure_web.reports.cells import FLOW, LONGEST, when
from tenure_web.reports.choice import Choice
from tenure_web.theme.colours import slots
from tenure_web.theme.templatetags.look import number, told

LENGTHS = (7, 30, 90, 180, 365)
POINTS = 160  # of a curve: more than a screen shows
CURVES = 12  # cohorts drawn as curves, the latest ones


def colours(choice: Choice) -> dict[str, str]:
    """{stage: slot} of the lifecycle."""
    stages = choice.lifecycle.stages
    return slots([stage.key for stage in stages], {stage.key for stage in stages if stage.leaving})


@dataclass(frozen=True)
class Line:
    """A move as the table shows it."""

    move: reports.MapMove
    start: Any
    end: Any
    from_slot: str
    to_slot: str
    href: str
    stays_href: str


def move_lines(choice: Choice, moves: tuple[reports.MapMove, ...]) -> list[Line]:
    """Every move with its stages, colours and address."""
    known, slot = {stage.key: stage for stage in choice.lifecycle.stages}, colours(choice)
    return [
        Line(
            move,
            known.get(move.from_stage or ""),
            known[move.to_stage],
            slot.get(move.from_stage or "", ""),
            slot[move.to_stage],
            choice.cell("moves", **{"from": move.from_stage, "to": move.to_stage}),
            choice.cell("moves", **{"from": move.from_stage}),
        )
        for move in moves
    ]


def sankey(choice: Choice, lines: list[Line]) -> dict[str, Any]:
    """From the stages before, on the left, to the stages after, on the right; first entries come from “new”."""
    stages, slot = choice.lifecycle.stages, colours(choice)
    left, right = {line.move.from_stage or "" for line in lines}, {line.move.to_stage for line in lines}
    nodes = [{"id": "from:", "name": _("new"), "colour": "grey", "depth": 0}] if "" in left else []
    for side, depth, present in (("from", 0, left), ("to", 1, right)):
        nodes += [
            {"id": f"{side}:{s.key}", "name": told(s.title), "colour": f"stage-{slot[s.key]}", "depth": depth}
            for s in stages
            if s.key in present
        ]
    links = [
        {
            "source": f"from:{line.move.from_stage or ''}",
            "target": f"to:{line.move.to_stage}",
            "value": line.move.moves,
            "rate": line.move.rate,
            "days": line.move.days,
            "href": line.href,
        }
        for line in lines
    ]
    names = [f"{told(line.start.title) if line.start else _('new')} → {told(line.end.title)}" for line in lines]
    series = [
        {"name": _("Moves"), "values": [line.move.moves for line in lines]},
        {"name": _("Customers"), "values": [line.move.customers for line in lines]},
        {"name": _("Share of stays"), "values": [line.move.rate for line in lines]},
        {"name": _("Median days"), "values": [line.move.days for line in lines]},
    ]
    words = {"moves": _("moves"), "rate": _("of the stays"), "days": _("days before, the median")}
    return {"x": names, "series": series, "nodes": nodes, "links": links, "words": words, "unit": "people"}


@dataclass(frozen=True)
class Curve:
    """A stage's survival as the table shows it: shares after fixed lengths, each with its address."""

    stage: Any
    slot: str
    found: reports.Survival
    shares: tuple[tuple[float | None, str], ...]
    all: str
    lasting: str
    ended: str

    @property
    def interval(self) -> str:
        """The interval of the median in days; open where the curve has not come that far."""
        low, high = self.found.median_interval
        return f"{'…' if low is None else number(low)} – {'…' if high is None else number(high)}"

    @property
    def ended_count(self) -> int:
        """Stays that have ended."""
        return self.found.stays - self.found.lasting


def lengths(found: Mapping[str, reports.Survival]) -> tuple[int, ...]:
    """The lengths that anybody was seen for."""
    longest = max((curve.points[-1].days for curve in found.values()), default=0)
    return tuple(days for days in LENGTHS if days <= longest)


def curves(choice: Choice, found: Mapping[str, reports.Survival]) -> list[Curve]:
    """The stages that have stays, first to last."""
    slot = colours(choice)
    return [
        Curve(
            stage,
            slot[stage.key],
            found[stage.key],
            tuple(_share(choice, stage.key, found[stage.key], days) for days in lengths(found)),
            choice.cell("survival", stage=stage.key),
            choice.cell("survival", stage=stage.key, outcome="lasting"),
            choice.cell("survival", stage=stage.key, outcome="ended", low=0, high=LONGEST),
        )
        for stage in choice.lifecycle.stages
        if stage.key in found
    ]


def _share(choice: Choice, stage: str, curve: reports.Survival, days: int) -> tuple[float | None, str]:
    """The share after so many days where somebody was seen that long, and the stays that came so far."""
    seen = curve.points[-1].days >= days
    return (curve.at(days) if seen else None), choice.cell("survival", stage=stage, low=days + 1)


def survival_chart(found: list[Curve]) -> dict[str, Any]:
    """The curves on one axis of days, with their intervals."""
    longest = max((curve.found.points[-1].days for curve in found), default=0)
    step = max(1, -(-longest // POINTS))
    days = list(range(0, longest + 1, step))
    return {
        "x": days,
        "unit": "share",
        "words": {"days": _("days"), "interval": _("interval")},
        "series": [_curve(curve, days) for curve in found],
    }


def _curve(curve: Curve, days: list[int]) -> dict[str, Any]:
    points, last = list(curve.found.points), None
    shares, lows, highs = [], [], []
    for day in days:
        while points and points[0].days <= day:
            last = points.pop(0)
        beyond = day > curve.found.points[-1].days
        low, high = (None, None) if beyond else _interval(last, points, day)
        shares.append(None if beyond else 1.0 if last is None else round(last.share, 5))
        lows.append(low)
        highs.append(high)
    name = told(curve.stage.title)
    return {"name": name, "colour": f"stage-{curve.slot}", "values": shares, "low": lows, "high": highs}


def _interval(
    last: reports.SurvivalPoint | None, coming: list[reports.SurvivalPoint], day: int
) -> tuple[float | None, float | None]:
    """The interval on a day after `last`; while no stay has ended, it follows from those still seen on that day."""
    if last is not None and (last.share < 1 or last.days == day):
        return last.low, last.high
    return reports.none_ended(coming[0].at_risk)


@dataclass(frozen=True)
class Row:
    """A cohort as a row of the heat table."""

    name: str
    cohort: reports.Cohort
    href: str
    cells: tuple[tuple[reports.CohortCell, float, str], ...]
    revenue: tuple[int, ...]


def cohort_rows(choice: Choice, found: tuple[reports.Cohort, ...]) -> list[Row]:
    """The oldest first; each cell with its share and address, and the revenue a customer so far (minor units)."""
    return [
        Row(
            when(choice, cohort.period),
            cohort,
            choice.cell("cohorts", cohort=cohort.period),
            tuple(
                (cell, cohort.retention(cell), choice.cell("cohorts", cohort=cohort.period, period=cell.period))
                for cell in cohort.cells
            ),
            tuple(round(cohort.revenue_a_customer(cell.since)) for cell in cohort.cells),
        )
        for cohort in found
    ]


def cohort_chart(rows: list[Row]) -> dict[str, Any]:
    """Retention curves of the latest cohorts from the period after the first; a period that is not over is left out."""
    shown = rows[-CURVES:]
    longest = max((len(row.cells) for row in shown), default=0)
    series = []
    for index, row in enumerate(shown):
        values: list[float | None] = [round(share, 5) for cell, share, _href in row.cells[1:] if cell.whole]
        slot = 1 + round(index * 8 / max(len(shown) - 1, 1))
        padded = values + [None] * (longest - 1 - len(values))
        series.append({"name": row.name, "colour": f"stage-{slot}", "values": padded})
    return {"x": list(range(1, longest)), "unit": "share", "series": series}


def flow_chart(choice: Choice, found: tuple[reports.Activity, ...]) -> dict[str, Any]:
    """Stacked bars, dormant below zero; every bar leads to its customers."""
    names = {"new": _("New"), "returning": _("Returning"), "resurrected": _("Resurrected"), "dormant": _("Dormant")}
    tones = {"new": "stage-2", "returning": "stage-5", "resurrected": "stage-8", "dormant": "warm"}
    return {
        "x": [when(choice, each.period) if choice.step == "month" else f"{each.period}" for each in found],
        "stacked": True,
        "unit": "people",
        "series": [
            {
                "name": names[kind],
                "colour": tones[kind],
                "values": [-each.dormant if kind == "dormant" else getattr(each, kind) for each in found],
                "hrefs": [choice.cell("flow", period=each.period, kind=kind) for each in found],
            }
            for kind in FLOW
        ],
    }


@dataclass(frozen=True)
class Step:
    """A step of a funnel as the table shows it."""

    name: str
    slot: str
    step: reports.FunnelStep
    share: float | None
    from_before: float | None
    lost: int
    reached_href: str
    skipped_href: str
    lost_href: str


def funnel_steps(choice: Choice, found: reports.Funnel) -> list[Step]:
    """The steps with their names, shares and addresses."""
    slot, titles = colours(choice), {stage.key: told(stage.title) for stage in choice.lifecycle.stages}
    over_events = len(choice.events) >= 2
    counts = [found.customers, *(step.customers for step in found.steps)]
    return [
        Step(
            step.key if over_events else titles[step.key],
            "5" if over_events else slot[step.key],
            step,
            found.share(index),
            found.from_before(index),
            counts[index] - counts[index + 1],
            choice.cell("funnel", place=index + 1, outcome="reached"),
            choice.cell("funnel", place=index + 1, outcome="skipped"),
            choice.cell("funnel", place=index + 1, outcome="lost"),
        )
        for index, step in enumerate(found.steps)
    ]


def funnel_chart(choice: Choice, found: reports.Funnel, steps: list[Step]) -> dict[str, Any]:
    """A bar a step; over stages those who passed through are told apart."""
    been = [step.step.customers - step.step.passed_through for step in steps]
    series = [{"name": _("Came so far"), "colour": "stage-5", "values": been}]
    if any(step.step.passed_through for step in steps):
        series.append(
            {"name": _("Passed through"), "colour": "stage-2", "values": [s.step.passed_through for s in steps]}
        )
    hrefs = [step.reached_href for step in steps]
    return {
        "x": [step.name for step in steps],
        "stacked": True,
        "unit": "people",
        "series": [{**each, "hrefs": hrefs} for each in series],
    }
