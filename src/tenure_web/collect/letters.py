"""The dead letter box: events that were refused, why, sent in again or dropped."""

import re
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenure.clock import Clock
from tenure.collect.personal import OF_A_PERSON, canonical
from tenure.errors import TenureError
from tenure_web.accounts.rights import can, right
from tenure_web.audit.record import record
from tenure_web.theme.saying import said
from tenure_web.worker.workspace import current

PAGE = 30
_EMAIL = re.compile(r"[^\s@<>\"',;]+@[^\s@<>\"',;]+")
HIDDEN = "•••"


@require_GET
@right("collect.view")
def show(request: HttpRequest) -> HttpResponse:
    """Open letters, newest first; `?state=replayed|dropped` shows the resolved ones."""
    box = current().collect.dead_letters
    state = request.GET.get("state", "open")
    state = state if state in ("open", "replayed", "dropped") else "open"
    before = request.GET.get("before", "")
    found = box.list(state, PAGE + 1, int(before) if before.isdigit() else None)
    plain = can(request.user, "customers.personal")
    sources = {source.source_id: source.name for source in current().collect.sources.all()}
    rows = [
        {
            "letter": letter,
            "text": letter.text if plain else masked(letter.text),
            "source": sources.get(letter.source_id, ""),
        }
        for letter in found[:PAGE]
    ]
    context = {
        "rows": rows,
        "state": state,
        "counts": box.counts(),
        "older": rows[-1]["letter"].id if len(found) > PAGE else None,
        "can_correct": plain and can(request.user, "collect.edit"),
    }
    return render(request, "collect/letters.html", context)


def masked(text: str) -> str:
    """The event with personal values hidden; what cannot be read as JSON is hidden whole."""
    try:
        return msgspec.json.encode(_hide(msgspec.json.decode(text))).decode()
    except (msgspec.DecodeError, RecursionError):
        return HIDDEN


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: HIDDEN if canonical(key) in OF_A_PERSON else _hide(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_hide(inner) for inner in value]
    return _EMAIL.sub(HIDDEN, value) if isinstance(value, str) else value


@require_POST
@right("collect.edit")
def replay(request: HttpRequest, number: int) -> HttpResponse:
    """Send an event in again, as it came or corrected."""
    corrected = request.POST.get("body", "").strip()
    body = corrected.encode() if corrected and can(request.user, "customers.personal") else None
    try:
        current().collect.replay(number, Clock("UTC").now(), body)
    except TenureError as error:
        messages.error(request, said(error))
        return redirect("collect_letters")
    record(request, "replay.event", number, {"corrected": body is not None})
    messages.success(request, _("Sent in again. If it is refused once more it comes back here."))
    return redirect("collect_letters")


@require_POST
@right("collect.edit")
def drop(request: HttpRequest, number: int) -> HttpResponse:
    """Put a letter aside for good."""
    box = current().collect.dead_letters
    box.get(number)
    box.resolve(number, "dropped", Clock("UTC").now())
    record(request, "drop.event", number)
    messages.success(request, _("Dropped."))
    return redirect("collect_letters")


@require_POST
@right("collect.edit")
def replay_all(request: HttpRequest) -> HttpResponse:
    """Send in again all open letters that were refused for one reason."""
    collect, reason = current().collect, request.POST.get("reason", "")
    chosen = [letter for letter in collect.dead_letters.list("open", 10_000) if letter.reason == reason]
    for letter in chosen:
        collect.replay(letter.id, Clock("UTC").now())
    record(request, "replay.events", reason, {"events": len(chosen)})
    messages.success(request, _("%(n)d events were sent in again.") % {"n": len(chosen)})
    return redirect("collect_letters")
