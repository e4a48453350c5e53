"""`{% load checklist %}{% checklist_widget %}`: one line on the board while the set-up is not finished."""

from typing import Any

from django import template

from tenure_web.accounts.rights import can
from tenure_web.settings.checklist import guide

register = template.Library()


@register.inclusion_tag("settings/widget.html", takes_context=True)
def checklist_widget(context: Any) -> dict[str, Any]:
    """How far the set-up has come and what is next; nothing when all is done or the person may not see it."""
    user = context["request"].user
    return {"guide": guide(user) if can(user, "checklist.view") else None}
