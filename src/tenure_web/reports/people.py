"""One page of the customers behind a number, whatever page the number stands on."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tenure.reports import Behind
from tenure_web.customers.masking import person
from tenure_web.customers.models import Customer
from tenure_web.theme.templatetags.look import address_with

PAGE = 50


def page_number(request: HttpRequest) -> int:
    """The page that the address asks for, from 1."""
    text = request.GET.get("page", "1")
    return max(int(text), 1) if text.isdecimal() and len(text) < 7 else 1


def part(request: HttpRequest) -> dict[str, int]:
    """What to ask the library for: one page."""
    return {"limit": PAGE, "offset": (page_number(request) - 1) * PAGE}


def pages(request: HttpRequest, total: int) -> dict[str, Any]:
    """What the pager shows: the first row's number, the addresses of the pages before and after ("" at the ends)."""
    number, last = page_number(request), max(-(-total // PAGE), 1)
    return {
        "first": (number - 1) * PAGE + 1,
        "before": address_with(request, page=min(number - 1, last)) if number > 1 else "",
        "after": address_with(request, page=number + 1) if number < last else "",
    }


def listed(request: HttpRequest, title: str, found: Behind, back: str, area: str = "") -> HttpResponse:
    """The page; `back` is where the number stands, in the part of the site called `area` (the reports)."""
    known = Customer.objects.in_bulk(found.keys)
    context: dict[str, Any] = {
        "title": title,
        "found": found,
        "back": back,
        "area": area or _("Reports"),
        "people": [person(known.get(key) or Customer(customer_key=key), request.user) for key in found.keys],
        **pages(request, found.total),
    }
    return render(request, "reports/customers.html", context)
