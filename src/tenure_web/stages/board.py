"""The board as the template draws it: the library's figures beside the definitions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from tenure import reports
from tenure.definitions import Stage
from tenure_web.stages.attention import attention
from tenure_web.stages.choice import Choice
from tenure_web.stages.drawing import Drawing, draw, is_forward
from tenure_web.stages.figures import Figures, present_counts, slipping, step_of
from tenure_web.stages.parts import Attention, Column, Progress, Totals
from tenure_web.theme.colours import slots
from tenure_web.theme.templatetags.look import told


@dataclass(frozen=True)
class Board:
    """Everything on the page."""

    choice: Choice
    totals: Totals
    columns: tuple[Column, ...]
    drawing: Drawing
    flows: tuple[Mapping[str, Any], ...]
    timeline: dict[str, Any]
    activity: dict[str, Any]
    attention: tuple[Attention, ...]


def board(figures: Figures, choice: Choice) -> Board:
    """Compute the page of this choice."""
    lifecycle = choice.lifecycle
    keys = [stage.key for stage in lifecycle.stages]
    leaving = {stage.key for stage in lifecycle.stages if stage.leaving}
    colours = slots(keys, leaving)
    flows = figures.moves(lifecycle.key, choice.start, choice.day)
    columns = _columns(figures, choice, flows, colours)
    return Board(
        choice=choice,
        totals=_totals(figures, choice, flows, columns, keys, leaving),
        columns=columns,
        drawing=draw(keys, leaving, flows, colours),
        flows=tuple(_told_flow(flow, choice, colours, keys, leaving) for flow in flows),
        timeline=_timeline(figures, choice, colours),
        activity=_activity(figures, choice),
        attention=tuple(attention(figures, choice, columns)),
    )


def counts_now(figures: Figures, choice: Choice) -> dict[str, int]:
    """Customers by stage on the chosen day: of this second when it is today."""
    if choice.live and (found := present_counts(choice.lifecycle.key)):
        return found
    return {stage: count.customers for stage, count in figures.counts(choice.lifecycle.key, choice.day).items()}


def _columns(
    figures: Figures, choice: Choice, flows: tuple[reports.Flow, ...], colours: dict[str, str]
) -> tuple[Column, ...]:
    now = counts_now(figures, choice)
    stays = figures.counts(choice.lifecycle.key, choice.day)
    before = figures.counts(choice.lifecycle.key, choice.start)
    revenue = figures.stage_revenue(choice.lifecycle.key, choice.start, choice.day)
    total = sum(now.values())
    tallest = max([*now.values(), *(count.customers for count in before.values())], default=0) or 1
    columns = []
    for stage in choice.lifecycle.stages:
        here, earlier = now.get(stage.key, 0), before[stage.key].customers if stage.key in before else 0
        columns.append(
            Column(
                stage=stage,
                slot=colours[stage.key],
                customers=here,
                before=earlier,
                share=here / total if total else 0.0,
                height=here / tallest,
                before_height=earlier / tallest,
                days=_whole(stays.get(stage.key)),
                entered=sum(flow.moves for flow in flows if flow.to_stage == stage.key),
                left=sum(flow.moves for flow in flows if flow.from_stage == stage.key),
                revenue=revenue[stage.key].amount if stage.key in revenue else 0,
                goals=(
                    _progress(figures, choice, stage, "task"),
                    _progress(figures, choice, stage, "outcome"),
                ),
            )
        )
    return tuple(columns)


def _progress(figures: Figures, choice: Choice, stage: Stage, kind: str) -> Progress:
    goals = {"task": (stage.task_target, _("Task target")), "outcome": (stage.outcome_target, _("Outcome target"))}
    goal, name = goals[kind]
    return Progress(goal, name, figures.reached(choice, goal).get(stage.key), kind)


def _whole(count: reports.StageCount | None) -> int | None:
    return None if count is None or count.days is None else round(count.days)


def _split(flows: tuple[reports.Flow, ...], keys: list[str], leaving: set[str]) -> tuple[int, int]:
    """(forward, backward or leaving) moves; first entries are neither."""
    moved = [flow for flow in flows if flow.from_stage in keys and flow.to_stage in keys]
    forward = sum(flow.moves for flow in moved if is_forward(flow, keys, leaving))
    return forward, sum(flow.moves for flow in moved) - forward


def _totals(
    figures: Figures,
    choice: Choice,
    flows: tuple[reports.Flow, ...],
    columns: tuple[Column, ...],
    keys: list[str],
    leaving: set[str],
) -> Totals:
    earlier = figures.moves(choice.lifecycle.key, choice.before, choice.start)
    forward, backward = _split(flows, keys, leaving)
    forward_before, backward_before = _split(earlier, keys, leaving)
    end = choice.day + timedelta(days=1)
    (customers_at_risk, worth), worth_before = slipping(figures, choice)
    return Totals(
        customers=sum(column.customers for column in columns),
        customers_before=sum(column.before for column in columns),
        revenue=figures.revenue(end - timedelta(days=choice.days), end),
        revenue_before=figures.revenue(end - timedelta(days=2 * choice.days), end - timedelta(days=choice.days)),
        forward=forward,
        forward_before=forward_before,
        backward=backward,
        backward_before=backward_before,
        at_risk=customers_at_risk,
        at_risk_value=worth,
        at_risk_before=worth_before,
    )


def _told_flow(
    flow: reports.Flow, choice: Choice, colours: dict[str, str], keys: list[str], leaving: set[str]
) -> Mapping[str, Any]:
    known = {stage.key: stage for stage in choice.lifecycle.stages}
    return {
        "flow": flow,
        "start": known.get(flow.from_stage or ""),
        "end": known.get(flow.to_stage),
        "from_slot": colours.get(flow.from_stage or "", ""),
        "to_slot": colours.get(flow.to_stage, ""),
        "forward": flow.from_stage is None or is_forward(flow, keys, leaving),
        "query": f"{choice.query}&from={flow.from_stage or ''}&to={flow.to_stage}",
    }


def _short_day(day: date) -> str:
    return formats.date_format(day, _("j M"))


def _people(choice: Choice, **asked: object) -> str:
    """The address of the customers behind a figure."""
    said = {"lifecycle": choice.lifecycle.key, "days": choice.days, "day": choice.day, **asked}
    return f"{reverse('board_customers')}?{urlencode(said)}"


def _flow_people(choice: Choice, period: date, kind: str, step: str) -> str:
    """The same of who bought and who stopped, which is a report."""
    said = {"period": period, "kind": kind, "step": step, "day": choice.day}
    return f"{reverse('reports_customers', args=['flow'])}?{urlencode(said)}"


def _timeline(figures: Figures, choice: Choice, colours: dict[str, str]) -> dict[str, Any]:
    start = choice.day - timedelta(days=max(choice.days, 90))
    points = figures.timeline(choice.lifecycle.key, start, choice.day, step_of(choice))
    return {
        "x": [_short_day(point.day) for point in points],
        "unit": "people",
        "total": _("All"),
        "series": [
            {
                "name": told(stage.title),
                "colour": f"stage-{colours[stage.key]}",
                "values": [point.customers.get(stage.key, 0) for point in points],
                "hrefs": [_people(choice, what="here", stage=stage.key, day=point.day) for point in points],
            }
            for stage in choice.lifecycle.stages
        ],
    }


def _activity(figures: Figures, choice: Choice) -> dict[str, Any]:
    step = "week" if choice.days <= 90 else "month"
    back = 7 * 13 if step == "week" else 365 if choice.days <= 365 else choice.days
    rows = figures.activity(choice.day - timedelta(days=back), choice.day + timedelta(days=1), step)
    words = {
        "new": (_("New"), "stage-3"),
        "returning": (_("Returning"), "stage-6"),
        "resurrected": (_("Resurrected"), "stage-9"),
        "dormant": (_("Dormant"), "stage-leaving"),
    }
    return {
        "x": [_short_day(row.period) if step == "week" else formats.date_format(row.period, _("M Y")) for row in rows],
        "step": step,
        "unit": "people",
        "stacked": True,
        "series": [
            {
                "name": name,
                "colour": colour,
                "values": [getattr(row, key) * (-1 if key == "dormant" else 1) for row in rows],
                "hrefs": [_flow_people(choice, row.period, key, step) for row in rows],
            }
            for key, (name, colour) in words.items()
        ],
    }
