"""What colleagues say of a customer: how well it is, and why it left. Promises, which follow the person in a merge."""

from django.conf import settings
from django.db import models


class Pulse(models.Model):
    """How well a customer is in a colleague's eyes, 1 (about to leave) to 5 (delighted). Only ever added."""

    customer_key = models.BigIntegerField(db_index=True)
    mark = models.SmallIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()


class Departure(models.Model):
    """Why a customer left: a reason of the tree (`price`, `price.too_dear`), a note, who says so. The latest counts."""

    customer_key = models.BigIntegerField(db_index=True)
    reason = models.CharField(max_length=125)
    note = models.TextField(blank=True, default="")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
