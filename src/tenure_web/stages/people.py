"""The customers behind the board's figures: in a stage on a day, who moved which way, whom a goal was measured on."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure import reports
from tenure.definitions import Stage
from tenure.stages import direction
from tenure_web.accounts.rights import right
from tenure_web.reports.people import listed, part
from tenure_web.stages.choice import Choice, chosen
from tenure_web.stages.figures import AT_RISK
from tenure_web.theme.templatetags.look import day, told
from tenure_web.worker import workspace

BACK = ("backward", "leaving")


@require_GET
@right("board.view")
def people(request: HttpRequest) -> HttpResponse:
    """One page of them; `what` is here, all, revenue, slipping, entered, left, forward, back, task or outcome."""
    shop = workspace.current()
    choice = chosen(request, shop)
    con = shop.store.snapshot().connect()
    try:
        title, found = _found(con, choice, request, shop.settings.currency)
    finally:
        con.close()
    return listed(request, title, found, f"{reverse('board')}?{choice.query}", _("Board"))


def _found(con: Any, choice: Choice, request: HttpRequest, currency: str) -> tuple[str, reports.Behind]:
    asked, page, key = request.GET, part(request), choice.lifecycle.key
    what, period = asked.get("what", ""), (choice.start, choice.day)
    if what in ("forward", "back"):
        title = _("Moved forward") if what == "forward" else _("Moved back or left")
        ways = ("forward",) if what == "forward" else BACK
        return _when(title, choice), reports.stage_crossers(con, key, _pairs(choice, ways), *period, **page)
    if what == "all":
        return _("Customers on %(day)s") % {"day": day(choice.day)}, reports.stage_members(
            con, key, None, choice.day, **page
        )
    if what == "slipping":
        return _slipping(con, choice, page)
    stage = None if what == "revenue" and not asked.get("stage") else _stage(choice, asked.get("stage", ""))
    if what == "revenue":
        title = _("%(stage)s: who bought") % {"stage": told(stage.title)} if stage else _("Who bought")
        where = (key, stage.key if stage else None, *period, currency)
        return _when(title, choice), reports.revenue_customers(con, *where, **page)
    assert stage is not None
    name = {"stage": told(stage.title)}
    if what == "here":
        title = _("%(stage)s on %(day)s") % {**name, "day": day(choice.day)}
        return title, reports.stage_members(con, key, stage.key, choice.day, **page)
    if what in ("entered", "left"):
        title = (_("Came into “%(stage)s”") if what == "entered" else _("Left “%(stage)s”")) % name
        pairs = [(a, b) for a, b in _pairs(choice) if (b if what == "entered" else a) == stage.key]
        return _when(title, choice), reports.stage_crossers(con, key, pairs, *period, **page)
    return _goal(con, choice, stage, what, asked.get("reached", ""), page)


def _slipping(con: Any, choice: Choice, page: dict[str, int]) -> tuple[str, reports.Behind]:
    """Who was slipping away when the month of a past day began."""
    months = (size.month for size in reports.segment_sizes(con))
    month = max((month for month in months if month <= choice.day), default=None)
    if month is None:
        raise Http404
    title = _("Slipping away on %(day)s") % {"day": day(month)}
    return title, reports.segment_members(con, AT_RISK, month, **page)


def _goal(
    con: Any, choice: Choice, stage: Stage, what: str, reached: str, page: dict[str, int]
) -> tuple[str, reports.Behind]:
    goals = {"task": stage.task_target, "outcome": stage.outcome_target}
    words = {
        "": _("%(stage)s, measured by “%(goal)s”"),
        "yes": _("%(stage)s, reached: “%(goal)s”"),
        "no": _("%(stage)s, not reached: “%(goal)s”"),
    }
    if what not in goals or reached not in words or goals[what].metric is None:
        raise Http404
    title = words[reached] % {"stage": told(stage.title), "goal": told(goals[what].words)}
    which = {"": None, "yes": True, "no": False}[reached]
    return title, reports.goal_customers(con, choice.lifecycle, stage.key, goals[what], choice.day, which, **page)


def _stage(choice: Choice, key: str) -> Stage:
    for stage in choice.lifecycle.stages:
        if stage.key == key:
            return stage
    raise Http404


def _pairs(choice: Choice, ways: tuple[str, ...] = ()) -> list[tuple[str | None, str]]:
    """Every way from a stage (None: from nowhere) to another, or those of the directions in `ways`."""
    keys = [stage.key for stage in choice.lifecycle.stages]
    pairs = [(before, after) for before in (None, *keys) for after in keys if before != after]
    return [pair for pair in pairs if not ways or direction(choice.lifecycle, *pair) in ways]


def _when(title: str, choice: Choice) -> str:
    return _("%(title)s, %(a)s to %(b)s") % {"title": title, "a": day(choice.start), "b": day(choice.day)}
