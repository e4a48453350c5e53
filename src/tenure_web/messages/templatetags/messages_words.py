"""Words and badges for messages. `{% load messages_words %}`."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenure_web.messages.models import Message
from tenure_web.messages.reasons import in_words
from tenure_web.theme.templatetags.look import address_with

register = template.Library()

COLOURS = {
    Message.SENT: "success",
    Message.PLANNED: "azure",
    Message.CLAIMED: "azure",
    Message.FAILED: "danger",
    Message.UNKNOWN: "warning",
    Message.SKIPPED: "secondary",
}


@register.simple_tag
def fate_badge(message: Message) -> SafeString:
    """The state of a message in its colour."""
    return format_html('<span class="badge bg-{}-lt">{}</span>', COLOURS[message.state], Message.STATES[message.state])


@register.filter
def reason_words(reason: str) -> Any:
    """Why a message did not go, or waits."""
    return in_words(reason)


@register.inclusion_tag("theme/parts/pager.html", takes_context=True)
def page_links(context: Any, page: Any, words: str) -> dict[str, str]:
    """The pager of a paginated list."""
    request = context["request"]
    return {
        "words": words,
        "before": address_with(request, page=page.previous_page_number()) if page.has_previous() else "",
        "after": address_with(request, page=page.next_page_number()) if page.has_next() else "",
    }
