"""What a customer has said about being written to: the present word, and the ledger behind it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from tenure.messages import normal_address
from tenure_web.customers.lookup import Identifier
from tenure_web.customers.models import Customer
from tenure_web.messages import consent
from tenure_web.messages.models import Consent, Suppression

SHOWN = 20


def panel(customer: Customer, identifiers: Sequence[Identifier]) -> dict[str, Any]:
    """{state, words, suppressed} for e-mail; `state` is granted, withdrawn or empty."""
    address = normal_address(customer.email) if customer.email else ""
    keys = [each.source_key for each in identifiers] or [customer.customer_key]
    said = Q(source_key__in=keys)
    if address:
        said |= Q(address=address)
    return {
        "state": consent.states({customer.customer_key: customer.email}).get(customer.customer_key, ""),
        "words": list(Consent.objects.filter(said).select_related("by").order_by("-at", "-id")[:SHOWN]),
        "suppressed": Suppression.objects.filter(address=address).first() if address else None,
    }
