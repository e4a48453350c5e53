"""What is promised about messages: wording, consent, suppression, and the outbox with the fate of each message."""

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

EMAIL = "email"


class Sending(models.Model):
    """The one row that governs all sending. The gate locks it, so that two workers never spend one budget twice."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    stopped = models.BooleanField(default=False)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    budget_messages = models.PositiveSmallIntegerField(default=3)
    budget_days = models.PositiveSmallIntegerField(default=7)
    quiet_start = models.TimeField(default="21:00")
    quiet_end = models.TimeField(default="08:00")


class Template(models.Model):
    """A message's wording in both languages: a Liquid subject and body; `form` is text or mjml."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True, default="")
    form = models.CharField(max_length=5, default="text")
    subject_en = models.CharField(max_length=300, blank=True, default="")
    body_en = models.TextField(blank=True, default="")
    subject_zh = models.CharField(max_length=300, blank=True, default="")
    body_zh = models.TextField(blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """Its name in the reader's language."""
        return (self.name_zh if (get_language() or "").startswith("zh") else "") or self.name


class Consent(models.Model):
    """One word on consent. Rows are only ever added; the latest of an address and channel counts.

    `source_key` stands in where a person spoke before we knew their address; 0 when the address was given.
    Words of an import that was undone stay, as `undone`; the same file may say them again.
    """

    channel = models.CharField(max_length=20, default=EMAIL)
    address = models.CharField(max_length=320, blank=True, default="")
    source_key = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10)
    basis = models.CharField(max_length=200, blank=True, default="")
    evidence = models.TextField(blank=True, default="")
    how = models.CharField(max_length=40)
    import_id = models.IntegerField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    at = models.DateTimeField()
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address", "source_key", "state", "at"],
                condition=~models.Q(state="undone"),
                name="one_word_on_consent_at_a_time",
            )
        ]
        indexes = [
            models.Index(fields=["source_key", "channel"]),
            models.Index(fields=["import_id"], condition=models.Q(import_id__isnull=False), name="consents_of_imports"),
        ]


class Suppression(models.Model):
    """An address we must not write to, whatever anybody imports: unsubscribed, bounce, complaint or by hand."""

    channel = models.CharField(max_length=20, default=EMAIL)
    address = models.CharField(max_length=320)
    reason = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "address"], name="one_suppression_an_address")]


class Message(models.Model):
    """One message and its fate. A marketing message that was claimed is never handed off again by itself.

    planned → claimed (committed before the hand-off) → sent | failed | unknown, or planned → skipped (with the reason).
    """

    PLANNED, CLAIMED, SENT, FAILED, SKIPPED, UNKNOWN = "planned", "claimed", "sent", "failed", "skipped", "unknown"
    STATES = {
        PLANNED: _("Waiting"),
        CLAIMED: _("Being handed off"),
        SENT: _("Sent"),
        FAILED: _("Failed"),
        SKIPPED: _("Not sent"),
        UNKNOWN: _("Unknown"),
    }
    JOURNEY, TEST, SYSTEM = "journey", "test", "system"

    kind = models.CharField(max_length=10, default=JOURNEY)
    channel = models.CharField(max_length=20, default=EMAIL)
    version = models.BigIntegerField(null=True)
    step = models.CharField(max_length=60, blank=True, default="")
    enrolment = models.BigIntegerField(null=True)
    held_out = models.BooleanField(default=False)
    held = models.BooleanField(default=False)
    customer_key = models.BigIntegerField(null=True, db_index=True)
    template = models.CharField(max_length=60, blank=True, default="")
    address = models.CharField(max_length=320, blank=True, default="")
    language = models.CharField(max_length=5, blank=True, default="")
    subject = models.CharField(max_length=998, blank=True, default="")
    state = models.CharField(max_length=10, default=PLANNED)
    reason = models.CharField(max_length=20, blank=True, default="")
    detail = models.CharField(max_length=400, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    token = models.CharField(max_length=43, unique=True)
    links = models.JSONField(default=list)
    planned_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    lease = models.CharField(max_length=32, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    told = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "step", "enrolment"], name="one_message_a_step_and_enrolment")
        ]
        indexes = [
            models.Index(fields=["state", "due_at"]),
            models.Index(fields=["customer_key", "claimed_at"]),
            models.Index(fields=["version", "step", "state", "held_out"]),
            models.Index(fields=["enrolment"]),
            models.Index(fields=["told", "state"]),
        ]


class Copy(models.Model):
    """A message as it was handed to the built-in mailbox."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True)
    html = models.TextField()
    text = models.TextField()
    at = models.DateTimeField(db_index=True)


class Reaction(models.Model):
    """What the person did with a message, once each: opened it, clicked link `number`, unsubscribed.

    `version` and `step` are the message's own, so that a journey's figures are counted without the messages.
    """

    OPENED, CLICKED, UNSUBSCRIBED = "opened", "clicked", "unsubscribed"

    message = models.ForeignKey(Message, on_delete=models.CASCADE)
    kind = models.CharField(max_length=12)
    number = models.SmallIntegerField(default=0)
    version = models.BigIntegerField(null=True)
    step = models.CharField(max_length=60, blank=True, default="")
    at = models.DateTimeField()
    told = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "kind", "number"], name="one_reaction_of_a_kind")]
        indexes = [
            models.Index(fields=["told", "id"]),
            models.Index(fields=["version", "step", "kind", "message"]),
        ]
