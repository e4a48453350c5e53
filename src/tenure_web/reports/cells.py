"""The customers behind a cell of a report: the address names it, the library finds them by its own conditions."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import duckdb
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from tenure import reports
from tenure_web.reports.choice import Choice
from tenure_web.reports.figures import DEFAULT_DAYS
from tenure_web.theme.days import day_of
from tenure_web.theme.templatetags.look import day, told

FLOW = ("new", "returning", "resurrected", "dormant")
LONGEST = 1_000_000


@dataclass(frozen=True)
class Cell:
    """A cell in words, the report it belongs to, and one page of the customers behind it."""

    title: str
    back: str
    behind: reports.Behind


def cell(con: duckdb.DuckDBPyConnection, report: str, choice: Choice, asked: QueryDict, page: dict[str, int]) -> Cell:
    """The cell that the address names. Raises Http404 for what no report has."""
    known = {"moves": _moves, "survival": _survival, "cohorts": _cohorts, "flow": _flow, "funnel": _funnel}
    if report not in known:
        raise Http404
    title, behind = known[report](con, choice, asked, page)
    name = "reports" if report == "moves" else f"reports_{report}"
    return Cell(title, f"{reverse(name)}?{choice.query()}", behind)


def _stage(choice: Choice, key: str) -> Any:
    for stage in choice.lifecycle.stages:
        if stage.key == key:
            return stage
    raise Http404


def _whole(asked: QueryDict, name: str, usual: int) -> int:
    text = asked.get(name, str(usual))
    if not text.isdecimal() or int(text) > LONGEST:
        raise Http404
    return int(text)


def _period(asked: QueryDict, name: str) -> Any:
    found = day_of(asked.get(name, ""))
    if found is None:
        raise Http404
    return found


def _moves(con: Any, choice: Choice, asked: QueryDict, page: dict[str, int]) -> tuple[str, reports.Behind]:
    start = _stage(choice, asked["from"]) if asked.get("from") else None
    if start and not asked.get("to"):
        where = (choice.lifecycle.key, start.key, choice.start, choice.day)
        return _("%(stage)s in the period") % {"stage": told(start.title)}, reports.open_customers(con, *where, **page)
    end = _stage(choice, asked.get("to", ""))
    title = f"{told(start.title) if start else _('new')} → {told(end.title)}"
    key = start.key if start else None
    return title, reports.move_customers(con, choice.lifecycle.key, key, end.key, choice.start, choice.day, **page)


def _survival(con: Any, choice: Choice, asked: QueryDict, page: dict[str, int]) -> tuple[str, reports.Behind]:
    stage, outcome = _stage(choice, asked.get("stage", "")), asked.get("outcome", "all")
    words = {
        "all": _("stays of %(low)s days and longer"),
        "ended": _("stays that ended after %(low)s to %(high)s days"),
        "lasting": _("stays that still last"),
    }
    if outcome not in words:
        raise Http404
    low, high = _whole(asked, "low", 0), _whole(asked, "high", LONGEST)
    title = f"{told(stage.title)}: {words[outcome] % {'low': low, 'high': high}}"
    where = (choice.lifecycle.key, stage.key, choice.start, choice.day, choice.today, low, high, outcome)
    return title, reports.stay_customers(con, *where, **page)


def _cohorts(con: Any, choice: Choice, asked: QueryDict, page: dict[str, int]) -> tuple[str, reports.Behind]:
    cohort = _period(asked, "cohort")
    period = _period(asked, "period") if asked.get("period") else None
    words = _("Cohort of %(cohort)s, active in %(period)s") if period else _("Cohort of %(cohort)s")
    title = words % {"cohort": when(choice, cohort), "period": when(choice, period)}
    by: Any = choice.by
    step: Any = choice.step
    return title, reports.cohort_customers(con, cohort, period, choice.day, by, step, **page)


def when(choice: Choice, period: Any) -> str:
    """A period as people name it: 2026-03, or the week of 12 Mar 2026."""
    if period is None:
        return ""
    return f"{period:%Y-%m}" if choice.step == "month" else _("week of %(day)s") % {"day": day(period)}


def _flow(con: Any, choice: Choice, asked: QueryDict, page: dict[str, int]) -> tuple[str, reports.Behind]:
    period, kind = _period(asked, "period"), asked.get("kind", "")
    names = {"new": _("New"), "returning": _("Returning"), "resurrected": _("Resurrected"), "dormant": _("Dormant")}
    if kind not in names:
        raise Http404
    end: Any = choice.day + timedelta(days=1)
    picked: Any = kind
    step: Any = choice.step
    found = reports.flow_customers(con, period, picked, end, step, **page)
    return f"{names[kind]}: {when(choice, period)}", found


def _funnel(con: Any, choice: Choice, asked: QueryDict, page: dict[str, int]) -> tuple[str, reports.Behind]:
    place, outcome = _whole(asked, "place", 0), asked.get("outcome", "")
    over_events = len(choice.events) >= 2
    stages = [stage for stage in choice.lifecycle.stages if not stage.leaving]
    steps = list(choice.events) if over_events else [told(stage.title) for stage in stages]
    words = {"reached": _("Came to “%(step)s”"), "lost": _("Came no further than the step before “%(step)s”")}
    words |= {} if over_events else {"skipped": _("Passed through “%(step)s” without a stay")}
    if outcome not in words or not (1 if over_events else 0) <= place <= len(steps):
        raise Http404
    title = words[outcome] % {"step": steps[place - 1]} if place else _("All who began")
    picked: Any = outcome
    where = (place, picked, choice.start, choice.day, choice.today)
    if over_events:
        within = choice.within or DEFAULT_DAYS
        return title, reports.event_funnel_customers(con, choice.events, *where, within, **page)
    within = choice.within or reports.EVER
    return title, reports.stage_funnel_customers(con, choice.lifecycle, *where, within, **page)
