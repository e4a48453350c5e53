"""A file on its way in: receive it, look at it, say what its columns mean, try it out, take it in."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tenure.errors import TenureError
from tenure_web.accounts.rights import right
from tenure_web.audit.record import record
from tenure_web.collect import looking, uploads
from tenure_web.collect.models import Upload
from tenure_web.worker import jobs
from tenure_web.worker.models import Job
from tenure_web.worker.workspace import current

KINDS = ("orders", "events", "customers", "costs")


@uploads.receives_files
@require_http_methods(["GET", "POST"])
@right("collect.edit")
def receive(request: HttpRequest) -> HttpResponse:
    """Choose what it is and the file."""
    kind = request.POST.get("kind") or request.GET.get("kind") or "orders"
    kind = kind if kind in KINDS else "orders"
    if request.method == "POST":
        file = request.FILES.get("file")
        if file:
            upload = uploads.keep(file, kind, request.user)
            record(request, "upload.file", upload.name, {"kind": kind, "bytes": upload.size})
            return redirect("collect_look", upload.token)
        messages.error(request, _("Choose a file. It may have up to 2 GB; larger ones go by the command line."))
    return render(request, "collect/upload.html", {"kind": kind, "limit": uploads.LIMIT})


def access_upload(user: Any, token: str) -> Upload:
    """The upload, only for the one who sent it; 404 once it is gone."""
    return get_object_or_404(Upload.objects.select_related("tried", "taken"), token=token, user=user)


@require_http_methods(["GET", "POST"])
@right("collect.edit")
def look(request: HttpRequest, token: str) -> HttpResponse:
    """The first rows, with what each column means: guessed, to be corrected. A POST reads the file anew as said."""
    upload = access_upload(request.user, token)
    if upload.taken and upload.taken.state == Job.DONE:
        return redirect("collect_import_of", upload.taken.pk)
    if request.method == "POST":
        upload.said = looking.read_form(upload, request.POST, keep_columns=False)
        upload.tried = None
        upload.save(update_fields=["said", "tried"])
        return redirect("collect_look", token)
    try:
        page = looking.page(upload)
    except TenureError as error:
        return render(request, "collect/unreadable.html", {"upload": upload, "problem": str(error)}, status=200)
    context = {"upload": upload, "page": page, "own_currency": current().settings.currency, **looking.choices()}
    return render(request, "collect/look.html", {**context, **_jobs(upload)})


def _jobs(upload: Upload) -> dict[str, Any]:
    tried, taken = upload.tried, upload.taken
    working = next((job for job in (taken, tried) if job and job.state in (Job.QUEUED, Job.RUNNING)), None)
    failed = next((job for job in (taken, tried) if job and job.state == Job.FAILED), None)
    result = tried.result if tried and tried.state == Job.DONE else None
    return {"working": working, "failed": None if working else failed, "dry": None if working else result}


@require_POST
@right("collect.edit")
def try_out(request: HttpRequest, token: str) -> HttpResponse:
    """Say what would happen, and change nothing."""
    return _start(request, token, dry_run=True)


@require_POST
@right("collect.edit")
def take_in(request: HttpRequest, token: str) -> HttpResponse:
    """Take the file in."""
    return _start(request, token, dry_run=False)


def _start(request: HttpRequest, token: str, dry_run: bool) -> HttpResponse:
    upload = access_upload(request.user, token)
    if not upload.path.is_file():
        return redirect("collect_look", token)
    upload.said = looking.read_form(upload, request.POST)
    params = {"kind": upload.kind, "upload": upload.token, "dry_run": dry_run, **upload.said}
    job = jobs.enqueue("import.file", params, request.user)
    upload.tried, upload.taken = (job, upload.taken) if dry_run else (upload.tried, job)
    upload.save(update_fields=["said", "tried", "taken"])
    return redirect("collect_look", token)


@require_POST
@right("collect.edit")
def discard(request: HttpRequest, token: str) -> HttpResponse:
    """Delete the file without taking it in."""
    upload = access_upload(request.user, token)
    uploads.discard(upload)
    upload.delete()
    messages.success(request, _("The file was deleted."))
    return redirect("collect_upload")
