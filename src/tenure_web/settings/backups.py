"""Backups from the web: make one, check the installation, download, delete."""

import re
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tenure_web.accounts.rights import right
from tenure_web.audit.record import record
from tenure_web.settings import forms
from tenure_web.settings.backup_work import BACKUP, VERIFY, kept
from tenure_web.worker import jobs
from tenure_web.worker.models import Job

_NAME = re.compile(r"tenure-[0-9]{8}-[0-9]{6}\.zip")


def access_backup(name: str) -> Path:
    """The kept backup of this name; 404 when there is none. No other file can be named."""
    path = kept() / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise Http404
    return path


@right("backup.run")
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The kept backups, newest first, and the work under way."""
    return _page(request, forms.Backup())


def _page(request: HttpRequest, form: forms.Backup) -> HttpResponse:
    found = sorted(kept().glob("tenure-*.zip"), reverse=True)
    rows = [{"name": path.name, "size": path.stat().st_size, "at": path.stat().st_mtime} for path in found]
    last = {kind: Job.objects.filter(kind=kind).order_by("-id").first() for kind in (BACKUP, VERIFY)}
    context = {"form": form, "rows": rows, "backup": last[BACKUP], "verified": last[VERIFY]}
    return render(request, "settings/backups.html", context, status=422 if form.errors else 200)


@right("backup.run")
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Ask the worker for a backup."""
    form = forms.Backup(request.POST)
    if not form.is_valid():
        return _page(request, form)
    if _under_way(BACKUP):
        messages.info(request, _("A backup is being made already."))
        return redirect("backups")
    with_secret = form.cleaned_data["with_secret"]
    jobs.enqueue(BACKUP, {"with_secret": with_secret}, request.user)
    record(request, "backup.make", "", {"with_secret": with_secret})
    return redirect("backups")


@right("backup.run")
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Ask the worker to look for damage."""
    if not _under_way(VERIFY):
        jobs.enqueue(VERIFY, {}, request.user)
        record(request, "backup.verify")
    return redirect("backups")


def _under_way(kind: str) -> bool:
    return Job.objects.filter(kind=kind, state__in=(Job.QUEUED, Job.RUNNING)).exists()


@right("backup.run")
@never_cache
@require_POST
def download(request: HttpRequest, name: str) -> Any:
    """Hand over a backup; it holds everything, so this is written down."""
    path = access_backup(name)
    record(request, "backup.download", name)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/zip")


@right("backup.run")
@require_POST
def delete(request: HttpRequest, name: str) -> HttpResponse:
    """Remove a kept backup."""
    access_backup(name).unlink()
    record(request, "backup.delete", name)
    messages.success(request, _("The backup is deleted."))
    return redirect("backups")
