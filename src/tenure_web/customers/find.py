"""Customers for the search palette."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tenure_web.accounts.rights import can
from tenure_web.customers.masking import person
from tenure_web.customers.selection import matching
from tenure_web.theme.finders import Found

SHOWN = 8


def find(user: Any, text: str) -> Iterable[Found]:
    """A handful of customers whose name, address or number holds the text."""
    if not text or not can(user, "customers.view"):
        return
    for customer in matching(text, user)[:SHOWN]:
        seen = person(customer, user)
        note = seen.external_id if seen.external_id != seen.title else ""
        yield Found(_("Customers"), seen.title, reverse("customer", args=[seen.customer_key]), "user", note)
