"""Saving a definition, taking it away, its versions, and going back to one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenure import definitions
from tenure.definitions import Sort, versions
from tenure.errors import NotFound
from tenure_web.accounts.rights import can, right
from tenure_web.audit.record import record
from tenure_web.definitions.views import Edited, access_definition, posted, shown
from tenure_web.definitions.words import SORTS, title_of
from tenure_web.theme.saying import said
from tenure_web.worker import workspace

Lists = Mapping[str, bytes]


def _kept(
    request: HttpRequest, sort: Sort, key: str, text: str | None, reason: str, what: str, lists: Lists | None = None
) -> bool:
    """Put a checked text (None: none) with its lists to work under the person's name; False when nothing changed."""
    shop = workspace.current()
    folder, author = shop.folder / "definitions", str(request.user)
    made = versions.change(folder, [(sort, key, text)], author, reason[:300], shop.clock.now(), lists)
    if made is not None:
        record(request, f"definition.{what}", f"{sort}/{key}", {"version": made.number, "reason": reason[:300]})
    return made is not None


@right("definitions.edit")
@require_POST
def save(request: HttpRequest, sort: str, key: str) -> HttpResponse:
    """Keep a checked definition and put it to work; what is wrong is told and nothing is kept."""
    edited = posted(request, sort, key)
    problems = _problems(edited)
    if problems:
        context = shown(request, edited, request.POST.get("view", "form"), problems[:3])
        return render(request, "definitions/editor.html", context, status=422)
    if _kept(request, edited.sort, edited.key, edited.text, request.POST.get("reason", ""), "save"):
        messages.success(request, _("Saved. Everybody is being placed anew."))
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("definition", sort, edited.key)


def _problems(edited: Edited, lists: Lists | None = None) -> tuple[str, ...]:
    shop = workspace.current()
    if edited.new and edited.key in getattr(shop.definitions, edited.sort):
        return (_("“%(key)s” exists already. Choose another key.") % {"key": edited.key},)
    folder, currency = shop.folder / "definitions", shop.settings.currency
    found = definitions.draft(folder, edited.sort, edited.key, edited.text, currency, lists)
    return found.problems


@right("definitions.edit")
@require_POST
def remove(request: HttpRequest, sort: str, key: str) -> HttpResponse:
    """Take the company's own definition away, unless something still reads it."""
    edited = access_definition(sort, key)
    shop = workspace.current()
    problems = definitions.without(shop.folder / "definitions", edited.sort, key, shop.settings.currency)
    if problems:
        messages.error(request, _("It is still read elsewhere: %(problem)s") % {"problem": said(problems[0])})
        return redirect("definition", sort, key)
    _kept(request, edited.sort, key, None, request.POST.get("reason", ""), "remove")
    messages.success(request, _("Taken away. Its versions stay: you can bring it back."))
    return redirect("definition_versions", sort, key)


@dataclass(frozen=True)
class Kept:
    """One version as the page tells it: the change with its lines, and whether it is the present text."""

    version: versions.Version
    lines: list[str]
    present: bool
    gone: bool


@right("definitions.view")
@require_GET
def history(request: HttpRequest, sort: str, key: str) -> HttpResponse:
    """Who changed this definition when and why, with what went and came."""
    if sort not in SORTS:
        raise Http404
    shop = workspace.current()
    rows = [_row(each, sort, key) for each in versions.versions(shop.folder / "definitions", sort, key)]  # type: ignore[arg-type]
    title = title_of(shop.definitions, sort, key)
    if not rows and title is None:
        raise Http404
    context: dict[str, Any] = {
        "sort": sort,
        "key": key,
        "title": title or key,
        "rows": rows,
        "back": reverse("definition", args=[sort, key]) if title else "",
        "present": _present(sort, key),
        "editable": can(request.user, "definitions.edit"),
    }
    return render(request, "definitions/versions.html", context)


def _present(sort: str, key: str) -> str | None:
    try:
        found = access_definition(sort, key)
    except Http404:
        return None
    return None if found.built_in else found.text


def _row(version: versions.Version, sort: str, key: str) -> Kept:
    entry = version.entry(sort, key)  # type: ignore[arg-type]
    assert entry is not None
    folder = workspace.current().folder / "definitions"
    present = entry.text == _present(sort, key) and versions.has_its_lists(folder, entry)
    return Kept(version, entry.lines, present, entry.text is None)


@right("definitions.edit")
@require_POST
def restore(request: HttpRequest, sort: str, key: str) -> HttpResponse:
    """Bring one definition back to how a version left it, with its lists of customers, as a new version."""
    folder = workspace.current().folder / "definitions"
    number = request.POST.get("number", "")
    if sort not in SORTS:
        raise Http404
    found = next((each for each in versions.versions(folder, sort, key) if str(each.number) == number), None)  # type: ignore[arg-type]
    entry = found.entry(sort, key) if found else None  # type: ignore[arg-type]
    if entry is None or entry.text is None:
        raise Http404
    try:
        lists = versions.lists_of(folder, entry)
        problems = _problems(Edited(entry.sort, key, entry.text, built_in=False), lists)
    except NotFound as error:
        lists, problems = {}, (str(error),)
    if problems:
        messages.error(request, _("This version no longer fits: %(problem)s") % {"problem": said(problems[0])})
        return redirect("definition_versions", sort, key)
    reason = _("Back to version %(number)s") % {"number": number}
    _kept(request, entry.sort, key, entry.text, reason, "restore", lists)
    messages.success(request, _("Version %(number)s is at work again.") % {"number": number})
    return redirect("definition", sort, key)
