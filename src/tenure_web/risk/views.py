"""The risk page with its parts that take a moment, and the card on a customer's page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tenure.errors import TenureError
from tenure.needs import Offer, Wanted
from tenure_web.accounts.rights import right
from tenure_web.customers.page import access_customer
from tenure_web.risk import overview
from tenure_web.worker import workspace


@require_GET
@right("risk.view")
def show(request: HttpRequest) -> HttpResponse:
    """How many may be lost, what is at stake, how far the forecast can be trusted; the rest is asked for after."""
    kept = workspace.current().risk.kept()
    context: dict[str, Any] = {"kept": kept}
    if kept is not None:
        found = overview.bands()
        context |= {
            "bands": found,
            "stake": sum(band.stake for band in found),
            "customers": sum(band.customers for band in found),
            "report": kept.report,
        }
    return render(request, "risk/risk.html", context)


@require_GET
@right("risk.view")
def people(request: HttpRequest) -> HttpResponse:
    """Who has the most to lose, with reasons."""
    shop = workspace.current()
    context = {"rows": overview.endangered(shop, request.user), "lifecycle": shop.lifecycle().key}
    return render(request, "risk/_people.html", context)


@require_GET
@right("risk.view")
def drivers(request: HttpRequest) -> HttpResponse:
    """What told the lost from the kept, and the shrinking from the steady."""
    try:
        lost, shrinking = overview.lessons(workspace.current())
    except TenureError as error:
        return render(request, "risk/_drivers.html", {"problem": str(error)})
    return render(request, "risk/_drivers.html", {"lost": lost, "shrinking": shrinking})


@require_GET
@right("customers.view")
def needs(request: HttpRequest, key: int) -> HttpResponse:
    """The card of the next order and of what to offer on a customer's page."""
    access_customer(request.user, key)
    shop = workspace.current()
    found = shop.needs.of(key)
    today = shop.clock.as_of().day
    context = {"needs": found, "late": bool(found and found.next_day < today)}
    if found:
        context |= {"again": _kind(found, "again")[:5], "goes_with": _kind(found, "with")}
    return render(request, "risk/_needs.html", context)


def _kind(found: Wanted, kind: str) -> list[Offer]:
    return [offer for offer in found.offers if offer.kind == kind]


@require_GET
@right("customers.view")
def customer(request: HttpRequest, key: int) -> HttpResponse:
    """The card of value and risk on a customer's page."""
    access_customer(request.user, key)
    return render(request, "risk/_customer.html", overview.customer(workspace.current(), key))
