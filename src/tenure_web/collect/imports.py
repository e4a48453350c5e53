"""What was taken in from files: the list, one import with its refused lines, and taking it back."""

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from tenure.collect.files.imports import Import
from tenure.errors import NotFound
from tenure_web.accounts.rights import can, right
from tenure_web.audit.record import record
from tenure_web.collect.letters import HIDDEN
from tenure_web.worker import jobs
from tenure_web.worker.models import Job
from tenure_web.worker.workspace import current

SHOWN = 50


@require_GET
@right("collect.view")
def show(request: HttpRequest) -> HttpResponse:
    """Every import, newest first."""
    return render(request, "collect/imports.html", {"imports": current().collect.files.log.list()})


def access_import(number: int) -> Import:
    """The import of this number, or 404."""
    try:
        return current().collect.files.log.get(number)
    except NotFound as error:
        raise Http404 from error


@require_GET
@right("collect.view")
def one(request: HttpRequest, number: int) -> HttpResponse:
    """What an import did, and the first lines it refused."""
    found = access_import(number)
    plain = can(request.user, "customers.personal")
    lines = [
        {"line": row.line, "reason": row.reason, "cells": row.cells if plain else [HIDDEN for _ in row.cells]}
        for row in current().collect.files.refused.page(number, limit=SHOWN)
    ]
    undoing = Job.objects.filter(kind="import.undo", params__import_id=number).order_by("-id").first()
    context = {"found": found, "result": found.result, "lines": lines, "shown": SHOWN, "undoing": undoing}
    return render(request, "collect/import.html", context)


@require_GET
@right("collect.view")
def of_job(request: HttpRequest, job: int) -> HttpResponse:
    """From a finished job to the import it made."""
    found = get_object_or_404(Job, pk=job, kind="import.file")
    return (
        redirect("collect_import", found.result["import"])
        if found.result.get("import")
        else redirect("collect_imports")
    )


@require_GET
@right("collect.edit")
def refused(request: HttpRequest, number: int) -> HttpResponse:
    """The refused lines with number and reason as CSV, safe to open in a spreadsheet program."""
    if not can(request.user, "customers.personal"):
        raise Http404
    found = access_import(number)
    record(request, "export.refused_lines", number)
    language = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    lines = current().collect.files.refused.export(number, found.header, language)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="import-{number}-refused.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@right("collect.edit")
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """Ask the worker to take an import back."""
    access_import(number)
    jobs.enqueue("import.undo", {"import_id": number}, request.user)
    return redirect("collect_import", number)
