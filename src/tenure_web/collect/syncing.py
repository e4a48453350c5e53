"""What the worker does for sources that are pulled: a sync as a job, and asking for those whose time has come."""

from datetime import datetime
from typing import Any

from tenure.errors import DefinitionError
from tenure_web.audit.record import record
from tenure_web.worker import jobs
from tenure_web.worker.models import Job
from tenure_web.worker.workspace import current

JOB = "sync.source"


def sync(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Job `sync.source`: pull what is new of one source and take it in."""
    key, from_start = str(job.params["source"]), bool(job.params.get("from_start"))
    pulling = current().collect.pulling
    done = pulling.sync(key, job.created_at, from_start=from_start, progress=progress)
    if done.result:
        counted = {name: getattr(done.result, name) for name in ("accepted", "duplicates", "refused")}
        record(job.created_by, "sync.source", done.result.import_id, {"source": key, **counted})
    return done.document()


def ask(now: datetime) -> int:
    """Ask for a sync of every source that is due and not asked for yet; returns how many."""
    try:
        due = current().collect.pulling.due(now)
    except DefinitionError:  # told by `tenure check` and `tenure sync`; the other work goes on
        return 0
    waiting = Job.objects.filter(kind=JOB, state__in=(Job.QUEUED, Job.RUNNING))
    asked = {job.params.get("source") for job in waiting} if due else set()
    wanted = [key for key in due if key not in asked]
    for key in wanted:
        jobs.enqueue(JOB, {"source": key})
    return len(wanted)
