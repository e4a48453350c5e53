"""Handing work to the worker of the running server, and following it."""

import time
from typing import TYPE_CHECKING, Any

from tenure_cli import options
from tenure_cli.speaking import Progress, tr

if TYPE_CHECKING:
    from tenure.workspace import Workspace

EVERY = 0.2
UNTAKEN = 30.0


def hand_over(workspace: "Workspace", kind: str, params: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Have the worker do a job; returns its result. Raises TenureError with the job's own words when it fails."""
    from tenure.errors import TenureError, UsageError

    options.web(workspace)
    from tenure_web.worker import jobs
    from tenure_web.worker.models import Job

    job = jobs.enqueue(kind, params)
    given = time.monotonic()
    while job.state in (Job.QUEUED, Job.RUNNING):
        time.sleep(EVERY)
        job.refresh_from_db()
        progress(job.progress, job.message)
        if job.state == Job.QUEUED and time.monotonic() - given > UNTAKEN:
            job.delete()
            raise UsageError(tr("The server is running, but its worker does not take up work. Restart it: tenure up"))
    if job.state == Job.FAILED:
        raise TenureError(job.message)
    return dict(job.result or {})
