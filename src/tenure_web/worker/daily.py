"""What the worker scores once a day, each a job of its own: value, risk with health, needs.

Learning is done in a process of its own at low priority, so that events go on being shown (decision 0040).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from tenure.clock import AsOf
from tenure.learning import Asked, apart
from tenure.workspace import Workspace
from tenure_web.needs.overview import ordered
from tenure_web.risk.health import given
from tenure_web.worker import lease
from tenure_web.worker.jobs import Progress, PutBack, enqueue, handler, stopping
from tenure_web.worker.loop import register
from tenure_web.worker.models import Job
from tenure_web.worker.workspace import current

__all__ = ["needs", "risk", "start", "value"]

AGAIN = timedelta(hours=1)
LOOK = 0.25  # seconds between two looks whether a learning is done
ALIVE = 80  # looks between two signs that the job is being worked on
Scored = Callable[[Workspace], tuple[AsOf | None, ...]]


def value(job: Job, progress: Progress) -> dict[str, object]:
    """The job behind `tenure value fit` and `score`, and that of every day."""
    return _learned(Asked("value", job.params.get("as_of"), bool(job.params.get("refit"))), progress)


def risk(job: Job, progress: Progress) -> dict[str, object]:
    """The job behind `tenure risk fit` and `score`, and that of every day: everybody's health first."""
    said = job.params
    asked = Asked("risk", said.get("as_of"), bool(said.get("refit")), said.get("days"), tuple(given(current())))
    return _learned(asked, progress)


def needs(job: Job, progress: Progress) -> dict[str, object]:
    """The job behind `tenure needs score`, and that of every day."""
    return _learned(Asked("needs", job.params.get("as_of")), progress)


def _learned(asked: Asked, progress: Progress) -> dict[str, object]:
    """Have it learned by a process of its own, and write what it found while this worker is the one that writes."""
    with apart(current(), asked) as learner:
        for look in count():
            if look % ALIVE == 0:
                progress(0.1, asked.what)
            if learner.done():
                break
            if stopping.wait(LOOK):
                raise PutBack
        progress(0.9, asked.what)
        return learner.taken_in(lease.still_ours)


#: kind: the job, and the instants its tables were scored for last
SCORES: dict[str, tuple[Callable[[Job, Progress], dict[str, object]], Scored]] = {
    "risk": (risk, lambda shop: (shop.risk.scored(), shop.health.scored())),
    "value": (value, lambda shop: (shop.value.scored(),)),  # after risk, which that of contracts follows
    "needs": (needs, lambda shop: (shop.needs.scored(),)),
}


def _ask(kind: str, scored: Scored, now: datetime) -> int:
    """Ask for the job when a score of today is missing; not again within the hour, so that a refusal is no storm."""
    workspace = current()
    today = workspace.clock.as_of().day
    if all(kept is not None and kept.day >= today for kept in scored(workspace)):
        return 0
    if Job.objects.filter(kind=kind, created_at__gt=now - AGAIN).exists() or not _something(kind, workspace):
        return 0
    enqueue(kind)
    return 0


def _something(kind: str, workspace: Workspace) -> bool:
    """Whether there is something to learn from: needs are learned from orders alone, the rest from contracts too."""
    return ordered() if kind == "needs" else bool(workspace.store.last_ingest())


def start() -> None:
    """Register the jobs and the asking."""
    for kind, (renew, scored) in SCORES.items():
        handler(kind)(renew)
        register(kind, partial(_ask, kind, scored), every=60)
