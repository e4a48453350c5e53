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
from tenure_web.worker.jobs import enqueue


@require_GET
@right("value.view")
def show(request: HttpRequest) -> HttpResponse:
    """What everybody is worth, spread, by whom, and how far the forecast can be trusted."""
    shop = workspace.current()
    con = shop.store.snapshot().connect()
    try:
        found = overview.whole(con)
        context: dict[str, Any] = {"worth": found}
        if found:
            context |= {
                "chart": overview.spread(con, shop.settings.currency),
                "groups": overview.groups(shop),
                "channels": overview.channels(shop, con),
                **_trust(con),
            }
    finally:
        con.close()
    return render(request, "value/value.html", context)


def _trust(con: Any) -> dict[str, Any]:
    """The hold-out that was kept with the fit, with its charts; `refused` in it says why it could not be made."""
    rows = con.execute("SELECT report FROM value_model").fetchall()
    report = json.loads(rows[-1][0]) if rows and rows[-1][0] else None
    if not report or "refused" in report:
        return {"report": report}
    return {"report": report, "tracking": trust.tracking(report), "tenths": trust.tenths(report)}


@require_POST
@right("settings.edit")
def renew(request: HttpRequest) -> HttpResponse:
    """Ask the worker to fit the models of value and risk anew."""
    for kind in ("risk", "value"):  # in this order: of contracts, value follows risk
        enqueue(kind, {"refit": True}, request.user)
    record(request, "forecast.renew", "")
    messages.success(request, _("The worker learns anew; the figures change in a few minutes."))
    return redirect(request.POST.get("next") if request.POST.get("next") in ("/value/", "/risk/") else "/value/")
