"""`{% collect_tabs "live" %}` and words for imports."""

import json
from datetime import timedelta
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tenure.collect import reasons
from tenure.collect.files.faults import words
from tenure_web.accounts.rights import can
from tenure_web.worker.workspace import current

register = template.Library()

TABS = (
    ("collect", _("Overview"), "collect.view"),
    ("collect_imports", _("Imports"), "collect.view"),
    ("collect_live", _("Live"), "collect.view"),
    ("collect_keys", _("Write keys"), "collect.view"),
    ("collect_letters", _("Refused events"), "collect.view"),
)
KINDS = {"orders": _("Orders"), "events": _("Events"), "customers": _("Customers"), "costs": _("Costs")}
STATES = {"done": _("taken in"), "undone": _("undone"), "running": _("under way"), "failed": _("failed")}
COLOURS = {"done": "success", "undone": "secondary", "running": "primary", "failed": "danger"}


@register.inclusion_tag("theme/parts/tabs.html", takes_context=True)
def collect_tabs(context: Any, here: str) -> dict[str, Any]:
    """Tabs over this app's pages; refused events carry their number."""
    open_letters = sum(current().collect.dead_letters.counts().values())
    shown = [
        {
            "label": label,
            "href": reverse(name),
            "active": name == here,
            "count": open_letters if name == "collect_letters" and open_letters else None,
        }
        for name, label, needed in TABS
        if can(context["request"].user, needed)
    ]
    return {"tabs": shown, "target": ""}


@register.filter
def fault(reason: str) -> str:
    """A reason for refusal in words."""
    return words(reason, get_language() or "en")


@register.filter
def why(reason: str) -> str:
    """Why an event was refused, in words."""
    return reasons.words(reason, get_language() or "en")


@register.filter
def kind(key: str) -> Any:
    """Orders, events, customers, costs in words."""
    return KINDS.get(key, key)


@register.filter
def state(key: str) -> Any:
    """An import's state in words."""
    return STATES.get(key, key)


@register.filter
def state_colour(key: str) -> str:
    """The badge colour of an import's state."""
    return COLOURS.get(key, "secondary")


@register.filter
def waited(delay: timedelta) -> str:
    """How long an event was on its way: 0.3 s, 12 min, 5 days."""
    seconds = delay.total_seconds()
    if abs(seconds) < 60:
        return _("%(n)s s") % {"n": f"{seconds:.1f}"}
    for size, text in ((86400, _("%(n)s d")), (3600, _("%(n)s h")), (60, _("%(n)s min"))):
        if abs(seconds) >= size:
            return text % {"n": f"{seconds / size:,.0f}"}
    return ""


@register.filter
def laid_out(text: str) -> str:
    """JSON with line breaks; as it is what is none, what no page can hold, or what would grow by its depth."""
    try:
        laid = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
        laid.encode()  # half a character, written as \ud83d, is JSON and yet no text
    except (ValueError, RecursionError):
        return text
    return laid if len(laid) <= 8 * len(text) else text
