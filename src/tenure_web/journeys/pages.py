"""The journeys' pages: the list, and one journey with its tree, its people and the panel of one step."""

import time
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from tenure.errors import NotFound
from tenure.journeys import kind_of, step_of
from tenure_web.accounts.rights import can, right
from tenure_web.customers.masking import person
from tenure_web.customers.models import Customer
from tenure_web.journeys import figures as counted
from tenure_web.journeys.catalogue import columns, problems
from tenure_web.journeys.drawing import Card, Edge, draw
from tenure_web.journeys.forms import JourneyForm, step_form
from tenure_web.journeys.models import Enrolment, Journey
from tenure_web.journeys.starting import starters
from tenure_web.journeys.words import ICONS, KINDS, REASONS, goal_words, step_line, text_of, trigger_words, way_words
from tenure_web.messages.gate import governing
from tenure_web.messages.models import Template
from tenure_web.worker import workspace
from tenure_web.worker.loop import worked

__all__ = ["access_journey", "journey", "journeys", "live", "page"]

PEOPLE = 50
#: The parts of the worker that change a journey's figures.
ACTING = ("journeys.enrol", "journeys.goals", "journeys.advance", "messages", "messages.told")
PACE = 5  # seconds between two looks of an open page
PATIENCE = 20  # times as long as counting took


def access_journey(user: Any, key: str) -> Journey:
    """The journey, for those who may see journeys; anything else is 404."""
    row = Journey.objects.select_related("current").filter(key=key).first()
    if row is None or not can(user, "journeys.view"):
        raise Http404
    return row


@right("journeys.view")
@require_safe
def journeys(request: HttpRequest) -> HttpResponse:
    """All journeys with what they have done; ready-made ones where there is none yet."""
    rows = list(Journey.objects.select_related("current").order_by("-state", "-id"))
    figures = counted.summaries(rows)
    shown = [{"row": row, "title": text_of(row.draft["title"]), "figures": figures[row.pk]} for row in rows]
    for each in shown:
        each["trigger"], each["goal"] = trigger_words(each["row"].draft), goal_words(each["row"].draft)
        each["state"] = Journey.STATES[each["row"].state]
    return render(
        request, "journeys/list.html", {"rows": shown, "starters": starters(), "stopped": governing().stopped}
    )


@right("journeys.view")
@require_safe
def journey(request: HttpRequest, key: str) -> HttpResponse:
    """One journey. `?step=` opens a step (or "journey") in the panel; as a fragment only the panel comes."""
    row = access_journey(request.user, key)
    if request.htmx and request.htmx.target == "panel":
        return render(request, "journeys/_panel.html", _panel(request, row))
    return page(request, row)


def page(request: HttpRequest, row: Journey, form: Any = None, status: int = 200) -> HttpResponse:
    """The whole page of a journey, with a form that was refused where there is one."""
    context = _head(request, row)
    figures = context["figures"]
    context |= {
        "title": text_of(row.draft["title"]),
        "problems": problems(row.draft),
        "changed": row.current is not None and row.current.tree != row.draft,
        "tabs": _tabs(row, context["tab"], figures),
        "stopped": governing().stopped,
    }
    if context["tab"] == "people":
        people = _people(request, row, figures.entries + figures.held)
        return render(request, "journeys/journey.html", {**context, **people}, status=status)
    context |= {"tree": _tree(row, figures, request.GET.get("step", "")), **_panel(request, row, form)}
    return render(request, "journeys/journey.html", context, status=status)


@right("journeys.view")
@require_safe
def live(request: HttpRequest, key: str) -> HttpResponse:
    """204 while nothing has happened since what the page knows; else every figure, none of what is being written."""
    row = access_journey(request.user, key)
    if request.GET.get("since") == _mark(row):
        return HttpResponse(status=204)
    context = _head(request, row)
    steps = [card.step for card in draw(row.draft["steps"]).cards if card.step] if context["tab"] == "tree" else []
    per_step, none = context["figures"].steps, counted.StepFigures()
    shown = [(step["id"], kind_of(step), per_step.get(step["id"], none)) for step in steps]
    return render(request, "journeys/_live.html", {**context, "steps": shown})


def _head(request: HttpRequest, row: Journey) -> dict[str, Any]:
    """The figures above, and by what and how soon the page asks for them again: counting takes a small part of the time
    however many people there are.
    """
    mark, begun = _mark(row), time.perf_counter()
    figures = counted.figures(row)
    return {
        "row": row,
        "tab": "people" if request.GET.get("tab") == "people" else "tree",
        "state": Journey.STATES[row.state],
        "goal": goal_words(row.draft),
        "figures": figures,
        "mark": mark,
        "pace": max(PACE, round(PATIENCE * (time.perf_counter() - begun))),
    }


def _mark(row: Journey) -> str:
    """Another one when anything may have happened in the journey; none for a draft, in which nothing happens."""
    return "" if row.state == Journey.DRAFT else f"{row.state}-{row.current_id}-{worked(*ACTING)}"


def _tabs(row: Journey, tab: str, figures: counted.Figures) -> list[dict[str, Any]]:
    here = reverse("journey", args=[row.key])
    people = figures.entries + figures.held
    return [
        {"label": _("Path"), "href": here, "active": tab == "tree"},
        {"label": _("People"), "href": f"{here}?tab=people", "active": tab == "people", "count": f"{people:,}"},
    ]


@dataclass(frozen=True)
class Shown:
    """A card as it is painted."""

    x: float
    y: float
    id: str
    kind: str
    icon: str
    title: str
    line: str
    figures: counted.StepFigures | None = None
    open: bool = False
    wanting: bool = False


def _tree(row: Journey, figures: counted.Figures, chosen: str) -> dict[str, Any]:
    """Everything to paint: the canvas, cards with figures, lines with labels, pluses, signs."""
    drawing = draw(row.draft["steps"])
    templates = {found.key: found for found in Template.objects.all()}
    return {
        "width": round(drawing.width),
        "height": round(drawing.height) + 8,
        "cards": [_shown(card, row, figures, templates, chosen) for card in drawing.cards],
        "lines": drawing.edges,
        "labels": [(edge, _label(edge)) for edge in drawing.edges if edge.label],
        "pluses": drawing.pluses,
        "signs": drawing.signs,
        "kinds": [(kind, ICONS[kind], words) for kind, words in KINDS.items()],
    }


def _shown(card: Card, row: Journey, figures: counted.Figures, templates: dict[str, Template], chosen: str) -> Shown:
    step = card.step
    if not step:
        line = trigger_words(row.draft)
        wanting = not row.draft.get("trigger")
        return Shown(
            card.x, card.y, "journey", "trigger", "bolt", _("Trigger"), line, None, chosen == "journey", wanting
        )
    kind = kind_of(step)
    wanting = not step[kind] or (kind == "branch" and any(not arm.get("when") for arm in step["branch"]))
    return Shown(
        card.x,
        card.y,
        step["id"],
        kind,
        ICONS[kind],
        str(KINDS[kind]),
        step_line(step, templates),
        figures.steps.get(step["id"], counted.StepFigures()),
        chosen == step["id"],
        wanting,
    )


def _label(edge: Edge) -> str:
    if edge.label == "no" or edge.step is None:
        return pgettext("way of a check", "No")
    return way_words(edge.step, edge.arm)


def _panel(request: HttpRequest, row: Journey, form: Any = None) -> dict[str, Any]:
    """The panel: the journey's own settings, one step, or nothing."""
    chosen = request.GET.get("step", "") if request.method == "GET" else request.POST.get("step", "")
    if not chosen:
        return {"row": row, "step": None}
    if chosen == "journey":
        return {"row": row, "step": "journey", "form": form or JourneyForm(tree=row.draft), "columns": _columns()}
    try:
        step = step_of(row.draft, chosen)
    except NotFound as error:
        raise Http404 from error
    kind = kind_of(step)
    template = Template.objects.filter(key=step["email"]).first() if kind == "email" else None
    return {
        "row": row,
        "step": step["id"],
        "kind": kind,
        "icon": ICONS[kind],
        "kind_title": KINDS[kind],
        "template": template,
        "form": form or step_form(step),
        "columns": _columns() if kind in ("check", "branch") else [],
    }


def _columns() -> list[tuple[str, str]]:
    """What a rule may read, with its name for people."""
    known = columns(workspace.current().definitions)
    return [(key, text_of({"en": one.title.en, "zh": one.title.zh})) for key, one in known.items()]


def _people(request: HttpRequest, row: Journey, count: int) -> dict[str, Any]:
    """Who is or was on the way, the newest first: people are written down in the order in which they enter."""
    pages = Paginator(Enrolment.objects.filter(journey=row).select_related("version").order_by("-id"), PEOPLE)
    pages.count = count
    shown = pages.get_page(request.GET.get("page"))
    customers = Customer.objects.in_bulk([one.customer_key for one in shown])
    steps = {card.step["id"]: card.step for card in draw(row.draft["steps"]).cards if card.step}
    templates = {found.key: found for found in Template.objects.all()}
    people = []
    for one in shown:
        customer, step = customers.get(one.customer_key), steps.get(one.step)
        name = person(customer, request.user).title if customer else f"#{one.customer_key}"
        at = f"{KINDS[kind_of(step)]}: {step_line(step, templates)}" if step else ""
        people.append({"row": one, "name": name, "at": at, "reason": REASONS.get(one.reason, one.reason)})
    return {"people": people, "page": shown}
