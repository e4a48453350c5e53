"""`{{ seconds|from_epoch }}`: the instant of a file's time stamp."""

from datetime import UTC, datetime

from django import template

register = template.Library()


@register.filter
def from_epoch(seconds: float) -> datetime:
    """Seconds since 1970 as an aware instant."""
    return datetime.fromtimestamp(seconds, UTC)
