"""Journeys, the versions that people are pinned to, and where everybody stands."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Journey(models.Model):
    """A journey as the company edits and runs it. `draft` is the tree being edited; people walk on versions."""

    DRAFT, RUNNING, PAUSED = "draft", "running", "paused"
    STATES = {DRAFT: _("Draft"), RUNNING: _("Running"), PAUSED: _("Paused")}

    key = models.SlugField(max_length=60, unique=True)
    state = models.CharField(max_length=10, default=DRAFT)
    draft = models.JSONField(default=dict)
    current = models.ForeignKey("Version", null=True, on_delete=models.PROTECT, related_name="+")
    moves_seen = models.BigIntegerField(default=0)
    problem = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)


class Version(models.Model):
    """A published tree. It never changes; whoever is on their way keeps theirs."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    tree = models.JSONField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="one_version_a_number")]


class Enrolment(models.Model):
    """One customer's way through a journey. `entry` names what brought them in: the same thing never does so twice."""

    ACTIVE, DONE = "active", "done"

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE)
    version = models.ForeignKey(Version, on_delete=models.PROTECT)
    customer_key = models.BigIntegerField(db_index=True)
    entry = models.CharField(max_length=60)
    held_out = models.BooleanField(default=False)
    state = models.CharField(max_length=6, default=ACTIVE)
    reason = models.CharField(max_length=12, blank=True, default="")
    step = models.CharField(max_length=60, blank=True, default="")
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    goal_at = models.DateTimeField(null=True)
    goal_until = models.DateTimeField(null=True)
    lease = models.CharField(max_length=32, blank=True, default="")
    lease_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "entry"], name="one_enrolment_an_entry")]
        indexes = [
            models.Index(fields=["state", "due_at"]),
            models.Index(fields=["journey", "customer_key"]),
            models.Index(fields=["journey", "goal_until"]),
            # The figures of a journey are counted from these two alone, without a look at the rows.
            models.Index(fields=["journey", "held_out", "state", "step", "reason"]),
            models.Index(
                fields=["journey", "held_out", "goal_at"],
                condition=models.Q(goal_at__isnull=False),
                name="journeys_goal_reached",
            ),
        ]


class Tally(models.Model):
    """How many passed and failed a step of a version, counted as they go."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE)
    step = models.CharField(max_length=60)
    passed = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "step"], name="one_tally_a_step")]
