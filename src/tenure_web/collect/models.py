"""Files on their way in. The file itself lies in the workspace's tmp folder until it is taken in."""

import secrets
from pathlib import Path

from django.conf import settings
from django.db import models


def _token() -> str:
    return secrets.token_urlsafe(18)


class Upload(models.Model):
    """One uploaded file, what its columns were said to mean, and the jobs that worked on it."""

    token = models.CharField(max_length=40, primary_key=True, default=_token)
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    said = models.JSONField(default=dict)  # columns, options …: the arguments of Collect.load_<kind>
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    tried = models.ForeignKey("worker.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    taken = models.ForeignKey("worker.Job", null=True, on_delete=models.SET_NULL, related_name="+")

    @property
    def folder(self) -> Path:
        """The folder that holds nothing but this file."""
        return Path(settings.WORKSPACE) / "tmp" / "uploads" / self.token

    @property
    def path(self) -> Path:
        """Where the file lies. Its own name is kept only as a name."""
        return self.folder / "file"
