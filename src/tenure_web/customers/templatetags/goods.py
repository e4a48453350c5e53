"""`{{ product.title|named }}`: what products and categories are called. `{% load goods %}`."""

from collections.abc import Iterable

from django import template

from tenure_web.customers.goods import called

register = template.Library()


@register.filter
def named(name: str | Iterable[str] | None) -> str | list[str]:
    """A name, or each of several, in the reader's language."""
    return called(name)
