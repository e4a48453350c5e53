"""The built-in mailbox: every message as its reader would see it, shut in a frame that can run and fetch nothing."""

import re
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from tenure_web.accounts.rights import right
from tenure_web.customers.models import Customer
from tenure_web.messages.addresses import click_url, open_url, unsubscribe_url
from tenure_web.messages.models import Copy, Message
from tenure_web.messages.tabs import tabs
from tenure_web.settings.smtp import server

__all__ = ["body", "framed", "mailbox"]

PAGE = 40


@right("messages.view")
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """The list of messages and the one being read; a fragment holds the reading pane only."""
    rows = _searched(request.GET.get("q", "").strip())
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    chosen = request.GET.get("message", "")
    copy = get_object_or_404(rows, pk=chosen) if chosen.isdigit() else (page[0] if page else None)
    context = {"page": page, "copy": copy, "q": request.GET.get("q", ""), **_reading(copy)}
    if request.htmx and request.htmx.target == "reading":
        return render(request, "messages/_reading.html", context)
    keys = [each.message.customer_key for each in page if each.message.customer_key]
    names = dict(Customer.objects.filter(customer_key__in=keys).values_list("customer_key", "name"))
    context["lines"] = [(each, names.get(each.message.customer_key or 0)) for each in page]
    context |= {"tabs": tabs(request, "messages"), "server": server(), "asked": bool(chosen)}
    return render(request, "messages/mailbox.html", context)


def _searched(text: str) -> QuerySet[Copy]:
    rows = Copy.objects.select_related("message").order_by("-at", "-message_id")
    if text:
        names = Customer.objects.filter(search__contains=text.lower()).values("customer_key")[:500]
        rows = rows.filter(
            Q(message__subject__icontains=text)
            | Q(message__address__icontains=text)
            | Q(message__customer_key__in=list(names.values_list("customer_key", flat=True)))
        )
    return rows.defer("html")


def _reading(copy: Copy | None) -> dict[str, Any]:
    """What stands beside the message: to whom, and where its links lead."""
    if copy is None:
        return {}
    message = copy.message
    links = [(target, click_url(message.token, number)) for number, target in enumerate(message.links)]
    customer = Customer.objects.filter(customer_key=message.customer_key).first()
    leave = unsubscribe_url(message.token) if message.kind == Message.JOURNEY else ""
    return {"message": message, "links": links, "customer": customer, "leave": leave}


@right("messages.view")
@require_safe
@xframe_options_sameorigin
def body(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one message, for the frame. `?images=1` also fetches pictures from elsewhere."""
    copy = get_object_or_404(Copy.objects.select_related("message"), pk=pk)
    pixel = re.escape(open_url(copy.message.token))
    page = re.sub(rf'<img src="{pixel}"[^>]*>', "", copy.html)
    return framed(page, images=request.GET.get("images") == "1")


def framed(page: str, images: bool = False) -> HttpResponse:
    """A page that may run nothing, send nothing, and fetches nothing unless pictures were asked for."""
    pictures = "data: https: http:" if images else "data:"
    response = HttpResponse(page)
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox"
    )
    response["Cache-Control"] = "no-store"
    return response
