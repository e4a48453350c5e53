"""What a template may say about a customer: plain values, only those that are there."""

import re
from collections.abc import Iterable
from typing import Any

from tenure_web.customers.labels import label_key
from tenure_web.customers.models import Customer, Feature, Place, State
from tenure_web.worker import workspace

__all__ = ["CUSTOMER", "known", "language_of", "values_of"]

CUSTOMER = ("name", "first_name", "last_name", "email", "phone", "language", "id", "segment", "details")
COMPANY = ("name", "email", "postal_address", "url", "currency")


def known() -> dict[str, frozenset[str] | None]:
    """The names a template may use, for checking it when it is saved."""
    definitions = workspace.current().definitions
    return {
        "customer": frozenset(CUSTOMER),
        "features": frozenset(definitions.features),
        "stages": frozenset(definitions.lifecycles),
        "company": frozenset(COMPANY),
        "unsubscribe_url": frozenset(),
    }


def language_of(customer: Customer) -> str:
    """zh or en: the customer's own language, else that of the name's script, else the company's."""
    chosen = customer.language
    if not chosen and re.search(r"[\u4e00-\u9fff]", customer.name):
        chosen = "zh"
    return "zh" if (chosen or workspace.current().settings.language).lower().startswith("zh") else "en"


def values_of(customers: Iterable[Customer]) -> dict[int, dict[str, Any]]:
    """{customer_key: values}, in each customer's language. `unsubscribe_url` is added for each message."""
    found = {customer.customer_key: customer for customer in customers}
    keys = list(found)
    features = dict(Feature.objects.filter(customer_key__in=keys).values_list("customer_key", "values"))
    segments = dict(State.objects.filter(customer_key__in=keys).values_list("customer_key", "segment"))
    stages: dict[int, dict[str, str]] = {key: {} for key in keys}
    for key, stage in Place.objects.filter(customer_key__in=keys).values_list("customer_key", "stage"):
        lifecycle, _slash, word = label_key(stage).partition("/")
        stages[key][lifecycle] = _stage_title(lifecycle, word, language_of(found[key]))
    return {
        key: {
            "customer": _customer(customer, segments.get(key)),
            "features": {name: value for name, value in features.get(key, {}).items() if value is not None},
            "stages": stages[key],
            "company": _company(language_of(customer)),
        }
        for key, customer in found.items()
    }


def _stage_title(lifecycle: str, stage: str, language: str) -> str:
    try:
        return workspace.current().definitions.lifecycles[lifecycle].stage(stage).title.text(language)
    except KeyError:
        return stage


def _customer(customer: Customer, segment: int | None) -> dict[str, Any]:
    first, last = _names(customer)
    told = {
        "name": customer.name,
        "first_name": first,
        "last_name": last,
        "email": customer.email,
        "phone": customer.phone,
        "language": language_of(customer),
        "id": customer.external_id,
        "segment": _segment_title(segment, language_of(customer)) if segment else "",
        "details": customer.details,
    }
    return {name: value for name, value in told.items() if value}


def _segment_title(segment: int, language: str) -> str:
    key = label_key(segment)
    found = workspace.current().definitions.value_segments.get(key)
    return found.title.text(language) if found else key


def _names(customer: Customer) -> tuple[str, str]:
    """(given name, family name): as told, else from the whole name, a Chinese one with the family name first."""
    details = customer.details or {}
    first, last = str(details.get("first_name") or ""), str(details.get("last_name") or "")
    if first or not customer.name:
        return first, last
    if re.fullmatch(r"[\u4e00-\u9fff]{2,4}", customer.name):
        family = 2 if len(customer.name) == 4 else 1
        return customer.name[family:], customer.name[:family]
    words = customer.name.split()
    return words[0], " ".join(words[1:])


def _company(language: str) -> dict[str, str]:
    settings = workspace.current().settings
    told = {
        "name": settings.company_in(language),
        "email": settings.sender_email,
        "postal_address": settings.postal_address,
        "url": settings.address,
        "currency": settings.currency,
    }
    return {name: value for name, value in told.items() if value}
