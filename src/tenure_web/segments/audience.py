"""A segment as an advertising audience: addresses and numbers as SHA-256, normalised as the advertising platforms ask.

Whoever withdrew consent or is suppressed stays out: an advertisement is a message too.
"""

import csv
import hashlib
import re
from collections.abc import Iterator

from django.db.models import QuerySet

from tenure.messages import WITHDRAWN, normal_address
from tenure_web.customers.models import Customer
from tenure_web.messages.consent import states
from tenure_web.messages.models import EMAIL, Suppression

HEAD = ("email_sha256", "phone_sha256", "phone_digits_sha256")
CHUNK = 500


def hashed(text: str) -> str:
    """SHA-256 in small hexadecimal letters; nothing stays nothing."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def number(phone: str, calling_code: str) -> str:
    """A phone number as +country and digits (E.164); without a country of its own it gets the workspace's."""
    digits = re.sub(r"\D", "", phone)
    if phone.strip().startswith(("+", "00")):
        return f"+{digits.removeprefix('00')}" if len(digits) >= 8 else ""
    local = digits.lstrip("0")
    return f"+{calling_code}{local}" if calling_code and len(local) >= 6 else ""


def lines(customers: QuerySet[Customer], calling_code: str) -> Iterator[list[str]]:
    """A row for each customer with an address or a number who has not said no: hashes only."""
    after = -1
    while True:
        page = list(customers.filter(customer_key__gt=after).order_by("customer_key")[:CHUNK])
        if not page:
            return
        for person in _allowed(page):
            phone = number(person.phone, calling_code)
            row = [hashed(normal_address(person.email)), hashed(phone), hashed(phone.removeprefix("+"))]
            if any(row):
                yield row
        after = page[-1].customer_key


def _allowed(page: list[Customer]) -> Iterator[Customer]:
    said = states({person.customer_key: person.email for person in page})
    addresses = {normal_address(person.email) for person in page if person.email}
    barred = set(Suppression.objects.filter(channel=EMAIL, address__in=addresses).values_list("address", flat=True))
    for person in page:
        if said[person.customer_key] != WITHDRAWN and normal_address(person.email) not in barred:
            yield person


def written(rows: list[list[str]]) -> Iterator[str]:
    """The file, piece by piece."""
    writer = csv.writer(_Echo())
    yield writer.writerow(HEAD)
    for row in rows:
        yield writer.writerow(row)


class _Echo:
    def write(self, text: str) -> str:
        return text
