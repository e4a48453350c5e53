"""The worker's part of needs: once a day everybody's next order and offers are worked out, as a job of its own."""

from datetime import datetime, timedelta

from tenure_web.worker.jobs import Progress, enqueue, handler
from tenure_web.worker.loop import register
from tenure_web.worker.models import Job
from tenure_web.worker.workspace import current

KIND = "needs"
AGAIN = timedelta(hours=1)


def renew(job: Job, progress: Progress) -> dict[str, object]:
    """The job behind `tenure needs score`, and that of every day."""
    progress(0.1, KIND)
    return current().needs.renew(job.params.get("as_of")).document()


def ask(now: datetime) -> int:
    """Ask for the job when today's needs are not worked out; not again within the hour after a refusal."""
    workspace = current()
    scored = workspace.needs.scored()
    if scored is not None and scored.day >= workspace.clock.as_of().day:
        return 0
    if Job.objects.filter(kind=KIND, created_at__gt=now - AGAIN).exists() or not workspace.store.last_ingest():
        return 0
    enqueue(KIND)
    return 0


def start() -> None:
    """Register the job and the asking."""
    handler(KIND)(renew)
    register(KIND, ask, every=60)
