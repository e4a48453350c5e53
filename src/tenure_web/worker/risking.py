"""The worker's part of risk: once a day everybody's health and risk are scored, and risk is learned anew when due."""

from datetime import datetime, timedelta

from tenure_web.risk.health import given
from tenure_web.worker.jobs import Progress, enqueue, handler
from tenure_web.worker.loop import register
from tenure_web.worker.models import Job
from tenure_web.worker.workspace import current

KIND = "risk"
AGAIN = timedelta(hours=1)


def renew(job: Job, progress: Progress) -> dict[str, object]:
    """The job behind `tenure risk fit` and `score`, and that of every day."""
    progress(0.1, KIND)
    said = job.params
    shop = current()
    shop.health.renew(said.get("as_of"), given(shop))
    return shop.risk.renew(said.get("as_of"), bool(said.get("refit")), said.get("days")).document()


def ask(now: datetime) -> int:
    """Ask for the job when risk or health of today is missing; not again within the hour: a refusal is no storm."""
    workspace = current()
    today, kept = workspace.clock.as_of().day, (workspace.risk.scored(), workspace.health.scored())
    if all(scored is not None and scored.day >= today for scored in kept):
        return 0
    if Job.objects.filter(kind=KIND, created_at__gt=now - AGAIN).exists() or not workspace.store.last_ingest():
        return 0
    enqueue(KIND)
    return 0


def start() -> None:
    """Register the job and the asking."""
    handler(KIND)(renew)
    register(KIND, ask, every=60)
