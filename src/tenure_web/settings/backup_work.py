"""Backups and verification as the worker and the command line do them."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone

from tenure.errors import StoreError
from tenure.store import backup
from tenure.store.backup import Report
from tenure_web.accounts.models import Link
from tenure_web.audit.models import Entry
from tenure_web.audit.record import record
from tenure_web.audit.record import verify as verify_audit
from tenure_web.messages.models import Sending
from tenure_web.worker import workspace
from tenure_web.worker.jobs import Progress, handler
from tenure_web.worker.models import Job

__all__ = ["BACKUP", "VERIFY", "kept", "settle", "verify"]

BACKUP, VERIFY = "backup", "verify"


def kept() -> Path:
    """The folder of the workspace in which backups are kept; backups themselves leave it out."""
    folder = workspace.current().folder / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@handler(BACKUP)
def make(job: Job, progress: Progress) -> dict[str, Any]:
    """Make a backup into the kept ones, and read it once more."""
    path = kept() / f"tenure-{datetime.now(UTC):%Y%m%d-%H%M%S}.zip"
    with_secret = bool(job.params.get("with_secret"))
    folder = workspace.current().folder
    manifest = backup.create(folder, path, with_secret=with_secret, progress=_part(progress, 0, 0.7))
    report = backup.check(path, progress=_part(progress, 0.7, 0.3))
    if not report.sound:
        path.unlink()
        raise StoreError(f"The backup could not be read back: {report.findings[0].problem}.")
    record(job.created_by, "backup.done", path.name, {"events": manifest.counts.get("store/raw_events", 0)})
    return {"name": path.name, "events": manifest.counts.get("store/raw_events", 0), "files": len(manifest.files)}


def _part(progress: Progress, start: float, share: float) -> Callable[[float, str], None]:
    """Tell the job about every percent, not about every file."""
    told = [-1]

    def tell(done: float, what: str) -> None:
        percent = int(100 * (start + share * done))
        if percent != told[0]:
            told[0] = percent
            progress(percent / 100, "")

    return tell


@handler(VERIFY)
def look(job: Job, progress: Progress) -> dict[str, Any]:
    """Look for damage and say what was found."""
    report = verify(_part(progress, 0, 1))
    return {"findings": [asdict(finding) for finding in report.findings], "counts": report.counts}


def verify(progress: Callable[[float, str], None] | None = None) -> Report:
    """Look for damage in the open workspace: store, databases, inbox position, and the chain of the audit."""
    report = backup.verify(workspace.current().folder, progress)
    readable = not any(finding.part in ("app.sqlite3", "postgresql") for finding in report.findings)
    if readable and Entry._meta.db_table in connection.introspection.table_names():
        chain = verify_audit()
        report.counts["audit"] = chain.rows
        if chain.number is not None:
            report.fault("audit", chain.problem)
    return report


def settle(name: str) -> None:
    """Make a restored installation safe to start: nobody is signed in, no old link works, nothing is sent by itself.

    What was sent after the backup was made is not in it and would be sent again; a person decides when to go on.
    """
    now = timezone.now()
    with transaction.atomic():
        Session.objects.all().delete()
        Link.objects.filter(used_at=None).delete()
        Sending.objects.update_or_create(pk=1, defaults={"stopped": True, "stopped_at": now, "stopped_by": None})
        record(None, "backup.restore", name)
