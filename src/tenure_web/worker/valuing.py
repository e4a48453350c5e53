"""The worker's part of value: once a day everybody is scored, and fitted anew when due, as a job of its own thread."""

from datetime import datetime, timedelta

from tenure_web.worker.jobs import Progress, enqueue, handler
from tenure_web.worker.loop import register
from tenure_web.worker.models import Job
from tenure_web.worker.workspace import current

KIND = "value"
AGAIN = timedelta(hours=1)


def renew(job: Job, progress: Progress) -> dict[str, object]:
    """The job behind `tenure value fit` and `score`, and that of every day."""
    progress(0.1, KIND)
    return current().value.renew(job.params.get("as_of"), bool(job.params.get("refit"))).document()


def ask(now: datetime) -> int:
    """Ask for the job when no value of today is kept; not again within the hour, so that a refusal is not a storm."""
    workspace = current()
    kept = workspace.value.scored()
    today = workspace.clock.as_of().day
    if kept is not None and kept.day >= today:
        return 0
    if Job.objects.filter(kind=KIND, created_at__gt=now - AGAIN).exists():
        return 0
    if not workspace.store.last_ingest():
        return 0
    enqueue(KIND)
    return 0


def start() -> None:
    """Register the job and the asking."""
    handler(KIND)(renew)
    register(KIND, ask, every=60)
