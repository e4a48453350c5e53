"""The board, its live part, the customers behind a band, and what the stages mean."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.definitions import Lifecycle, Stage
from tenure_web.accounts.rights import right
from tenure_web.customers.masking import person
from tenure_web.reports.people import pages, part
from tenure_web.stages.board import board, counts_now
from tenure_web.stages.choice import PERIODS, chosen
from tenure_web.stages.figures import Figures
from tenure_web.stages.live import latest_moves, version
from tenure_web.stages.members import movers
from tenure_web.theme.colours import slots
from tenure_web.theme.pages import page
from tenure_web.theme.templatetags.look import told
from tenure_web.worker import workspace


@require_GET
@right("board.view")
def show(request: HttpRequest) -> HttpResponse:
    """The lifecycle board."""
    shop = workspace.current()
    choice = chosen(request, shop)
    figures = Figures(shop)
    try:
        context = {"board": board(figures, choice), "choice": choice, "periods": PERIODS, "version": version()}
    finally:
        figures.close()
    context |= {"lifecycles": shop.definitions.lifecycles.values(), "seen": _seen(request)}
    context["yesterday"] = choice.day - timedelta(days=choice.days)
    return page(request, "stages/board.html", "stages/_board.html", context)


@require_GET
@right("board.view")
def live(request: HttpRequest) -> HttpResponse:
    """204 while nothing has changed since the version the page knows; else the counts and today's moves.

    A page without customers is loaded anew when the first are there.
    """
    now = version()
    if request.GET.get("since") == str(now):
        return HttpResponse(status=204)
    choice = chosen(request, workspace.current())
    figures = Figures(workspace.current())
    counts = counts_now(figures, choice)
    figures.close()
    stages = [(stage.key, counts.get(stage.key, 0)) for stage in choice.lifecycle.stages]
    total = sum(counts.values())
    if total and request.GET.get("empty"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"choice": choice, "version": now, "stages": stages, "total": total, "seen": _seen(request)}
    return render(request, "stages/_live.html", context)


def _seen(request: HttpRequest) -> list[dict[str, object]]:
    shop = workspace.current()
    choice = chosen(request, shop)
    if not choice.live:
        return []
    moves = latest_moves(choice.lifecycle, shop.clock.start_of(choice.today))
    return [{"move": move, "person": person(move.customer, request.user)} for move in moves]


@require_GET
@right("board.view")
def moves(request: HttpRequest) -> HttpResponse:
    """The customers behind one band of the board, page by page."""
    shop = workspace.current()
    choice = chosen(request, shop)
    stages = {stage.key: stage for stage in choice.lifecycle.stages}
    start, end = stages.get(request.GET.get("from", "")), stages.get(request.GET.get("to", ""))
    if end is None:
        raise Http404
    colours = slots(list(stages), {key for key, stage in stages.items() if stage.leaving})
    found = movers(shop, choice, start.key if start else None, end.key, **part(request))
    rows = [{"mover": mover, "person": person(mover.customer, request.user)} for mover in found.rows]
    context = {
        "choice": choice,
        "start": start,
        "end": end,
        "rows": rows,
        "total": found.total,
        **pages(request, found.total),
    }
    context |= {"from_slot": colours.get(start.key) if start else "", "to_slot": colours[end.key]}
    return render(request, "stages/moves.html", context)


@require_GET
@right("board.view")
def lifecycle(request: HttpRequest, key: str) -> HttpResponse:
    """What the stages of a lifecycle mean: words, needs, rule, owner team, targets, strategies."""
    found = workspace.current().definitions.lifecycles.get(key)
    if found is None:
        raise Http404
    lifecycles = workspace.current().definitions.lifecycles.values()
    context = {"lifecycle": found, "stages": stages_of(found), "lifecycles": lifecycles}
    return render(request, "stages/lifecycle.html", context)


def stages_of(found: Lifecycle) -> list[dict[str, object]]:
    """The stages with their colours, their entry rules in plain words, and each strategy's ready campaign."""
    colours = slots([stage.key for stage in found.stages], {stage.key for stage in found.stages if stage.leaving})
    campaigns = workspace.current().definitions.campaigns
    return [
        {
            "stage": stage,
            "slot": colours[stage.key],
            "rule": _rule(stage),
            "strategies": [(each, campaigns.get(each.campaign or "")) for each in stage.strategies],
        }
        for stage in found.stages
    ]


def _rule(stage: Stage) -> str:
    """The entry rule in plain words; a stage without one takes whom no other rule matched."""
    if stage.rule is None:
        return _("Everybody whom no other stage takes.")
    return told(stage.rule_words) or stage.rule.words(get_language() or "en")
