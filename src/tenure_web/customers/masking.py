"""What someone without the right `customers.personal` sees of a person: enough to talk about, too little to find."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tenure_web.accounts.rights import can
from tenure_web.customers.models import Customer

_PHONE = re.compile(r"\+?[\d\s().-]{7,}")


@dataclass(frozen=True)
class Person:
    """A customer as one user may see them. `title` is what a line calls them."""

    customer_key: int
    title: str
    name: str
    email: str
    phone: str
    external_id: str
    language: str
    details: dict[str, Any]
    masked: bool

    @property
    def initials(self) -> str:
        """One or two letters for the avatar."""
        words = self.title.replace("*", "").split()
        if not words or not words[0][0].isalnum():
            return "?"
        if not words[0].isascii():
            return words[0][-1] if self.masked else words[0][-2:]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def person(customer: Customer, user: Any) -> Person:
    """The customer as this user may see them."""
    if can(user, "customers.personal"):
        return _person(customer, customer.name, customer.email, customer.phone, customer.external_id, customer.details)
    details = dict.fromkeys(customer.details, "•••")
    return _person(
        customer,
        mask_name(customer.name),
        mask_email(customer.email),
        mask_phone(customer.phone),
        mask_id(customer.external_id),
        details,
        masked=True,
    )


def _person(
    customer: Customer,
    name: str,
    email: str,
    phone: str,
    external_id: str,
    details: dict[str, Any],
    masked: bool = False,
) -> Person:
    title = name or email or phone or external_id or _("Visitor %(number)s") % {"number": customer.customer_key}
    return Person(customer.customer_key, title, name, email, phone, external_id, customer.language, details, masked)


def mask_name(name: str) -> str:
    """王小明 → 王**, Anna Berg → A*** B***."""
    if not name:
        return ""
    if not name.isascii():
        return name[0] + "**"
    return " ".join(word[0] + "***" for word in name.split())


def mask_email(email: str) -> str:
    """anna@example.com → a***@e***."""
    mailbox, at, host = email.partition("@")
    return f"{mailbox[:1]}***@{host[:1]}***" if at else email[:1] + "***" if email else ""


def mask_phone(phone: str) -> str:
    """+86 138 0013 8000 → ***00."""
    return f"***{phone[-2:]}" if phone else ""


def mask_id(external_id: str) -> str:
    """The company's own number is no secret, unless it is an e-mail address or a phone number in disguise."""
    if "@" in external_id:
        return mask_email(external_id)
    digits = re.sub(r"\D", "", external_id)
    if _PHONE.fullmatch(external_id) and len(digits) >= 10:
        return mask_phone(external_id)
    return external_id
