"""The definition of the health score on the web: read, changed as YAML, taken back to the built-in one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenure.errors import DefinitionError
from tenure_web.accounts.rights import can, right
from tenure_web.audit.record import record
from tenure_web.worker import workspace
from tenure_web.worker.jobs import enqueue

LONGEST = 100_000


@require_GET
@right("definitions.view")
def show(request: HttpRequest) -> HttpResponse:
    """What the health score is made of, as YAML."""
    health = workspace.current().health
    try:
        text, built_in = health.text
    except DefinitionError as error:
        return _shown(request, "", False, error.problems)
    return _shown(request, text, built_in, ())


def _shown(request: HttpRequest, text: str, built_in: bool, problems: Any, status: int = 200) -> HttpResponse:
    editable = can(request.user, "definitions.edit")
    context = {"text": text, "built_in": built_in, "problems": problems, "editable": editable}
    return render(request, "risk/health_edit.html", context, status=status)


@require_POST
@right("definitions.edit")
def save(request: HttpRequest) -> HttpResponse:
    """Keep a checked definition and score everybody by it; what is wrong is told and nothing is kept."""
    shop = workspace.current()
    back = request.POST.get("to") == "built-in"
    text = request.POST.get("text", "")[:LONGEST].replace("\r\n", "\n")
    former = _former()
    try:
        shop.health.define(None if back else text)
    except DefinitionError as error:
        return _shown(request, text, False, error.problems, status=422)
    record(request, "definition.health", "health.yml", {"built_in": back, "former": former})
    enqueue("risk", {}, request.user)
    messages.success(request, _("Saved. Everybody is scored anew; the risk page then shows how each band fared."))
    return redirect("risk_health_edit")


def _former() -> str | None:
    """The company's own text so far, for the audit; None where the built-in one counted or it could not be read."""
    try:
        text, built_in = workspace.current().health.text
    except DefinitionError:
        return None
    return None if built_in else text
