"""The needs page, its button, and the card on a customer's page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenure.errors import DefinitionError
from tenure_web.accounts.rights import right
from tenure_web.audit.record import record
from tenure_web.customers.models import State
from tenure_web.customers.page import access_customer
from tenure_web.needs import card, due, overview
from tenure_web.worker import workspace
from tenure_web.worker.jobs import enqueue, refusal


@require_GET
@right("needs.view")
def show(request: HttpRequest) -> HttpResponse:
    """What the shop needs to know: who is due, what sells, what belongs together, the year, and how far to trust it."""
    shop = workspace.current()
    kept = shop.needs.scored()
    learnable = kept is not None or overview.ordered() or not State.objects.exists()  # nobody yet: nothing to explain
    context: dict[str, Any] = {"kept": kept, "learnable": learnable, "refused": refusal("needs") if learnable else ""}
    if kept is not None:
        context |= overview.whole(shop, request.GET.get("category", "")[:200]) | due.listed(request, shop)
    try:
        context |= {"limits": shop.needs.limits, "titles": shop.needs.titles}
    except DefinitionError as error:
        context["problem"] = error.problems[0]
    return render(request, "needs/needs.html", context)


@require_POST
@right("settings.edit")
def renew(request: HttpRequest) -> HttpResponse:
    """Ask the worker to work everybody's needs out anew."""
    enqueue("needs", {}, request.user)
    record(request, "needs.renew", "")
    messages.success(request, _("The worker works needs out anew; the page changes in a few minutes."))
    return redirect("needs")


@require_GET
@right("customers.view")
def customer(request: HttpRequest, key: int) -> HttpResponse:
    """The card of the next order and of what to offer on a customer's page."""
    access_customer(request.user, key)
    return render(request, "needs/_customer.html", card.made(workspace.current(), key))
