"""Customers as the web needs them: personal data by identifier, and the current state in narrow tables.

`Profile`, `Note` and the links made by hand are promises. `Customer`, `State` and `Place` are projections: they are
computed from profiles and the store, synced by difference after each run, and can be made again at any time.
"""

import json
from typing import Any

from django.conf import settings
from django.db import models

#: Letters from here on are all letters of one kind to both databases; labels end long before the surrogates.
FIRST_SIGN = 0x4E00


class Compact(json.JSONEncoder):
    """JSON as the store's engine writes it, so that equal values are equal texts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"ensure_ascii": False, "separators": (",", ":")})


class Label(models.Model):
    """A small number for a word of the definitions, so that the narrow tables hold integers."""

    id = models.SmallAutoField(primary_key=True)
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_label_a_word")]


class Profile(models.Model):
    """What one identifier has told us about its person: {field: {"value": …, "at": ISO time}}. Merges keep it."""

    source_key = models.BigIntegerField(primary_key=True)
    fields = models.JSONField(default=dict)


class Customer(models.Model):
    """One row a customer: who it is, for people. Made from the profiles of all its identifiers, the latest wins."""

    customer_key = models.BigIntegerField(primary_key=True)
    external_id = models.CharField(max_length=255, blank=True, default="")
    name = models.CharField(max_length=255, blank=True, default="")
    email = models.CharField(max_length=320, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    language = models.CharField(max_length=12, blank=True, default="")
    details = models.JSONField(default=dict)
    search = models.TextField(blank=True, default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["external_id"]),
            models.Index(fields=["email"]),
            models.Index(fields=["name", "customer_key"]),
            models.Index(fields=["created_at"]),
        ]


def sign(stage: int) -> str:
    """A stage's label as one letter, so that all stages of a customer are a short text beside its figures."""
    return chr(FIRST_SIGN + stage)


class State(models.Model):
    """One narrow row a customer: the figures that lists filter and sort by. Instants, not ages."""

    customer_key = models.BigIntegerField(primary_key=True)
    segment = models.SmallIntegerField(null=True)
    recency_score = models.SmallIntegerField(null=True)
    frequency_score = models.SmallIntegerField(null=True)
    monetary_score = models.SmallIntegerField(null=True)
    orders = models.IntegerField(default=0)
    revenue = models.BigIntegerField(default=0)
    average_order = models.BigIntegerField(null=True)
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    channel = models.SmallIntegerField(null=True)
    country = models.SmallIntegerField(null=True)
    stages = models.TextField(blank=True, default="")  # the letter of the stage in each lifecycle, see `sign`
    value = models.BigIntegerField(null=True)  # expected in the next year, minor units; both forecasts once a day
    risk = models.FloatField(null=True)  # how likely no purchase is within the shop's own days
    stake = models.BigIntegerField(null=True)  # what of the value that risk puts at stake, minor units
    next_order_on = models.DateField(null=True)  # when the next order is expected, worked out once a day
    health = models.SmallIntegerField(null=True)  # health score, 0 to 100, whole points as rules read them
    risk_since = models.DateField(null=True)  # since when in its band of risk; empty since before the first scores

    class Meta:
        indexes = [
            models.Index(fields=["value", "customer_key"]),
            models.Index(fields=["risk", "customer_key"]),
            models.Index(fields=["next_order_on", "customer_key"]),
            models.Index(fields=["stake", "customer_key"]),
            models.Index(fields=["health", "customer_key"]),
            models.Index(fields=["risk_since", "customer_key"]),
            models.Index(fields=["segment", "customer_key"]),
            models.Index(fields=["revenue", "customer_key"]),
            models.Index(fields=["orders", "customer_key"]),
            models.Index(fields=["last_order_at", "customer_key"]),
            models.Index(fields=["channel", "customer_key"]),
            models.Index(fields=["stages", "last_order_at", "customer_key"]),  # read whole where a stage is rare
        ]


class Place(models.Model):
    """Where a customer is now in one lifecycle. `lifecycle` and `stage` are labels."""

    id = models.BigAutoField(primary_key=True)
    customer_key = models.BigIntegerField()
    lifecycle = models.SmallIntegerField()
    stage = models.SmallIntegerField()
    since = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer_key", "lifecycle"], name="one_place_a_lifecycle")]
        indexes = [models.Index(fields=["lifecycle", "stage", "customer_key"])]


class Feature(models.Model):
    """The wide rest: every feature of a customer as last computed, for its page and for messages."""

    customer_key = models.BigIntegerField(primary_key=True)
    values = models.JSONField(default=dict, encoder=Compact)


class ObservedMove(models.Model):
    """A change of stage as the running system saw it. Append only: journeys act on it, history is derived elsewhere."""

    id = models.BigAutoField(primary_key=True)
    customer_key = models.BigIntegerField(db_index=True)
    lifecycle = models.SmallIntegerField()
    from_stage = models.SmallIntegerField(null=True)
    to_stage = models.SmallIntegerField()
    at = models.DateTimeField(db_index=True)
    cause = models.CharField(max_length=12)  # event, time, score; first, definition, import
    rule = models.TextField(blank=True, default="")
    evidence = models.JSONField(default=dict)


class SegmentMove(models.Model):
    """A change of value segment as the running system saw it. Append only."""

    id = models.BigAutoField(primary_key=True)
    customer_key = models.BigIntegerField(db_index=True)
    from_segment = models.SmallIntegerField(null=True)
    to_segment = models.SmallIntegerField(null=True)
    at = models.DateTimeField(db_index=True)
    cause = models.CharField(max_length=12)


class Membership(models.Model):
    """A customer is in an own segment now. `segment` is a label of the kind "own"."""

    id = models.BigAutoField(primary_key=True)
    segment = models.SmallIntegerField()
    customer_key = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "customer_key"], name="one_membership_a_segment")]


class MembershipMove(models.Model):
    """Somebody came into an own segment or left it, as the running system saw it. Append only: journeys act on it."""

    id = models.BigAutoField(primary_key=True)
    customer_key = models.BigIntegerField(db_index=True)
    segment = models.SmallIntegerField()
    entered = models.BooleanField()
    at = models.DateTimeField(db_index=True)
    cause = models.CharField(max_length=12)


class Note(models.Model):
    """What a colleague wrote about a customer."""

    customer_key = models.BigIntegerField(db_index=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)


class SyncMark(models.Model):
    """What the projections were made from: the store's key, the definitions' hash, the local day; how far the
    store was when all were done (`base`, see beside.py), which words on consent were heard. One row.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    snapshot = models.CharField(max_length=200, blank=True, default="")
    definitions = models.CharField(max_length=80, blank=True, default="")
    day = models.DateField(null=True)
    version = models.BigIntegerField(default=0)
    ingest = models.BigIntegerField(default=0)
    base = models.CharField(max_length=120, blank=True, default="")
    consent = models.CharField(max_length=80, blank=True, default="")
    at = models.DateTimeField(null=True)
