"""Counts beside the editor: from the kept basis at once; a newer one is made by the worker meanwhile."""

from typing import Any

from tenure.basis import Basis, keep_basis, present_basis
from tenure_web.worker import workspace
from tenure_web.worker.jobs import Progress, enqueue, handler
from tenure_web.worker.models import Job

KIND = "basis"


def start() -> None:
    """Let the worker make a new basis when asked."""
    handler(KIND)(make)


def make(job: Job, progress: Progress) -> dict[str, Any]:
    """Compute everybody's features and keep them for counts."""
    progress(0.1, "features")
    basis = keep_basis(workspace.current())
    return {"as_of": basis.as_of.isoformat()}


def basis() -> Basis | None:
    """The basis there is; when it is old or missing the worker is asked for a newer one."""
    shop = workspace.current()
    found = present_basis(shop)
    if (found is None or not found.is_fresh(shop)) and not waiting():
        enqueue(KIND)
    return found


def waiting() -> bool:
    """Whether a new basis is on its way."""
    return Job.objects.filter(kind=KIND, state__in=(Job.QUEUED, Job.RUNNING)).exists()
