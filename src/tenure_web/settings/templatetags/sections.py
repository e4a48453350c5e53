"""`{% sections "team" %}`: the sections of the settings that this person may see, with the present one marked."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from tenure_web.accounts.rights import can

register = template.Library()

SECTIONS = (
    ("settings", _("Company"), "settings.view"),
    ("sending", _("Sending"), "settings.view"),
    ("team", _("Team"), "team.view"),
    ("roles", _("Roles"), "team.view"),
    ("audit", _("Audit"), "audit.view"),
    ("backups", _("Backups"), "backup.run"),
)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.inclusion_tag("theme/parts/tabs.html", takes_context=True)
def sections(context: Any, here: str) -> dict[str, Any]:
    """Tabs over the settings' pages."""
    user = context["request"].user
    shown = [
        {"label": label, "href": _address(name), "active": name == here, "count": None}
        for name, label, needed in SECTIONS
        if _address(name) and can(user, needed)
    ]
    return {"tabs": shown, "target": ""}
