"""The value page, and the button that scores everybody anew."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenure_web.accounts.rights import right
from tenure_web.audit.record import record
from tenure_web.value import overview, trust
from tenure_web.worker import workspace
from tenure_web.worker.jobs import enqueue, refusal


@require_GET
@right("value.view")
def show(request: HttpRequest) -> HttpResponse:
    """What everybody is worth, spread, by whom, and how far the forecast can be trusted."""
    shop = workspace.current()
    con = shop.store.snapshot().connect()
    try:
        found = overview.whole(con)
        context: dict[str, Any] = {"worth": found, "refused": refusal("value")}
        if found:
            by_channel = overview.channels(shop, con)
            context |= {
                "chart": overview.spread(con, shop.settings.currency),
                "groups": overview.groups(shop, con, found.contracts),
                "channels": by_channel,
                "costed": any(each.cost for each in by_channel),
                **_trust(con),
            }
    finally:
        con.close()
    return render(request, "value/value.html", context)


def _trust(con: Any) -> dict[str, Any]:
    """The hold-outs that were kept with the fit, with their charts: of orders, of contracts, or of both."""
    rows = con.execute("SELECT report FROM value_model").fetchall()
    kept = json.loads(rows[-1][0]) if rows and rows[-1][0] else None
    return {"trusted": [trust.judged(each) for each in (kept, (kept or {}).get("contracts")) if each]}


@require_POST
@right("settings.edit")
def renew(request: HttpRequest) -> HttpResponse:
    """Ask the worker to fit the models of value and risk anew."""
    for kind in ("risk", "value"):  # in this order: of contracts, value follows risk
        enqueue(kind, {"refit": True}, request.user)
    record(request, "forecast.renew", "")
    messages.success(request, _("The worker learns anew; the figures change in a few minutes."))
    return redirect(request.POST.get("next") if request.POST.get("next") in ("/value/", "/risk/") else "/value/")
