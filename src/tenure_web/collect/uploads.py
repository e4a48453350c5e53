"""Receiving a file: straight into the workspace's tmp folder, with a limit, under a random name."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from tenure_web.collect.models import Upload

LIMIT = 2 * 1024**3
KEPT = timedelta(days=1)


class _Limited(TemporaryFileUploadHandler):
    """Writes to disk and stops where the limit is reached; what was written is removed."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        folder = Path(settings.WORKSPACE) / "tmp" / "uploads"
        folder.mkdir(parents=True, exist_ok=True)
        self.file.close()
        self.file = _InWorkspace(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > LIMIT:
            self.file.close()
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)


class _InWorkspace(TemporaryUploadedFile):
    """A temporary file in the workspace instead of the machine's common folder."""

    def __init__(self, name: str, content_type: str, size: int, charset: str, extra: Any) -> None:
        import tempfile

        from django.core.files.uploadedfile import UploadedFile

        file = tempfile.NamedTemporaryFile(dir=Path(settings.WORKSPACE) / "tmp" / "uploads", suffix=".upload")  # noqa: SIM115
        UploadedFile.__init__(self, file, name, content_type, size, charset, extra)


def receives_files(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view's files are limited and written into the workspace; the CSRF check comes after that choice."""

    @csrf_exempt
    @wraps(view)
    def chosen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.upload_handlers = [_Limited(request)]
        return csrf_protect(view)(request, *args, **kwargs)

    return chosen


def keep(file: Any, kind: str, user: Any) -> Upload:
    """Keep an uploaded file under a random name."""
    upload = Upload(kind=kind, name=Path(file.name).name[:200], size=file.size, user=user)
    upload.folder.mkdir(parents=True, mode=0o700)
    shutil.move(file.temporary_file_path(), upload.path)
    upload.path.chmod(0o600)
    upload.save(force_insert=True)
    return upload


def discard(upload: Upload) -> None:
    """Delete the file; the row stays to tell what became of it."""
    shutil.rmtree(upload.folder, ignore_errors=True)


def forget_old(now: datetime) -> int:
    """Delete files that nobody took in within a day, and what interrupted uploads left behind."""
    for upload in Upload.objects.filter(created_at__lt=now - KEPT, taken__isnull=True):
        discard(upload)
        upload.delete()
    folder = Path(settings.WORKSPACE) / "tmp" / "uploads"
    for left in folder.glob("*.upload") if folder.is_dir() else ():
        if left.stat().st_mtime < (now - KEPT).timestamp():
            left.unlink(missing_ok=True)
    return 0
