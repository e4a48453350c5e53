"""The risk page with its parts that take a moment, and the card on a customer's page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.errors import DefinitionError, TenureError
from tenure.workspace import Workspace
from tenure_web.accounts.rights import right
from tenure_web.customers.page import access_customer
from tenure_web.risk import departures, lasting, overview
from tenure_web.risk import health as wellbeing
from tenure_web.theme.pages import page
from tenure_web.worker import workspace
from tenure_web.worker.jobs import refusal


@require_GET
@right("risk.view")
def show(request: HttpRequest) -> HttpResponse:
    """How many may be lost, what is at stake, how far the forecast can be trusted; the rest is asked for after."""
    kept = workspace.current().risk.kept()
    context: dict[str, Any] = {"kept": kept, "refused": refusal("risk"), **_departures()}
    if kept is not None:
        found = overview.bands()
        context |= {
            "bands": found,
            "stake": sum(band.stake for band in found),
            "customers": sum(band.customers for band in found),
            "report": kept.report,
        }
    return render(request, "risk/risk.html", context)


def _departures() -> dict[str, Any]:
    """The reasons given for leaving; a wrong file of reasons is told in their place."""
    try:
        found = departures.counts(workspace.current())
    except DefinitionError as error:
        return {"departures_problem": error.problems[0]}
    return {"departures": found, "departed": sum(each.customers for each in found)}


def _section(request: HttpRequest, section: str, title: str, context: dict[str, Any]) -> HttpResponse:
    """A part of the page for the page that asks for it; a page of its own without scripts or by a copied link."""
    return page(request, "risk/section.html", section, {"section": section, "title": title, **context})


@require_GET
@right("risk.view")
def health(request: HttpRequest) -> HttpResponse:
    """Customers by health band, and how each band of the newest complete span fared."""
    try:
        found = wellbeing.report(workspace.current())
    except TenureError as error:
        return _section(request, "risk/_health_bands.html", _("Health"), {"problem": str(error)})
    context = {"report": found, "customers": sum(found.now.values()) + found.unknown}
    return _section(request, "risk/_health_bands.html", _("Health"), context)


@require_GET
@right("risk.view")
def people(request: HttpRequest) -> HttpResponse:
    """Who has the most to lose, with reasons."""
    shop = workspace.current()
    rows = overview.endangered(shop, request.user)
    context = {"rows": rows, "lifecycle": shop.lifecycle().key, "since_from": overview.since_from(shop, rows)}
    context |= {"saved": overview.saved(shop), "contracts": overview.of_contracts(shop)}
    return _section(request, "risk/_people.html", _("Who has the most to lose"), context)


@require_GET
@right("risk.view")
def survival(request: HttpRequest) -> HttpResponse:
    """How long customers last, by everybody, stage, channel or cohort."""
    asked = request.GET.get("by", "")
    context: dict[str, Any] = {"by": asked if asked in lasting.BY else "all", "kinds": lasting.BY}
    shop = workspace.current()
    try:
        found = lasting.survival(shop, context["by"])
    except TenureError as error:
        return _section(request, "risk/_survival.html", _("How long customers last"), context | {"problem": str(error)})
    lines = lasting.lines(shop, found)
    context["contracts"] = found.awaited == "renewal"
    context |= {"found": found, "lines": lines, "marks": lasting.marks(found), "chart": lasting.chart(lines)}
    return _section(request, "risk/_survival.html", _("How long customers last"), context)


@require_GET
@right("risk.view")
def drivers(request: HttpRequest) -> HttpResponse:
    """What told the lost from the kept, and the shrinking from the steady."""
    try:
        lost, shrinking = overview.lessons(workspace.current())
    except TenureError as error:
        return _section(request, "risk/_drivers.html", _("What told the lost from the kept"), {"problem": str(error)})
    return _section(
        request, "risk/_drivers.html", _("What told the lost from the kept"), {"lost": lost, "shrinking": shrinking}
    )


@require_GET
@right("customers.view")
def customer(request: HttpRequest, key: int) -> HttpResponse:
    """The cards of value, risk and health on a customer's page, and why it left when it did."""
    access_customer(request.user, key)
    shop = workspace.current()
    context = overview.customer(shop, key) | wellbeing.customer(shop, key) | _left(shop, key)
    return render(request, "risk/_customer.html", context | {"customer_key": key})


def _left(shop: Workspace, key: int) -> dict[str, Any]:
    said = departures.latest(key)
    if said is None and not departures.has_left(shop, key):
        return {}
    try:
        tree, titles = departures.tree(shop), departures.titles(shop)
    except DefinitionError as error:
        return {"left": {"problem": error.problems[0]}}
    title = (titles.get(said.reason) or said.reason) if said else None
    return {"left": {"said": said, "title": title, "tree": tree}}
