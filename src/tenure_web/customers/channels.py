"""Acquisition channels in words; one that a company names itself reads as it is written."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "advertising": _("Advertising"),
    "social": _("Social media"),
    "content": _("Content"),
    "search": _("Search engines"),
    "community": _("Community events"),
    "offline": _("Offline"),
    "partner": _("Partners"),
    "referral": _("Referral"),
    "email": _("E-mail"),
    "direct": _("Direct"),
}


def words(channel: str) -> str:
    """The channel as people call it."""
    return str(WORDS.get(channel, channel))
