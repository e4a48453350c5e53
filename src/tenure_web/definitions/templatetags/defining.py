"""`{% load defining %}`: the entry of a name that holds dots."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def named(entries: Mapping[str, Any], name: str) -> Any:
    """The entry of this name, None where there is none."""
    return entries.get(name) if entries else None
