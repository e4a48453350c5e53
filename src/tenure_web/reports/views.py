"""The reports and the customers behind their numbers."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.reports import MEANINGS
from tenure_web.accounts.rights import right
from tenure_web.reports import cells, drawing
from tenure_web.reports.choice import PERIODS, WITHIN, Choice, chosen
from tenure_web.reports.figures import Figures
from tenure_web.reports.people import listed, part
from tenure_web.theme.pages import page
from tenure_web.worker import workspace

TABS = ("moves", "survival", "cohorts", "flow", "funnel")


def _report(request: HttpRequest, name: str, content: Callable[[Choice, Figures], dict[str, Any]]) -> HttpResponse:
    shop = workspace.current()
    choice = chosen(request, shop)
    figures = Figures(shop, choice)
    try:
        context = content(choice, figures)
    finally:
        figures.close()
    context |= {
        "choice": choice,
        "report": name,
        "tabs": _tabs(choice, name),
        "periods": PERIODS,
        "lifecycles": shop.definitions.lifecycles.values(),
        "meanings": MEANINGS,
        "part": f"reports/_{name}.html",
    }
    return page(request, "reports/report.html", "reports/_report.html", context)


def _tabs(choice: Choice, name: str) -> list[dict[str, Any]]:
    from django.urls import reverse

    words = {
        "moves": _("Map of moves"),
        "survival": _("Time in stage"),
        "cohorts": _("Cohorts"),
        "flow": _("Lifecycle flow"),
        "funnel": _("Funnel"),
    }
    addresses = {tab: reverse("reports" if tab == "moves" else f"reports_{tab}") for tab in TABS}
    return [{"label": words[tab], "href": f"{addresses[tab]}?{choice.query()}", "active": tab == name} for tab in TABS]


@require_GET
@right("reports.view")
def moves(request: HttpRequest) -> HttpResponse:
    """The map of moves: who went from where to where, at what rate, how fast."""

    def content(choice: Choice, figures: Figures) -> dict[str, Any]:
        lines = drawing.move_lines(choice, figures.moves())
        return {"lines": lines, "chart": drawing.sankey(choice, lines)}

    return _report(request, "moves", content)


@require_GET
@right("reports.view")
def survival(request: HttpRequest) -> HttpResponse:
    """How long stays in each stage last."""

    def content(choice: Choice, figures: Figures) -> dict[str, Any]:
        found = figures.survival()
        lines = drawing.curves(choice, found)
        return {"lines": lines, "lengths": drawing.lengths(found), "chart": drawing.survival_chart(lines)}

    return _report(request, "survival", content)


@require_GET
@right("reports.view")
def cohorts(request: HttpRequest) -> HttpResponse:
    """Customers by first touch or first order, and what became of them."""

    def content(choice: Choice, figures: Figures) -> dict[str, Any]:
        rows = drawing.cohort_rows(choice, figures.cohorts())
        longest = max((len(row.cells) for row in rows), default=0)
        return {"rows": rows, "columns": range(longest), "chart": drawing.cohort_chart(rows)}

    return _report(request, "cohorts", content)


@require_GET
@right("reports.view")
def flow(request: HttpRequest) -> HttpResponse:
    """New, returning, resurrected and dormant customers by month or week."""

    def content(choice: Choice, figures: Figures) -> dict[str, Any]:
        found = figures.flow()
        chart = drawing.flow_chart(choice, found)
        table = [
            (name, [(abs(line["values"][index]), line["hrefs"][index]) for line in chart["series"]])
            for index, name in enumerate(chart["x"])
        ]
        return {"chart": chart, "table": table}

    return _report(request, "flow", content)


@require_GET
@right("reports.view")
def funnel(request: HttpRequest) -> HttpResponse:
    """How far customers come, over stages or over events."""

    def content(choice: Choice, figures: Figures) -> dict[str, Any]:
        found = figures.funnel()
        steps = drawing.funnel_steps(choice, found)
        names = figures.event_names()
        slots = [*choice.events, *[""] * (max(3, min(len(choice.events) + 1, 8)) - len(choice.events))]
        return {
            "funnel": found,
            "steps": steps,
            "chart": drawing.funnel_chart(choice, found, steps),
            "names": names,
            "slots": slots,
            "over_events": len(choice.events) >= 2,
            "withins": WITHIN,
            "all_href": choice.cell("funnel", place=0, outcome="reached"),
        }

    return _report(request, "funnel", content)


@require_GET
@right("reports.view")
def behind(request: HttpRequest, report: str) -> HttpResponse:
    """The customers behind one number of a report, fifty at a time."""
    shop = workspace.current()
    choice = chosen(request, shop)
    figures = Figures(shop, choice)
    try:
        found = cells.cell(figures.con, report, choice, request.GET, part(request))
    finally:
        figures.close()
    return listed(request, found.title, found.behind, found.back)
