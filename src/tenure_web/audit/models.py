"""What people changed: rows that are only ever added, each sealed with the one before it."""

from django.db import models


class Entry(models.Model):
    """One act. `seal` is a keyed hash over the row and the seal before it; the database refuses UPDATE and DELETE."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=254, blank=True)
    verb = models.CharField(max_length=60, db_index=True)
    target = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    before = models.CharField(max_length=64, blank=True)
    seal = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["actor_id", "number"])]
