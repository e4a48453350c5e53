"""`{% load points %}`: a difference of shares as percentage points."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def points(difference: float) -> str:
    """+4.2 points from 0.042."""
    return _("%(n)s pts") % {"n": f"{difference * 100:+.1f}"}


@register.filter
def middle(value: float, size: int) -> str:
    """The coordinate that puts something of this size with its middle at `value`, for a style attribute."""
    return f"{value - size / 2:g}"
