"""What people do to a journey: make, change, publish, start, pause, resume."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tenure import journeys as rules
from tenure.definitions import Words
from tenure.errors import DefinitionError, NotFound
from tenure_web.accounts.rights import right
from tenure_web.audit.record import record
from tenure_web.journeys import running, starting
from tenure_web.journeys.forms import JourneyForm, step_form
from tenure_web.journeys.models import Journey
from tenure_web.journeys.pages import access_journey, page
from tenure_web.theme.saying import said

NEW: dict[str, dict[str, Any]] = {
    "wait": {"wait": {"days": 1}},
    "check": {"check": ""},
    "branch": {"branch": [{"when": "", "steps": []}]},
    "email": {"email": ""},
}


def _there(row: Journey, step: str = "") -> HttpResponse:
    address = reverse("journey", args=[row.key])
    return HttpResponseRedirect(f"{address}?step={step}" if step else address)


def _save(request: HttpRequest, row: Journey, tree: dict[str, Any], what: str) -> None:
    row.draft = tree
    row.save(update_fields=["draft"])
    record(request, f"journey.{what}", row.key)


@right("journeys.edit")
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """A new journey: from a starter, or with nothing but a name."""
    chosen = request.POST.get("starter", "")
    if chosen in {starter.key for starter in starting.starters() if not starter.problem}:
        row = starting.create(chosen, request.user)
        record(request, "journey.make", row.key)
        return _there(row)
    row = starting.empty(Words("New journey", "新旅程"), request.user)
    record(request, "journey.make", row.key)
    return _there(row, "journey")


@right("journeys.edit")
@require_POST
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Save the panel: the journey's own settings, or one step."""
    row, chosen = access_journey(request.user, key), request.POST.get("step", "")
    if chosen == "journey":
        form: Any = JourneyForm(request.POST, tree=row.draft)
        tree = form.tree(row.draft) if form.is_valid() else None
    else:
        form = step_form(_step(row, chosen), request.POST)
        tree = rules.change(row.draft, chosen, form.values()) if form.is_valid() else None
    if tree is None:
        return page(request, row, form, status=422)
    _save(request, row, tree, "change")
    return _there(row, chosen)


def _step(row: Journey, step: str) -> dict[str, Any]:
    try:
        return rules.step_of(row.draft, step)
    except NotFound as error:
        raise Http404 from error


@right("journeys.edit")
@require_POST
def insert(request: HttpRequest, key: str) -> HttpResponse:
    """Put a new step in at a "+"."""
    row, kind = access_journey(request.user, key), request.POST.get("kind", "")
    position = request.POST.get("position", "")
    if kind not in NEW or not position.isdigit():
        raise Http404
    taken = {found for version in row.versions.all() for found in _ids(version.tree)}
    try:
        tree, added = rules.insert(row.draft, request.POST.get("path", ""), int(position), NEW[kind], taken)
    except NotFound as error:
        raise Http404 from error
    _save(request, row, tree, "change")
    return _there(row, added)


def _ids(tree: dict[str, Any]) -> list[str]:
    return [step["id"] for _path, steps in rules.lists(rules.numbered(tree)) for step in steps]


@right("journeys.edit")
@require_POST
def remove(request: HttpRequest, key: str) -> HttpResponse:
    """Take a step out, with all that hangs under it."""
    row = access_journey(request.user, key)
    step = _step(row, request.POST.get("step", ""))
    _save(request, row, rules.remove(row.draft, step["id"]), "change")
    messages.info(request, _("The step is removed from the draft."))
    return _there(row)


@right("journeys.run")
@require_POST
def act(request: HttpRequest, key: str, what: str) -> HttpResponse:
    """Start, pause, resume, publish."""
    row = access_journey(request.user, key)
    try:
        told = ACTS[what](request, row)
    except DefinitionError as error:
        messages.error(request, _("It is not ready yet: %(problem)s") % {"problem": said(error.problems[0])})
        return _there(row)
    record(request, f"journey.{what}", row.key, {"version": row.current.number if row.current else 0})
    messages.success(request, told)
    return _there(row)


def _start(request: HttpRequest, row: Journey) -> str:
    entered = running.start(row, request.user, timezone.now(), request.POST.get("everybody") == "yes")
    if entered:
        return ngettext("Running. %(n)d customer entered.", "Running. %(n)d customers entered.", entered) % {
            "n": entered
        }
    return _("Running. Whoever gets there from now on enters.")


def _pause(_request: HttpRequest, row: Journey) -> str:
    running.pause(row)
    return _("Paused. Everybody keeps their place, and nothing goes out.")


def _resume(_request: HttpRequest, row: Journey) -> str:
    running.resume(row)
    return _("Running again.")


def _publish(request: HttpRequest, row: Journey) -> str:
    version = running.publish(row, request.user)
    return _("Version %(n)d is live for newcomers. Whoever is on the way keeps theirs.") % {"n": version.number}


ACTS = {"start": _start, "pause": _pause, "resume": _resume, "publish": _publish}
