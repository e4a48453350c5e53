"""The exact count of a lifecycle that looks back: everybody's whole history under the draft, walked by the worker."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from tenure.definitions import draft
from tenure.errors import DefinitionError
from tenure.reports.trial import LifecycleTrial, Shift, walk_lifecycle
from tenure_web.accounts.rights import right
from tenure_web.definitions.trying import placed
from tenure_web.definitions.views import Edited, posted, shown
from tenure_web.worker import workspace
from tenure_web.worker.jobs import Progress, enqueue, handler
from tenure_web.worker.models import Job

KIND = "definitions.walk"
GOOD_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Walked:
    """The job, and once it is done what it found."""

    job: Job
    found: dict[str, Any] = field(default_factory=dict)
    as_of: datetime | None = None


def start() -> None:
    """Let the worker walk histories when asked."""
    handler(KIND)(walk)


def walk(job: Job, progress: Progress) -> dict[str, Any]:
    """Place everybody by the draft in the job, and by the present definition."""
    shop, key = workspace.current(), job.params["key"]
    folder, moment = shop.folder / "definitions", shop.clock.as_of()
    drafted = draft(folder, "lifecycles", key, job.params["text"], shop.settings.currency)
    if drafted.definitions is None:
        raise DefinitionError(list(drafted.problems))
    snapshot = shop.store.snapshot()
    found = walk_lifecycle(
        snapshot, key, drafted.definitions, shop.definitions, moment, lambda share: progress(share, "history")
    )
    return {"as_of": moment.instant.isoformat(), "found": asdict(found)}


@right("definitions.edit")
@require_POST
def show(request: HttpRequest, sort: str, key: str) -> HttpResponse:
    """Begin the walk, or look how far it is (`walk` names it): the part of the pane, or the page without scripts."""
    if sort != "lifecycles":
        raise Http404
    edited, number = posted(request, sort, key), request.POST.get("walk", "")
    job = _asked(edited, number) if number else _job(request, edited)
    context: dict[str, Any] = {"edited": edited, "editable": True, "walked": job and _walked(edited, job, request.user)}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "definitions/_walked.html", context)
    return render(
        request, "definitions/editor.html", shown(request, edited, request.POST.get("view", "form")) | context
    )


def _asked(edited: Edited, number: str) -> Job | None:
    """The walk of this number, as long as it is still about what is in the editor."""
    found = Job.objects.filter(kind=KIND, pk=number).first() if number.isdecimal() and len(number) < 12 else None
    return found if found is not None and found.params == _params(edited) else None


def _job(request: HttpRequest, edited: Edited) -> Job:
    """A walk of the same text that is on its way or just ended, else a new one."""
    known = [job for job in Job.objects.filter(kind=KIND).order_by("-id")[:20] if job.params == _params(edited)]
    fresh = timezone.now() - GOOD_FOR
    for job in known:
        if job.state in (Job.QUEUED, Job.RUNNING) or (job.state == Job.DONE and job.finished_at > fresh):
            return job
    return enqueue(KIND, _params(edited), request.user)


def _params(edited: Edited) -> dict[str, str]:
    """What a walk is about: the draft, and the definitions it is compared with."""
    return {"key": edited.key, "text": edited.text, "present": workspace.current().definitions.hash}


def _walked(edited: Edited, job: Job, user: Any) -> Walked:
    if job.state != Job.DONE:
        return Walked(job)
    shop, said = workspace.current(), job.result["found"]
    drafted = draft(shop.folder / "definitions", "lifecycles", edited.key, edited.text, shop.settings.currency)
    if drafted.definitions is None:  # something it reads has gone since
        return Walked(job)
    found = LifecycleTrial(**{**said, "shifts": tuple(Shift(**each) for each in said["shifts"])})
    present = shop.definitions.lifecycles.get(edited.key) if found.before is not None else None
    lifecycle = drafted.definitions.lifecycles[edited.key]
    return Walked(job, placed(lifecycle, present, found, user), datetime.fromisoformat(job.result["as_of"]))
