"""Work that takes longer than a page: typed rows that the worker claims."""

from django.conf import settings
from django.db import models


class Job(models.Model):
    """One piece of long work: an import, a backup, a run."""

    QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"

    kind = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=QUEUED, db_index=True)
    progress = models.FloatField(default=0)
    message = models.TextField(blank=True, default="")
    result = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)


class Beat(models.Model):
    """When each part of the worker was last alive, what it said, and how often it found work."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()
    seconds = models.FloatField(default=0)
    error = models.TextField(blank=True, default="")
    worked = models.BigIntegerField(default=0)


class Lease(models.Model):
    """Who writes, among several workers: the token rises whenever the lease changes hands. One row."""

    name = models.CharField(max_length=20, primary_key=True)
    holder = models.CharField(max_length=40, blank=True, default="")
    token = models.BigIntegerField(default=0)
    until = models.DateTimeField(null=True)
