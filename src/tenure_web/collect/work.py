"""What the worker does for this app: imports, dry runs, undo, and forgetting what was kept long enough."""

from datetime import datetime
from pathlib import Path
from typing import Any

from tenure.collect.files.reading import ReadOptions
from tenure_web.audit.record import record
from tenure_web.collect import uploads
from tenure_web.collect.models import Upload
from tenure_web.worker.jobs import Progress
from tenure_web.worker.models import Job
from tenure_web.worker.workspace import current


def take_in(job: Job, progress: Progress) -> dict[str, Any]:
    """Job `import.file`: kind, path or upload, and the arguments of Collect.load_<kind>."""
    said = dict(job.params)
    cost_kind = said.pop("cost_kind", None)
    kind, token, dry_run = said.pop("kind"), said.pop("upload", None), bool(said.pop("dry_run", False))
    upload = Upload.objects.get(pk=token) if token else None
    path = upload.path if upload else Path(said.pop("path"))
    if kind == "costs":
        said["kind"] = cost_kind
    options = ReadOptions(**said.pop("options", {}))
    load = getattr(current().collect, f"load_{kind}")
    by = job.created_by.email if job.created_by else "tenure import"
    name = upload.name if upload else None
    result = load(path, **said, options=options, dry_run=dry_run, progress=progress, by=by, name=name)
    document: dict[str, Any] = result.document()
    if not dry_run:
        counted = {key: document[key] for key in ("accepted", "duplicates", "refused")}
        record(job.created_by, "import.file", result.import_id, {"kind": kind, **counted})
        if upload:
            uploads.discard(upload)
    return document


def undo(job: Job, progress: Progress) -> dict[str, Any]:
    """Job `import.undo`: take an import back."""
    import_id = int(job.params["import_id"])
    current().collect.undo(import_id)
    record(job.created_by, "undo.import", import_id)
    return {"import": import_id}


def forget(now: datetime) -> int:
    """Once in a while: uploads nobody used, refused lines and events older than 30 days."""
    uploads.forget_old(now)
    collect = current().collect
    collect.files.refused.forget_old(now)
    collect.dead_letters.forget_old(now)
    return 0
