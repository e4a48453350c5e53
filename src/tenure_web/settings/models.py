"""What the installation keeps about itself: the mail server, and what has been confirmed."""

from django.db import models


class MailServer(models.Model):
    """The SMTP server that messages leave by. One row; none means that everything lands in the built-in mailbox."""

    SECURITY = [("tls", "TLS"), ("starttls", "STARTTLS"), ("none", "none")]

    id = models.SmallIntegerField(primary_key=True, default=1)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=587)
    security = models.CharField(max_length=8, choices=SECURITY, default="starttls")
    user = models.CharField(max_length=254, blank=True, default="")
    password = models.CharField(max_length=500, blank=True, default="")


class Confirmed(models.Model):
    """A step of the set-up checklist that somebody looked at and said yes to."""

    step = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
