"""Why a message did not go, or waits, in words for people."""

from typing import Any

from django.utils.translation import gettext_lazy as _

REASONS: dict[str, Any] = {
    "holdout": _("Held out: left alone for comparison"),
    "no_address": _("No e-mail address"),
    "suppressed": _("The address is suppressed"),
    "no_consent": _("No consent"),
    "withdrawn": _("Consent was withdrawn"),
    "budget": _("The contact budget is used up"),
    "quiet_hours": _("Quiet hours: waits for the morning"),
    "goal": _("Reached the goal before it went out"),
    "left": _("Left the journey before it went out"),
    "template": _("The template cannot be filled in for this customer"),
    "gone": _("The template or the customer is no more"),
    "refused": _("The mail server refused it"),
    "unreachable": _("The mail server cannot be reached; it is tried again"),
    "crashed": _("The worker stopped during the hand-off; it may have gone out"),
    "broken": _("The connection broke during the hand-off; it may have gone out"),
    "paused": _("The journey is paused"),
}


def in_words(reason: str) -> Any:
    """The reason in the reader's language."""
    return REASONS.get(reason, reason)
