"""The pages of the messages room, as tabs."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

PAGES = (
    ("messages", _("Mailbox")),
    ("outbox", _("Outbox")),
    ("templates", _("Templates")),
    ("sending_rules", _("Sending rules")),
)


def tabs(request: HttpRequest, here: str) -> list[dict[str, Any]]:
    """Each page with whether it is the present one."""
    return [{"label": label, "href": reverse(name), "active": name == here} for name, label in PAGES]
