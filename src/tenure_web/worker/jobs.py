"""Long work by name. A handler runs in the worker; the page that asked polls the row."""

import threading
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from tenure.errors import TenureError
from tenure_web.worker.models import Job

Progress = Callable[..., None]
Handler = Callable[[Job, Progress], dict | None]

_HANDLERS: dict[str, Handler] = {}
LEASE = timedelta(minutes=2)

#: Set when the worker is to end. Work that takes minutes looks at it, and raises PutBack.
stopping = threading.Event()


class PutBack(Exception):
    """The worker ends before the job is done: it waits again, for the next worker."""


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register what does jobs of this kind. It gets the job and `progress(fraction, message="")`."""

    def keep(function: Handler) -> Handler:
        _HANDLERS[kind] = function
        return function

    return keep


def enqueue(kind: str, params: dict | None = None, user: object = None) -> Job:
    """Ask the worker for a piece of work; returns at once."""
    return Job.objects.create(kind=kind, params=params or {}, created_by=user)


def refusal(kind: str) -> str:
    """Why the newest job of a kind failed; empty when it did not, or is not over."""
    newest = Job.objects.filter(kind=kind).order_by("-id").first()
    return newest.message if newest is not None and newest.state == Job.FAILED else ""


def claim(now: datetime) -> Job | None:
    """Take the oldest waiting job, or one whose worker died (its lease ran out), so that only one worker has it."""
    with transaction.atomic():
        waiting = Job.objects.filter(Q(state=Job.QUEUED) | Q(state=Job.RUNNING, lease_until__lt=now)).order_by("id")
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True)
        job = waiting.first()
        if job:
            job.state, job.started_at, job.lease_until = Job.RUNNING, now, now + LEASE
            job.save(update_fields=["state", "started_at", "lease_until"])
        return job


def work(now: datetime) -> int:
    """Do one waiting job, if there is one. What fails is told in one line and kept on the job."""
    job = claim(now)
    if job is None:
        return 0
    do(job)
    return 1


def do(job: Job) -> Job:
    """Run a job to its end here and now."""

    def progress(fraction: float, message: str = "") -> None:
        Job.objects.filter(pk=job.pk).update(
            progress=min(max(fraction, 0), 1), message=message, lease_until=timezone.now() + LEASE
        )

    try:
        job.result = _HANDLERS[job.kind](job, progress) or {}
        job.state, job.progress, job.message = Job.DONE, 1, ""
    except PutBack:
        Job.objects.filter(pk=job.pk).update(state=Job.QUEUED, progress=0, message="", lease_until=None)
        job.refresh_from_db()
        return job
    except TenureError as error:
        job.state, job.message = Job.FAILED, str(error)
    except Exception as error:
        traceback.print_exc()
        job.state, job.message = Job.FAILED, f"{job.kind} stopped by an unexpected {type(error).__name__}; see the log."
    job.finished_at = timezone.now()
    job.save(update_fields=["state", "progress", "message", "result", "finished_at"])
    return job
